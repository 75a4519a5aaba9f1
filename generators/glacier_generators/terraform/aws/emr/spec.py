"""What a task asks of EMR, as the pipeline says it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from glacier_generators.plan.model import Plan, TaskPlan
from glacier_runtime.config.clusters import EmrConfig
from glacier_runtime.config.compute import ClusterSpec

__all__ = ["application_of", "applications", "emr", "emr_tasks"]


def emr(task: TaskPlan) -> EmrConfig:
    """Return what a task that runs on EMR asks for."""
    spec = task.entry.compute
    assert isinstance(spec, ClusterSpec)
    assert isinstance(spec.config, EmrConfig)
    return spec.config


def application_of(task: TaskPlan) -> str:
    """Return how the application is called that runs a task: by its release."""
    return (emr(task).release or "emr").replace(".", "_").replace("-", "_")


def emr_tasks(plan: Plan) -> Iterator[TaskPlan]:
    """Yield the tasks that run on EMR, in the order of the plan."""
    for task in plan.tasks:
        spec = task.entry.compute
        if isinstance(spec, ClusterSpec) and isinstance(spec.config, EmrConfig):
            yield task


def applications(plan: Plan) -> dict[str, Sequence[TaskPlan]]:
    """Return the tasks of each application."""
    found: dict[str, list[TaskPlan]] = {}
    for task in emr_tasks(plan):
        found.setdefault(application_of(task), []).append(task)
    return {name: found[name] for name in sorted(found)}
