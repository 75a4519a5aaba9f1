"""The kinds of compute that tasks can run on, each a folder beside this file. A new kind is a folder and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from glacier_generators.hcl.syntax import Body
from glacier_generators.plan.model import TaskPlan
from glacier_generators.terraform.aws.serverless.hcl import function_call
from glacier_generators.terraform.aws.serverless.limits import function_faults, function_summary
from glacier_generators.terraform.aws.serverless.state import function_state

__all__ = ["KINDS", "Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """How tasks of one kind are written.

    Attributes:
        call: The HCL that makes what the task runs on.
        state: The state that runs it.
        faults: What AWS would refuse, given the pipeline's name: what is wrong and how to mend it.
        summary: What it runs on, in a few words.
    """

    call: Callable[[TaskPlan], Body]
    state: Callable[[TaskPlan], dict[str, JsonValue]]
    faults: Callable[[TaskPlan, str], list[tuple[str, str]]]
    summary: Callable[[TaskPlan], str]


KINDS: Final[Mapping[str, Kind]] = {
    "serverless": Kind(function_call, function_state, function_faults, function_summary),
}
