"""What Databricks, Step Functions and IAM refuse, and what is not generated: https://docs.databricks.com/api/workspace/jobs/submit ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.terraform.aws.databricks.polling import attempt_events
from glacier_generators.terraform.aws.databricks.role import databricks_role
from glacier_generators.terraform.aws.databricks.spec import (
    databricks,
    databricks_tasks,
    workspace_of,
)
from glacier_generators.terraform.aws.history_size import MOST_EVENTS
from glacier_generators.terraform.aws.policy_size import policy_faults

__all__ = ["databricks_faults", "databricks_summary"]

_LONGEST_NAME: Final = 64  # of a role
_OLDEST: Final = 15  # the first that has a Python which Glacier runs on
_HOSTS: Final = (".cloud.databricks.com", ".cloud.databricks.us", ".cloud.databricks.mil")
_EVENTS_OF_OTHERS: Final = 1_000


def databricks_faults(task: TaskPlan, plan: Plan) -> list[tuple[str, str]]:
    """Return what would be refused of a task on Databricks, each with the way out."""
    return [
        *_elsewhere(task),
        *_unsaid(task, plan),
        *_runtime(task),
        *_sizes(task, plan),
        *policy_faults(databricks_role(task, plan), plan),
    ]


def _elsewhere(task: TaskPlan) -> Iterator[tuple[str, str]]:
    """Yield what would run the task with rights that are not its own, or on machines that would idle."""
    config = databricks(task)
    if config.cluster_id is not None:
        yield (
            f"runs on cluster {config.cluster_id}, whose rights would hold in place of its own",
            "leave cluster_id= out, and say instance_type=; or let a job of that cluster run python -m glacier_runtime.run_task",
        )
    if config.num_workers is not None:
        yield (
            f"asks for {config.num_workers} workers; one process runs a task, in the driver, and workers would idle",
            "leave num_workers= out; to spread work, make partitions",
        )


def _unsaid(task: TaskPlan, plan: Plan) -> Iterator[tuple[str, str]]:
    config = databricks(task)
    if config.workspace is None:
        yield (
            "names no workspace",
            'add workspace="https://dbc-1a2b3c4d-5e6f.cloud.databricks.com" to its DatabricksConfig',
        )
    elif not (urlsplit(config.workspace).hostname or "").endswith(_HOSTS):
        yield (
            f"runs in workspace {config.workspace}, which is not on AWS",
            "name one whose address ends in .cloud.databricks.com",
        )
    if config.connection is None:
        yield (
            "names no connection by which the workflow may call Databricks",
            'make one, once (docs/databricks.md), and name it: DatabricksConfig(connection="arn:aws:events:…")',
        )
    elif (region := config.connection.split(":")[3]) != plan.region:
        yield (
            f"calls Databricks by a connection in {region}; the workflow is in {plan.region}",
            "make the connection where the pipeline is",
        )
    # The first only, and no list of all: this is asked of each task.
    name = workspace_of(task)
    first = databricks(next(it for it in databricks_tasks(plan) if workspace_of(it) == name))
    if (first.workspace, first.connection) != (config.workspace, config.connection):
        yield (
            f"calls {config.workspace} by {config.connection}, and another task {first.workspace} by {first.connection}",
            "let all tasks call a workspace by one address and one connection",
        )
    if config.instance_type is None:
        yield (
            "names no machine",
            'add instance_type="m6i.xlarge" to its DatabricksConfig, or another',
        )


def _runtime(task: TaskPlan) -> Iterator[tuple[str, str]]:
    version, release = databricks(task).spark_version, databricks(task).release
    if version is None:
        yield (
            "names no runtime of Databricks",
            'add spark_version="16.4.x-scala2.12" to its DatabricksConfig, or another',
        )
        return
    if release is None:
        yield f"runs on {version!r}, which is no runtime", "write it like 16.4.x-scala2.12"
    elif release < _OLDEST:
        yield (
            f"runs on {version}, which has no Python that Glacier runs on",
            f"take {_OLDEST}.4.x-scala2.12 or newer",
        )


def _sizes(task: TaskPlan, plan: Plan) -> Iterator[tuple[str, str]]:
    name = f"{plan.pipeline}-{task.lasting_name}"
    if len(name) > _LONGEST_NAME:
        fault = f"would be role {name!r}, {len(name)} characters long; IAM takes {_LONGEST_NAME}"
        yield fault, "shorten the name of the task or of the pipeline"
    events = attempt_events(task) * (1 + task.entry.retries)
    if events > MOST_EVENTS - _EVENTS_OF_OTHERS:
        yield (
            f"may be asked for so long, and so often, that a run would write {events:,} entries; its history takes {MOST_EVENTS:,}",
            "lower its timeout_s= or retries=",
        )


def databricks_summary(task: TaskPlan) -> str:
    """Say what a task runs on."""
    config = databricks(task)
    return (
        f"Databricks {config.spark_version}, {config.instance_type}, at most {config.timeout_s} s"
    )
