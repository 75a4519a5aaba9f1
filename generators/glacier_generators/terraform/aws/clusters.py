"""Tasks that run on clusters: by the kind of cluster, and by where each stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from glacier_generators.plan.model import Plan, TaskPlan
from glacier_runtime.config.clusters import ClusterConfig, ClusterSpec

__all__ = ["by_place", "cluster_config", "tasks_on"]

_Config = TypeVar("_Config", bound=ClusterConfig)


def cluster_config(task: TaskPlan, kind: type[_Config]) -> _Config:
    """Return what a task asks of its cluster, which is of this kind."""
    spec = task.entry.compute
    assert isinstance(spec, ClusterSpec)
    assert isinstance(spec.config, kind)
    return spec.config


def tasks_on(plan: Plan, kind: type[ClusterConfig]) -> Iterator[TaskPlan]:
    """Yield the tasks that run on clusters of a kind, in the order of the plan."""
    for task in plan.tasks:
        spec = task.entry.compute
        if isinstance(spec, ClusterSpec) and isinstance(spec.config, kind):
            yield task


def by_place(
    tasks: Iterable[TaskPlan], place_of: Callable[[TaskPlan], str]
) -> dict[str, Sequence[TaskPlan]]:
    """Return the tasks of each place, places in order of their names.

    Args:
        tasks: The tasks.
        place_of: The name of the application or workspace that runs a task.
    """
    found: dict[str, list[TaskPlan]] = {}
    for task in tasks:
        found.setdefault(place_of(task), []).append(task)
    return {name: found[name] for name in sorted(found)}
