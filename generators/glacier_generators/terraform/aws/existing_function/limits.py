"""What cannot be expected of a function that somebody else made."""

from __future__ import annotations

from typing import Final

from glacier_generators.hcl.strings import visible
from glacier_generators.plan.model import Plan, TaskPlan
from glacier_runtime.config.compute import ExistingSpec

__all__ = ["existing_faults", "existing_summary"]

_FUNCTIONS: Final = frozenset({"aws:lambda/function:Function", "aws-native:lambda:Function"})


def existing_faults(task: TaskPlan, plan: Plan) -> list[tuple[str, str]]:
    """Return what is wrong with a task on an existing function, each with the way out."""
    compute = task.entry.compute
    assert isinstance(compute, ExistingSpec)
    found = []
    if compute.resource.type not in _FUNCTIONS:
        fault = f"runs on {compute.resource.type} {compute.resource.name!r}, which is no function of Lambda"
        found.append((fault, "give it a function, aws.lambda_.Function, or provider.serverless()"))
    others = [
        other.name
        for other in plan.tasks
        if other.name != task.name
        and isinstance(other.entry.compute, ExistingSpec)
        and other.entry.compute.resource == compute.resource
    ]
    if others:
        fault = f"shares function {compute.resource.name!r} with {', '.join(map(repr, others))}"
        found.append(
            (fault, "give each task a function of its own: its environment names the task")
        )
    return found


def existing_summary(task: TaskPlan) -> str:
    """Say what the task runs on."""
    compute = task.entry.compute
    assert isinstance(compute, ExistingSpec)
    name = " ".join(visible(compute.resource.name).split())
    return f"Lambda function of {compute.resource.tool}, `{name}`"
