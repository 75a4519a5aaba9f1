"""Tasks on existing functions as calls of the module `existing_function`."""

from __future__ import annotations

from glacier_generators.hcl.syntax import Attribute, Blank, Block, Body, Comment, Reference
from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.terraform.aws.existing import described, variable
from glacier_runtime.config.compute import ExistingSpec

__all__ = ["existing_call", "existing_variables"]


def existing_call(task: TaskPlan, _plan: Plan) -> Body:
    """Write the call that finds a task's function."""
    body: Body = [
        Attribute("source", "./modules/existing_function"),
        Blank(),
        Attribute("function", Reference(f"var.function_{task.name}")),
        Attribute("task", task.name),
    ]
    return [Comment(task.entry.identity), Block("module", (f"task_{task.name}",), body)]


def existing_variables(task: TaskPlan) -> Body:
    """Write the variable that says which function it is."""
    compute = task.entry.compute
    assert isinstance(compute, ExistingSpec)
    what = f"Name or ARN of the function that runs task {task.name!r}"
    return [variable(f"function_{task.name}", described(what, compute.resource))]
