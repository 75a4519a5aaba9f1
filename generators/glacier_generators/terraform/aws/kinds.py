"""The kinds of compute that tasks can run on, each a folder beside this file. A new kind is a folder and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from glacier_generators.hcl.syntax import Body
from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.plan.roles import Role
from glacier_generators.terraform.aws.existing_function.hcl import existing_call, existing_variables
from glacier_generators.terraform.aws.existing_function.limits import (
    existing_faults,
    existing_summary,
)
from glacier_generators.terraform.aws.existing_function.role import existing_role
from glacier_generators.terraform.aws.existing_function.state import existing_state
from glacier_generators.terraform.aws.serverless.hcl import function_call
from glacier_generators.terraform.aws.serverless.limits import function_faults, function_summary
from glacier_generators.terraform.aws.serverless.role import function_role
from glacier_generators.terraform.aws.serverless.state import function_state

__all__ = ["KINDS", "Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """How tasks of one kind are written.

    Attributes:
        call: The HCL that makes, or finds, what the task runs on.
        state: The state that runs it.
        faults: What AWS would refuse: what is wrong and how to mend it.
        summary: What it runs on, in a few words.
        role: What it runs as: who may do what, and why.
        variables: The HCL of variables that only this kind needs.
    """

    call: Callable[[TaskPlan, Plan], Body]
    state: Callable[[TaskPlan], dict[str, JsonValue]]
    faults: Callable[[TaskPlan, Plan], list[tuple[str, str]]]
    summary: Callable[[TaskPlan], str]
    role: Callable[[TaskPlan, Plan], Role]
    variables: Callable[[TaskPlan], Body] = lambda _: []


KINDS: Final[Mapping[str, Kind]] = {
    "existing": Kind(
        existing_call,
        existing_state,
        existing_faults,
        existing_summary,
        existing_role,
        existing_variables,
    ),
    "serverless": Kind(
        function_call, function_state, function_faults, function_summary, function_role
    ),
}
