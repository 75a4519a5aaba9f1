"""What a task asks of EMR, as the pipeline says it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.terraform.aws.clusters import by_place, cluster_config, tasks_on
from glacier_runtime.config.clusters import EmrConfig

__all__ = ["application_of", "applications", "emr", "emr_tasks"]


def emr(task: TaskPlan) -> EmrConfig:
    """Return what a task that runs on EMR asks for."""
    return cluster_config(task, EmrConfig)


def application_of(task: TaskPlan) -> str:
    """Return how the application is called that runs a task: by its release."""
    return (emr(task).release or "emr").replace(".", "_").replace("-", "_")


def emr_tasks(plan: Plan) -> Iterator[TaskPlan]:
    """Yield the tasks that run on EMR, in the order of the plan."""
    return tasks_on(plan, EmrConfig)


def applications(plan: Plan) -> dict[str, Sequence[TaskPlan]]:
    """Return the tasks of each application."""
    return by_place(emr_tasks(plan), application_of)
