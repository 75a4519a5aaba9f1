"""The graph of a pipeline: tasks joined by the datasets they share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from glacier_runtime.computed_once import cached_property
from glacier_runtime.config.clouds import CloudScope
from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.mermaid import DrawnTask, flowchart
from glacier_runtime.secrets import SecretParameter
from glacier_runtime.signatures import Parameter
from glacier_runtime.tasks import AnyTask

__all__ = ["Graph", "build_graph"]


@dataclass(frozen=True, eq=False)
class Graph:
    """Tasks and the edges between them; an edge is a dataset that one writes and the other reads, or a declared order.

    Attributes:
        tasks: In declared order.
        producers: The task that writes each dataset; the first, where there are several.
        dependencies: The tasks each task waits for, in declared order.
        consumers: The tasks that wait for each task, in declared order.
    """

    tasks: tuple[AnyTask, ...]
    producers: Mapping[Dataset, AnyTask]
    dependencies: Mapping[AnyTask, tuple[AnyTask, ...]]
    consumers: Mapping[AnyTask, tuple[AnyTask, ...]]

    @cached_property
    def scope(self) -> CloudScope:
        """The part of a cloud that its resources belong to: the first that one names, a cloud before this machine."""
        named = [task.scope for task in self.tasks if task.scope is not None]
        named += [d.storage.bucket.scope for d in self.datasets if d.storage is not None]
        in_a_cloud = (scope for scope in named if scope.cloud != "local")
        return next(in_a_cloud, named[0] if named else CloudScope("local"))

    @cached_property
    def levels(self) -> tuple[tuple[AnyTask, ...], ...]:
        """Tasks that may run side by side, level by level.

        Raises:
            graphlib.CycleError: If the graph has a cycle; `cycles` names them.
        """
        position = {task: number for number, task in enumerate(self.tasks)}
        missing = {task: len(needs) for task, needs in self.dependencies.items()}
        levels = []
        ready = [task for task, count in missing.items() if not count]
        while ready:
            levels.append(tuple(ready))
            freed = []
            for done in ready:
                for task in self.consumers[done]:
                    missing[task] -= 1
                    if not missing[task]:
                        freed.append(task)
            ready = sorted(freed, key=position.__getitem__)
        if sum(map(len, levels)) < len(missing):
            TopologicalSorter(self.dependencies).prepare()  # which raises
        return tuple(levels)

    @cached_property
    def order(self) -> tuple[AnyTask, ...]:
        """Tasks in an order that respects every edge; see `levels`."""
        return tuple(task for level in self.levels for task in level)

    @cached_property
    def datasets(self) -> tuple[Dataset, ...]:
        """All datasets, in the order in which tasks name them."""
        found: dict[Dataset, None] = {}
        for task in self.tasks:
            for item in task.signature.inputs:
                found[item.dataset] = None
            for dataset in task.writes:
                found[dataset] = None
        return tuple(found)

    @cached_property
    def stored(self) -> tuple[Dataset, ...]:
        """Datasets with storage that tasks make, or read in their current version, in the order in which tasks name them."""
        named = (dataset for task in self.tasks for dataset in (*task.reads, *task.writes))
        return tuple(dict.fromkeys(d for d in named if d.storage is not None))

    @cached_property
    def makes_stored(self) -> bool:
        """Whether any dataset that a task makes has storage."""
        return any(dataset in self.producers for dataset in self.stored)

    @cached_property
    def given(self) -> tuple[Dataset, ...]:
        """Datasets that tasks read in their current version, and that no task makes."""
        read = (dataset for task in self.tasks for dataset in task.reads)
        return tuple(dict.fromkeys(d for d in read if d not in self.producers))

    @cached_property
    def partitioned(self) -> tuple[AnyTask, ...]:
        """Tasks that make one partition at a time, in declared order."""
        return tuple(task for task in self.tasks if task.signature.partitions)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The run parameters that tasks declare; one that several declare is there once."""
        found: dict[str, Parameter] = {}
        for task in self.tasks:
            for parameter in task.signature.parameters:
                found.setdefault(parameter.name, parameter)
        return tuple(found.values())

    @cached_property
    def secrets(self) -> tuple[SecretParameter, ...]:
        """The secrets that tasks take; each task may take one through another parameter."""
        return tuple(dict.fromkeys(s for task in self.tasks for s in task.signature.secrets))

    def part(self, tasks: Collection[AnyTask]) -> Graph:
        """Return the graph of some of its tasks; itself, with all that is known of it, if these are all."""
        if len(tasks) == len(self.tasks):
            return self
        return build_graph(filter(tasks.__contains__, self.tasks))

    @cached_property
    def sources(self) -> tuple[Dataset, ...]:
        """Datasets that are read and that no task makes."""
        return tuple(dataset for dataset in self.datasets if dataset not in self.producers)

    @cached_property
    def sinks(self) -> tuple[Dataset, ...]:
        """Datasets that are made and that no task reads."""
        read = {dataset for task in self.tasks for dataset in task.reads}
        return tuple(d for d in self.datasets if d in self.producers and d not in read)

    @cached_property
    def cycles(self) -> tuple[tuple[AnyTask, ...], ...]:
        """One circle of tasks for each knot of the graph; empty for a good graph."""
        try:
            _ = self.levels
        except CycleError:
            return tuple(_circles(self.dependencies))
        return ()

    def find(self, named: AnyTask | str) -> AnyTask:
        """Return a task, or the one of that name.

        Raises:
            DefinitionError: GLC316, if the graph does not have it.
        """
        wanted = named if isinstance(named, str) else named.name
        found = next((task for task in self.tasks if task is named or task.name == wanted), None)
        if found is None:
            names = ", ".join(task.name for task in self.tasks) or "none"
            raise DefinitionError(
                Problem(
                    code=Code.NOT_IN_PIPELINE,
                    message=f"the pipeline has no task {wanted!r:.80}",
                    fix=f"its tasks are: {names}",
                )
            )
        return found

    def to_text(self) -> str:
        """Draw the graph for a terminal: levels, tasks, and what each reads and writes."""
        width = max((len(task.name) for task in self.tasks), default=0)
        lines = []
        for number, level in enumerate(self.levels, start=1):
            for task in level:
                reads = ", ".join(
                    _input_label(i.dataset, i.previous) for i in task.signature.inputs
                )
                writes = ", ".join(dataset.name for dataset in task.writes)
                label = str(number) if task is level[0] else ""
                lines.append(f"{label:>3}  {task.name:<{width}}  {reads or '·'} → {writes or '·'}")
        return "\n".join(lines)

    def to_mermaid(self) -> str:
        """Draw the graph in Mermaid, which GitHub and GitLab render: datasets as cylinders, tasks as boxes."""
        tasks = (
            DrawnTask(
                task.name,
                tuple((item.dataset.name, item.previous) for item in task.signature.inputs),
                tuple(made.name for made in task.writes),
            )
            for task in self.tasks
        )
        return flowchart((dataset.name for dataset in self.datasets), tasks)

    def to_dict(self) -> dict[str, object]:
        """Return nodes and edges as plain data, for `--json`."""
        return {
            "levels": [[task.name for task in level] for level in self.levels],
            "tasks": {
                task.name: {
                    "depends_on": [needed.name for needed in self.dependencies[task]],
                    "reads": [dataset.name for dataset in task.reads],
                    "previous": [i.dataset.name for i in task.signature.inputs if i.previous],
                    "writes": [dataset.name for dataset in task.writes],
                }
                for task in self.order
            },
            "sources": [dataset.name for dataset in self.sources],
            "sinks": [dataset.name for dataset in self.sinks],
        }


