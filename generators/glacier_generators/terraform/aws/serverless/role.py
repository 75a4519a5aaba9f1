"""The role of a serverless task: `modules/lambda_task` as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.plan.roles import Because, Cause, Resource, Right, Role, Trust
from glacier_generators.terraform.aws.data_rights import data_rights

__all__ = ["function_role", "function_starts"]

_TRUST: Final = Trust("LambdaRunsTheTask", "lambda.amazonaws.com")


def function_role(task: TaskPlan, plan: Plan) -> Role:
    """Return the role of a task's function: what its signature asks for, and its own log."""
    cause = Cause(Because.TASK, task.name, "a function writes its own log", task.name)
    actions = ("logs:CreateLogStream", "logs:PutLogEvents")
    log = Right("WriteOwnLog", actions, Resource("log", task.name), (cause,))
    return Role(f"task {task.name}", task.name, _TRUST, (log, *data_rights(task, plan)))


def function_starts(task: TaskPlan, plan: Plan) -> Iterator[Right]:
    """Yield what the workflow must be allowed to run the task."""
    text = f"task {task.name} is part of pipeline {plan.pipeline}"
    cause = Cause(Because.PIPELINE, plan.pipeline, text, task.name)
    function = Resource("function", task.name)
    yield Right("RunTasks", ("lambda:InvokeFunction",), function, (cause,))
