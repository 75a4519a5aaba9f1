"""The role of a task on Databricks: `modules/databricks_task` as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.plan.roles import Because, Cause, Condition, Resource, Right, Role, Trust
from glacier_generators.terraform.aws.data_rights import data_rights
from glacier_generators.terraform.aws.databricks.spec import databricks, workspace_of

__all__ = ["databricks_role", "databricks_starts"]

_TRUST: Final = Trust("Ec2RunsTheTask", "ec2.amazonaws.com")
_CALLS: Final = ("get", "get-output", "submit")
_SECRET: Final = ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue")


def databricks_role(task: TaskPlan, plan: Plan) -> Role:
    """Return the role of a task: what its signature asks for, its log, and the code that is fetched with it."""
    return Role(
        f"task {task.name}",
        task.name,
        _TRUST,
        (_log(task), *data_rights(task, plan), *_start(task, plan)),
    )


def _log(task: TaskPlan) -> Right:
    cause = Cause(Because.TASK, task.name, "the launcher writes the log of the task", task.name)
    actions = ("logs:CreateLogStream", "logs:PutLogEvents")
    return Right("WriteOwnLog", actions, Resource("task_log", task.name), (cause,))


def _start(task: TaskPlan, plan: Plan) -> Iterator[Right]:
    code = Cause(Because.TASK, task.name, "its machine fetches the code of the task", task.name)
    for resource in (
        Resource("archive", plan.pipeline),
        Resource("launcher", workspace_of(task)),
    ):
        yield Right("FetchCode", ("s3:GetObject",), resource, (code,))


def databricks_starts(task: TaskPlan, plan: Plan) -> Iterator[Right]:
    """Yield what the workflow must be allowed to submit a run, and to ask what became of it."""
    text = f"task {task.name} is part of pipeline {plan.pipeline}"
    cause = (Cause(Because.PIPELINE, plan.pipeline, text, task.name),)
    workspace, name = databricks(task).workspace, workspace_of(task)
    for machine in (
        Resource("workflow", plan.pipeline),
        Resource("parts", plan.pipeline),
    ):
        for call in _CALLS:
            address = f"{workspace}/api/2.2/jobs/runs/{call}"
            only = Condition("StringEquals", "states:HTTPEndpoint", address)
            yield Right("CallDatabricks", ("states:InvokeHTTPEndpoint",), machine, cause, only)
    known = Resource("connection", name)
    yield Right("UseConnection", ("events:RetrieveConnectionCredentials",), known, cause)
    yield Right("ReadTokens", _SECRET, Resource("secret_of_connection", name), cause)
