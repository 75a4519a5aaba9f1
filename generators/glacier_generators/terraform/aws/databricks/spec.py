"""What a task asks of Databricks, as the pipeline says it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from glacier_generators.plan.model import Plan, TaskPlan
from glacier_runtime.config.clusters import DatabricksConfig
from glacier_runtime.config.compute import ClusterSpec

__all__ = ["databricks", "databricks_tasks", "workspace_of", "workspaces"]

_SIGNS: Final = re.compile(r"[^a-z0-9]+")


def databricks(task: TaskPlan) -> DatabricksConfig:
    """Return what a task that runs on Databricks asks for."""
    spec = task.entry.compute
    assert isinstance(spec, ClusterSpec)
    assert isinstance(spec.config, DatabricksConfig)
    return spec.config


def workspace_of(task: TaskPlan) -> str:
    """Return how the workspace is called that runs a task: by its host."""
    host = urlsplit(databricks(task).workspace or "").hostname or "unknown"
    return f"databricks_{_SIGNS.sub('_', host.partition('.')[0])}"


def databricks_tasks(plan: Plan) -> Iterator[TaskPlan]:
    """Yield the tasks that run on Databricks, in the order of the plan."""
    for task in plan.tasks:
        spec = task.entry.compute
        if isinstance(spec, ClusterSpec) and isinstance(spec.config, DatabricksConfig):
            yield task


def workspaces(plan: Plan) -> dict[str, Sequence[TaskPlan]]:
    """Return the tasks of each workspace."""
    found: dict[str, list[TaskPlan]] = {}
    for task in databricks_tasks(plan):
        found.setdefault(workspace_of(task), []).append(task)
    return {name: found[name] for name in sorted(found)}