def build_graph(tasks: Iterable[AnyTask]) -> Graph:
    """Join tasks by the identity of the datasets they share.

    Args:
        tasks: The tasks, in any order; faulty declarations are kept and left to the checks.

    Returns:
        The graph, in time linear in tasks and edges.
    """
    listed = tuple(tasks)
    producers: dict[Dataset, AnyTask] = {}
    for task in listed:
        for dataset in task.writes:
            producers.setdefault(dataset, task)
    named = {task.name: task for task in listed}
    dependencies = {task: tuple(dict.fromkeys(_needs(task, producers, named))) for task in listed}
    return Graph(listed, producers, dependencies, _reversed(listed, dependencies))


def _needs(
    task: AnyTask, producers: Mapping[Dataset, AnyTask], named: Mapping[str, AnyTask]
) -> Iterator[AnyTask]:
    for dataset in task.reads:
        if dataset in producers:
            yield producers[dataset]
    for waited in task.depends_on:
        name = waited if isinstance(waited, str) else waited.name
        if name in named:
            yield named[name]


def _reversed(
    tasks: Sequence[AnyTask], edges: Mapping[AnyTask, Sequence[AnyTask]]
) -> dict[AnyTask, tuple[AnyTask, ...]]:
    consumers: dict[AnyTask, list[AnyTask]] = {task: [] for task in tasks}
    for task, needs in edges.items():
        for needed in needs:
            consumers[needed].append(task)
    return {task: tuple(waiting) for task, waiting in consumers.items()}


def _circles(dependencies: Mapping[AnyTask, tuple[AnyTask, ...]]) -> Iterator[tuple[AnyTask, ...]]:
    remaining = dict(dependencies)
    while True:
        try:
            TopologicalSorter(remaining).prepare()
        except CycleError as error:
            circle = tuple(reversed(error.args[1][1:]))
            yield circle
            remaining = {
                task: tuple(d for d in needs if d not in circle)
                for task, needs in remaining.items()
                if task not in circle
            }
        else:
            return


def _input_label(dataset: Dataset, previous: bool) -> str:
    return f"previous {dataset.name}" if previous else dataset.name
