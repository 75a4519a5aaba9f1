"""The kinds of compute that tasks can run on, each a folder beside this file. A new kind is a folder and one line here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from glacier_generators.hcl.syntax import Body
from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.plan.roles import Right, Role
from glacier_generators.terraform.aws.container.hcl import container_call, container_files
from glacier_generators.terraform.aws.container.limits import container_faults, container_summary
from glacier_generators.terraform.aws.container.role import (
    container_role,
    container_starts,
    execution_role,
)
from glacier_generators.terraform.aws.container.state import container_state
from glacier_generators.terraform.aws.databricks.hcl import databricks_call, databricks_files
from glacier_generators.terraform.aws.databricks.limits import databricks_faults, databricks_summary
from glacier_generators.terraform.aws.databricks.polling import task_events
from glacier_generators.terraform.aws.databricks.role import databricks_role, databricks_starts
from glacier_generators.terraform.aws.databricks.state import databricks_state
from glacier_generators.terraform.aws.emr.hcl import emr_call, emr_files
from glacier_generators.terraform.aws.emr.limits import emr_faults, emr_summary
from glacier_generators.terraform.aws.emr.role import emr_role, emr_starts
from glacier_generators.terraform.aws.emr.state import emr_state
from glacier_generators.terraform.aws.existing_function.hcl import existing_call, existing_variables
from glacier_generators.terraform.aws.existing_function.limits import (
    existing_faults,
    existing_summary,
)
from glacier_generators.terraform.aws.existing_function.role import existing_role
from glacier_generators.terraform.aws.existing_function.state import existing_state
from glacier_generators.terraform.aws.serverless.hcl import function_call
from glacier_generators.terraform.aws.serverless.limits import function_faults, function_summary
from glacier_generators.terraform.aws.serverless.role import function_role, function_starts
from glacier_generators.terraform.aws.serverless.state import function_state
from glacier_generators.terraform.aws.vm.hcl import vm_call, vm_files
from glacier_generators.terraform.aws.vm.limits import vm_faults, vm_summary
from glacier_generators.terraform.aws.vm.role import (
    machine_roles,
    vm_execution_role,
    vm_role,
    vm_starts,
)
from glacier_generators.terraform.aws.vm.state import vm_state
from glacier_runtime.config.compute import ClusterSpec

__all__ = ["KINDS", "Kind", "kind_name", "kind_of", "reached_services"]


@dataclass(frozen=True, slots=True)
class Kind:
    """How tasks of one kind are written.

    Attributes:
        call: The HCL that makes, or finds, what the task runs on.
        state: The state that runs it; of a task that makes one partition at a time, that of `$.partition`.
        faults: What AWS would refuse: what is wrong and how to mend it.
        summary: What it runs on, in a few words.
        role: What it runs as: who may do what, and why.
        starts: What the workflow must be allowed to run it.
        variables: The HCL of variables that only this kind needs.
        is_job: Whether the workflow starts it by more than the ARN of a function: the module that makes it says what that is
            (`placeholders`), and what it takes (`starts`).
        further_roles: What starts it runs as, where that is a role of its own.
        shared_roles: What all tasks of this kind run on runs as.
        files: The HCL of what all tasks of this kind share, by the name of its file.
        name_bytes: How much longer the names of what it is started with make its state, of a kind that is a job.
        events: How many entries of a run's history it takes to run a task once, and sometimes again.
        services: What it reaches from the network it stands in, as endpoints call it; none for what stands in no network.
    """

    call: Callable[[TaskPlan, Plan], Body]
    state: Callable[[TaskPlan], dict[str, JsonValue]]
    faults: Callable[[TaskPlan, Plan], list[tuple[str, str]]]
    summary: Callable[[TaskPlan], str]
    role: Callable[[TaskPlan, Plan], Role]
    starts: Callable[[TaskPlan, Plan], Iterable[Right]]
    variables: Callable[[TaskPlan], Body] = lambda _: []
    is_job: bool = False
    further_roles: Callable[[TaskPlan], tuple[Role, ...]] = lambda _: ()
    shared_roles: Callable[[Plan], tuple[Role, ...]] = lambda _: ()
    files: Callable[[Plan], Mapping[str, Body]] = lambda _: {}
    name_bytes: int = 800
    events: Callable[[TaskPlan], int] = lambda _: 12
    services: tuple[str, ...] = ()


KINDS: Final[Mapping[str, Kind]] = {
    "aws.emr": Kind(
        call=emr_call,
        state=emr_state,
        faults=emr_faults,
        summary=emr_summary,
        role=emr_role,
        starts=emr_starts,
        is_job=True,
        files=emr_files,
        events=lambda _: 24,
        services=("logs",),
    ),
    "container": Kind(
        call=container_call,
        state=container_state,
        faults=container_faults,
        summary=container_summary,
        role=container_role,
        starts=container_starts,
        is_job=True,
        further_roles=lambda task: (execution_role(task),),
        files=container_files,
        events=lambda _: 30,
        services=("ecr.api", "ecr.dkr", "logs"),
    ),
    "databricks": Kind(
        call=databricks_call,
        state=databricks_state,
        faults=databricks_faults,
        summary=databricks_summary,
        role=databricks_role,
        starts=databricks_starts,
        is_job=True,
        files=databricks_files,
        name_bytes=6_000,
        events=task_events,
    ),
    "existing": Kind(
        call=existing_call,
        state=existing_state,
        faults=existing_faults,
        summary=existing_summary,
        role=existing_role,
        starts=function_starts,
        variables=existing_variables,
    ),
    "serverless": Kind(
        call=function_call,
        state=function_state,
        faults=function_faults,
        summary=function_summary,
        role=function_role,
        starts=function_starts,
    ),
    "vm": Kind(
        call=vm_call,
        state=vm_state,
        faults=vm_faults,
        summary=vm_summary,
        role=vm_role,
        starts=vm_starts,
        is_job=True,
        further_roles=lambda task: (vm_execution_role(task),),
        shared_roles=machine_roles,
        files=vm_files,
        events=lambda _: 30,
        services=("ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "logs"),
    ),
}


def kind_name(task: TaskPlan) -> str:
    """Return how the kind is called that a task runs on: of a cluster, which engine it is."""
    spec = task.entry.compute
    return spec.config.type if isinstance(spec, ClusterSpec) and spec.config else spec.kind


def kind_of(task: TaskPlan) -> Kind:
    """Return the kind that a task runs on, once `limits` has found that there is one."""
    return KINDS[kind_name(task)]


def reached_services(plan: Plan) -> tuple[str, ...]:
    """Return what tasks reach from the network that they stand in, beside S3; nothing if none stands in one."""
    standing = [task for task in plan.tasks if kind_of(task).services]
    found = {name for task in standing for name in kind_of(task).services}
    if any(task.secrets for task in standing):
        found.add("secretsmanager")
    return tuple(sorted(found))
