"""Which tasks run as one query.

Neighbouring lazy tasks form a group: LazyFrames flow through them, and all their outputs are written by one streaming
pass that computes shared parts once. A group is the unit of commit, retry and timing.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from glacier_runtime.datasets import Dataset
from glacier_runtime.partitioning.mapping import may_fuse
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.tasks import AnyTask

if TYPE_CHECKING:
    from glacier_runtime.graph import Graph

__all__ = ["Group", "group_tasks", "kept_datasets"]


@dataclass(frozen=True)
class Group:
    """Tasks that run as one query.

    Attributes:
        number: Its place in the order of execution, from 1.
        tasks: In an order that respects every dependency.
        reason: Why it is no larger, for people.
        partition: The partition that it makes; None for whole datasets.
        writes: The datasets its tasks make.
        is_stored: Whether any of them has storage.
        retries: How often it is tried again; tasks that run as one with others are not.
        has_workers: Whether it runs in one of several processes that its task's place has.
        is_apart: Whether it runs in a process of its own: its task has a time limit, or a place with several workers.
        is_of_documents: Whether it is one task, here, whose documents stay in memory.
    """

    number: int
    tasks: tuple[AnyTask, ...]
    reason: str
    partition: PartitionKey | None = None
    writes: tuple[Dataset, ...] = field(init=False, repr=False, compare=False)
    is_stored: bool = field(init=False, repr=False, compare=False)
    retries: int = field(init=False, repr=False, compare=False)
    has_workers: bool = field(init=False, repr=False, compare=False)
    is_apart: bool = field(init=False, repr=False, compare=False)
    is_of_documents: bool = field(init=False, repr=False, compare=False)

    def __init__(
        self,
        number: int,
        tasks: tuple[AnyTask, ...],
        reason: str,
        partition: PartitionKey | None = None,
    ) -> None:
        first, is_one = tasks[0], len(tasks) == 1
        is_apart = is_one and first.reason_apart is not None
        is_here = is_one and partition is None and not is_apart
        writes = first.writes if is_one else tuple(d for task in tasks for d in task.writes)
        # What `frozen=True` writes by itself takes three times as long; a run may have as many of these as tasks.
        fields = self.__dict__
        fields["number"] = number
        fields["tasks"] = tasks
        fields["reason"] = reason
        fields["partition"] = partition
        fields["writes"] = writes
        fields["is_stored"] = bool([d for d in writes if d.storage is not None])
        fields["retries"] = first.retries if is_one else 0
        fields["has_workers"] = first.workers is not None
        fields["is_apart"] = is_apart
        fields["is_of_documents"] = is_here and first.signature.is_of_documents

    @property
    def label(self) -> str:
        """The names of its tasks, and the partition that they make."""
        names = " + ".join(task.name for task in self.tasks)
        return names if self.partition is None else f"{names} {self.partition.label}"


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
    alone = {task: reason for task in graph.order if (reason := _must_be_alone(task))}
    stages = _stages(graph, alone)
    components = _components([task for task in graph.order if task not in alone], stages)
    together = {tasks[0]: tasks for tasks in components}
    # In the order of the graph, which sorting by stage keeps within each.
    leading = [task for task in graph.order if task in alone or task in together]
    leading.sort(key=stages.__getitem__)
    return _numbered((together.get(task, (task,)), alone.get(task, "")) for task in leading)


def _stages(graph: Graph, alone: Container[AnyTask]) -> dict[AnyTask, int]:
    """Return how many times each task has to wait for a group to be published."""
    stages: dict[AnyTask, int] = {}
    for task in graph.order:
        stage, is_alone = 0, task in alone
        for needed in graph.dependencies[task]:
            waits = is_alone or needed in alone or not _may_join(task, needed)
            stage = max(stage, stages[needed] + waits)
        stages[task] = stage
    return stages


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
    return task.reason_apart or task.signature.reason_eager


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
    producers = graph.producers
    home = {task: group for group in groups for task in group.tasks}
    kept = {d for d in (*graph.sinks, *returned) if d.storage is None and d in producers}
    for task, group in home.items():
        for dataset in task.reads:
            producer = producers.get(dataset) if dataset.storage is None else None
            if producer is not None and home.get(producer, group) is not group:
                kept.add(dataset)
    return frozenset(kept)
