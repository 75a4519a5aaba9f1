"""Which tasks of a pipeline are asked for: all, some, or some and whatever comes after them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.graph import Graph
from glacier_runtime.tasks import AnyTask, Task

__all__ = ["Named", "chosen_tasks"]

Named: TypeAlias = AnyTask | Dataset | str
"""A task, a dataset that stands for the task that makes it, or the name of either."""


def chosen_tasks(
    graph: Graph, only: Sequence[Named] = (), start_from: Sequence[Named] = ()
) -> dict[AnyTask, str]:
    """Return the tasks that are asked for, each with the reason that people are told; all of them if none is named.

    Who makes a dataset without storage that one of them reads is asked for, too: nothing is left of an earlier run.

    Args:
        graph: The graph of the pipeline.
        only: Tasks that are asked for by themselves.
        start_from: Tasks that are asked for with all that depend on them.

    Raises:
        DefinitionError: GLC316, once with everything that the pipeline does not have.
    """
    if not only and not start_from:
        return dict.fromkeys(graph.order, "")
    wanted = dict.fromkeys(_found(graph, only), "asked for")
    for task in _found(graph, start_from):
        wanted.setdefault(task, "asked for")
        for later in _downstream(graph, task):
            wanted.setdefault(later, f"comes after {task.name}")
    for task in reversed(graph.order):
        if task not in wanted:
            continue
        for dataset in task.reads:
            if dataset.storage is None and dataset in graph.producers:
                reason = f"its dataset {dataset.name}, which {task.name} reads, is not stored"
                wanted.setdefault(graph.producers[dataset], reason)
    return {task: wanted[task] for task in graph.order if task in wanted}


def _found(graph: Graph, named: Sequence[Named]) -> list[AnyTask]:
    found, problems = [], []
    for item in named:
        task = _task(graph, item)
        if task is None:
            problems.append(_unknown(graph, item))
        else:
            found.append(task)
    if problems:
        raise DefinitionError(problems)
    return found


def _task(graph: Graph, named: Named) -> AnyTask | None:
    if isinstance(named, Task):
        return named if named in graph.dependencies else None
    if isinstance(named, Dataset):
        return graph.producers.get(named)
    by_name = next((task for task in graph.tasks if task.name == named), None)
    made = (task for dataset, task in graph.producers.items() if dataset.name == named)
    return by_name or next(made, None)


def _unknown(graph: Graph, named: Named) -> Problem:
    name = named if isinstance(named, str) else named.name
    tasks = ", ".join(task.name for task in graph.tasks) or "none"
    return Problem(
        code=Code.NOT_IN_PIPELINE,
        message=f"the pipeline has no task {name!r:.80}, and none that makes a dataset of that name",
        fix=f"its tasks are: {tasks}",
    )


def _downstream(graph: Graph, task: AnyTask) -> Iterable[AnyTask]:
    seen: dict[AnyTask, None] = {}
    waiting = list(graph.consumers[task])
    while waiting:
        later = waiting.pop()
        if later not in seen:
            seen[later] = None
            waiting += graph.consumers[later]
    return seen
