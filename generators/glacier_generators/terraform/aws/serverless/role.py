"""The role of a serverless task: `modules/lambda_task` as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.plan.roles import Resource, Right, Role, Trust
from glacier_generators.terraform.aws.data_rights import data_rights
from glacier_generators.terraform.aws.task_rights import is_part, writes_log

__all__ = ["function_role", "function_starts"]

_TRUST: Final = Trust("LambdaRunsTheTask", "lambda.amazonaws.com")


def function_role(task: TaskPlan, plan: Plan) -> Role:
    """Return the role of a task's function: what its signature asks for, and its own log."""
    log = writes_log(task, "a function writes its own log", log="log")
    return Role(f"task {task.name}", task.name, _TRUST, (log, *data_rights(task, plan)))


def function_starts(task: TaskPlan, plan: Plan) -> Iterator[Right]:
    """Yield what the workflow must be allowed to run the task."""
    function = Resource("function", task.name)
    yield Right("RunTasks", ("lambda:InvokeFunction",), function, (is_part(task, plan),))
