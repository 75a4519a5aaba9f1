"""Rights and their causes that tasks of several kinds have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.plan.roles import Because, Cause, Resource, Right

__all__ = ["fetches_code", "is_part", "writes_log"]

_WRITE: Final = ("logs:CreateLogStream", "logs:PutLogEvents")


def is_part(task: TaskPlan, plan: Plan) -> Cause:
    """Return why the workflow may start, follow and stop a task."""
    text = f"task {task.name} is part of pipeline {plan.pipeline}"
    return Cause(Because.PIPELINE, plan.pipeline, text, task.name)


def writes_log(
    task: TaskPlan, text: str, *, statement: str = "WriteOwnLog", log: str = "task_log"
) -> Right:
    """Return the right to write the log of a task, and of no other.

    Args:
        task: The task.
        text: Who writes it, as a sentence.
        statement: The name of the statement.
        log: The kind of resource that the log is.
    """
    cause = Cause(Because.TASK, task.name, text, task.name)
    return Right(statement, _WRITE, Resource(log, task.name), (cause,))


def fetches_code(task: TaskPlan, plan: Plan, *, who: str, place: str) -> Iterator[Right]:
    """Yield the right to read the archive of code and what launches it.

    Args:
        task: The task.
        plan: The plan.
        who: Who fetches it for the task.
        place: The application or workspace whose launcher it is.
    """
    cause = (Cause(Because.TASK, task.name, f"{who} fetches the code of the task", task.name),)
    for resource in (Resource("archive", plan.pipeline), Resource("launcher", place)):
        yield Right("FetchCode", ("s3:GetObject",), resource, cause)
