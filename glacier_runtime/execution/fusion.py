"""Which tasks run as one query.

Neighbouring lazy tasks form a group: LazyFrames flow through them, and all their outputs are written by one streaming
pass that computes shared parts once. A group is the unit of commit, retry and timing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from glacier_runtime.computed_once import cached_property
from glacier_runtime.config.specs import LocalSpec
from glacier_runtime.datasets import Dataset
from glacier_runtime.partitioning.mapping import may_fuse
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.tasks import AnyTask

if TYPE_CHECKING:
    from glacier_runtime.graph import Graph
    from glacier_runtime.signatures import Input, Output

__all__ = ["Group", "group_tasks", "kept_datasets"]


@dataclass(frozen=True)
class Group:
    """Tasks that run as one query.

    Attributes:
        number: Its place in the order of execution, from 1.
        tasks: In an order that respects every dependency.
        reason: Why it is no larger, for people.
        partition: The partition that it makes; None for whole datasets.
    """

    number: int
    tasks: tuple[AnyTask, ...]
    reason: str
    partition: PartitionKey | None = None

    @property
    def label(self) -> str:
        """The names of its tasks, and the partition that they make."""
        names = " + ".join(task.name for task in self.tasks)
        return names if self.partition is None else f"{names} {self.partition.label}"

    @cached_property
    def is_stored(self) -> bool:
        """Whether anything that it makes has storage."""
        return any(dataset.storage is not None for dataset in self.writes)

    @cached_property
    def is_of_documents(self) -> bool:
        """Whether it is one task, here, whose documents stay in memory."""
        is_one = len(self.tasks) == 1 and self.partition is None
        return is_one and self.tasks[0].signature.is_of_documents and not self.is_apart

    @cached_property
    def retries(self) -> int:
        """How often it is tried again; tasks that run as one with others are not."""
        return self.tasks[0].retries if len(self.tasks) == 1 else 0

    @cached_property
    def is_apart(self) -> bool:
        """Whether it runs in a process of its own: its task has a time limit, or a place with several workers."""
        return len(self.tasks) == 1 and _wants_process(self.tasks[0]) is not None

    @cached_property
    def has_workers(self) -> bool:
        """Whether it runs in one of several processes that its task's place has."""
        compute = self.tasks[0].compute
        return isinstance(compute, LocalSpec) and compute.workers is not None

    @cached_property
    def writes(self) -> tuple[Dataset, ...]:
        """The datasets its tasks make."""
        if len(self.tasks) == 1:
            return self.tasks[0].writes
        return tuple(dataset for task in self.tasks for dataset in task.writes)


@lru_cache(maxsize=16)  # who runs a pipeline often need not wait for the same answer
def group_tasks(graph: Graph, *, fuse: bool = True) -> tuple[Group, ...]:
    """Partition the tasks of a graph into groups, in an order that respects every dependency.

    Lazy tasks of one stage that share a dataset are fused. The stage of a task grows by one behind every task that must
    be alone, or that it waits for without reading from it, so no group can wait for another that waits for it.

    Args:
        graph: A graph without cycles.
        fuse: Whether to fuse at all; if not, each task is a group.
    """
    if not fuse:
        return _numbered(((task,), "fusion is off") for task in graph.order)
    stages: dict[AnyTask, int] = {}
    alone = {task: reason for task in graph.order if (reason := _must_be_alone(task))}
    for task in graph.order:
        stages[task] = max(
            (
                stages[needed] + (task in alone or needed in alone or not _may_join(task, needed))
                for needed in graph.dependencies[task]
            ),
            default=0,
        )
    components = _components([task for task in graph.order if task not in alone], stages)
    groups = [(tasks, "") for tasks in components] + [((t,), why) for t, why in alone.items()]
    position = {task: number for number, task in enumerate(graph.order)}
    groups.sort(key=lambda group: (stages[group[0][0]], position[group[0][0]]))
    return _numbered(groups)


def _numbered(groups: Iterable[tuple[tuple[AnyTask, ...], str]]) -> tuple[Group, ...]:
    return tuple(
        Group(number, tasks, reason or ("fused" if len(tasks) > 1 else "no lazy neighbour"))
        for number, (tasks, reason) in enumerate(groups, start=1)
    )


def _may_join(task: AnyTask, other: AnyTask) -> bool:
    if any(dataset.grows and dataset in other.writes for dataset in task.reads):
        return False  # what it reads is more than what the other has just made
    if task.depends_on and not any(dataset in other.writes for dataset in task.reads):
        return False
    return may_fuse(other, task)


def _must_be_alone(task: AnyTask) -> str | None:
    if task.retries:
        return f"retries={task.retries}"
    if (reason := _wants_process(task)) is not None:
        return reason
    signature = task.signature
    if signature.is_lazy:
        return None
    carried: tuple[Input | Output, ...] = (*signature.inputs, *signature.outputs)
    for item in carried:
        if item.carrier is not pl.LazyFrame:
            return f"{item.dataset.name} is a {item.carrier.__name__}"
    return "no outputs"


def _wants_process(task: AnyTask) -> str | None:
    if task.timeout_s is not None:
        return f"timeout_s={task.timeout_s:g}"
    if isinstance(task.compute, LocalSpec) and task.compute.workers is not None:
        return f"workers={task.compute.workers}"
    return None


def _components(tasks: list[AnyTask], stages: dict[AnyTask, int]) -> Iterable[tuple[AnyTask, ...]]:
    """Join tasks of one stage, and of one kind of partition, that touch one dataset, read or written.

    Tasks come in an order that respects dependencies; each joins the groups of its neighbours, the smaller list into the
    larger.
    """
    home: dict[AnyTask, list[AnyTask]] = {}
    first: dict[tuple[int, tuple[str, ...], Dataset], AnyTask] = {}
    for task in tasks:
        members = home[task] = [task]
        stage, columns = stages[task], task.signature.partition_columns
        for dataset in (*task.reads, *task.writes):
            others = home[first.setdefault((stage, columns, dataset), task)]
            if others is not members:
                members, others = sorted((members, others), key=len, reverse=True)
                members += others
                home.update(dict.fromkeys(others, members))
    position = {task: number for number, task in enumerate(tasks)}
    groups = {id(members): members for members in home.values()}
    return (tuple(sorted(members, key=position.__getitem__)) for members in groups.values())


def kept_datasets(
    graph: Graph, groups: Sequence[Group], returned: Sequence[Dataset]
) -> frozenset[Dataset]:
    """Return datasets without storage that another group, or the caller, will ask for.

    Args:
        graph: The graph of the pipeline.
        groups: The groups that run.
        returned: The datasets that the caller will ask for.
    """
    home = {task: group for group in groups for task in group.tasks}
    read_elsewhere = {
        dataset
        for task in home
        for dataset in task.reads
        if (producer := graph.producers.get(dataset)) is not None
        and home.get(producer, home[task]) is not home[task]
    }
    wanted = (*read_elsewhere, *graph.sinks, *returned)
    return frozenset(d for d in wanted if d.storage is None and d in graph.producers)
