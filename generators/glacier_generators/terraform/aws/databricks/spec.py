"""What a task asks of Databricks, as the pipeline says it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.terraform.aws.clusters import by_place, cluster_config, tasks_on
from glacier_runtime.config.clusters import DatabricksConfig

__all__ = ["databricks", "databricks_tasks", "workspace_of", "workspaces"]

_SIGNS: Final = re.compile(r"[^a-z0-9]+")


def databricks(task: TaskPlan) -> DatabricksConfig:
    """Return what a task that runs on Databricks asks for."""
    return cluster_config(task, DatabricksConfig)


def workspace_of(task: TaskPlan) -> str:
    """Return how the workspace is called that runs a task: by its host."""
    host = urlsplit(databricks(task).workspace or "").hostname or "unknown"
    return f"databricks_{_SIGNS.sub('_', host.partition('.')[0])}"


def databricks_tasks(plan: Plan) -> Iterator[TaskPlan]:
    """Yield the tasks that run on Databricks, in the order of the plan."""
    return tasks_on(plan, DatabricksConfig)


def workspaces(plan: Plan) -> dict[str, Sequence[TaskPlan]]:
    """Return the tasks of each workspace."""
    return by_place(databricks_tasks(plan), workspace_of)
