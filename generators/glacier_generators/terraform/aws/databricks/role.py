"""The role of a task on Databricks: `modules/databricks_task` as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.plan.roles import Condition, Resource, Right, Role, Trust
from glacier_generators.terraform.aws.data_rights import data_rights
from glacier_generators.terraform.aws.databricks.spec import databricks, workspace_of
from glacier_generators.terraform.aws.task_rights import fetches_code, is_part, writes_log

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
        (
            writes_log(task, "the launcher writes the log of the task"),
            *data_rights(task, plan),
            *fetches_code(task, plan, who="its machine", place=workspace_of(task)),
        ),
    )


def databricks_starts(task: TaskPlan, plan: Plan) -> Iterator[Right]:
    """Yield what the workflow must be allowed to submit a run, and to ask what became of it."""
    cause = (is_part(task, plan),)
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
