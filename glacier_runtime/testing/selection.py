"""Which tasks of a pipeline a test runs: what is wanted and needs them, but for what the test gives itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, Problem, TestingError
from glacier_runtime.graph import Graph
from glacier_runtime.tasks import AnyTask, Task, task_problem

__all__ = ["Wanted", "select_tasks"]

Wanted = Dataset | Task[..., object] | str


def select_tasks(
    graph: Graph, given: Collection[Dataset], wanted: Iterable[Wanted] | Wanted | None
) -> tuple[AnyTask, ...]:
    """Choose the tasks to run, in the pipeline's order.

    Args:
        graph: The pipeline.
        given: Datasets that the test gives; the tasks that make them are skipped.
        wanted: Tasks or datasets, as objects or by name; None wants all that nobody reads.

    Raises:
        TestingError: GLC621 for what the pipeline does not have; GLC622 for inputs that nobody gives or makes; GLC626, if a
            task that makes a given dataset has to run for another one.
    """
    if wanted is None:
        ends = [task for task in graph.tasks if not graph.consumers[task]]
        start = [task for task in ends if not any(made in given for made in task.writes)]
    else:
        start = _named(graph, wanted)
    chosen: dict[AnyTask, None] = {}
    waiting = list(start)
    while waiting:
        task = waiting.pop()
        if task not in chosen:
            chosen[task] = None
            waiting += _needed(graph, task, given)
    # A task that need not run needs no inputs either: first things first.
    if conflicts := list(_conflicts(chosen, given)):
        raise TestingError(conflicts)
    if missing := list(_missing(graph, chosen, given)):
        raise TestingError(missing)
    return tuple(task for task in graph.tasks if task in chosen)


def _needed(graph: Graph, task: AnyTask, given: Collection[Dataset]) -> Iterator[AnyTask]:
    makers = {
        dataset: graph.producers[dataset] for dataset in task.reads if dataset in graph.producers
    }
    yield from (maker for dataset, maker in makers.items() if dataset not in given)
    for waited in graph.dependencies[task]:
        if waited not in makers.values() and not any(made in given for made in waited.writes):
            yield waited


def _named(graph: Graph, wanted: Iterable[Wanted] | Wanted) -> list[AnyTask]:
    tasks: dict[object, AnyTask] = {}
    for dataset, task in graph.producers.items():
        tasks[dataset] = tasks[dataset.name] = task
    tasks |= {name: task for task in graph.tasks for name in (task, task.name)}
    listed = [wanted] if isinstance(wanted, str | Dataset | Task) else list(wanted)
    unknown = [item for item in listed if item not in tasks]
    if unknown:
        names = dict.fromkeys(name for name in tasks if isinstance(name, str))
        raise TestingError(
            Problem(
                code=Code.TESTING_NAME_UNKNOWN,
                message=f"only= names {getattr(item, 'name', item)!r:.80}, which is no task of the pipeline and made by none",
                fix=f"name one of {', '.join(names)}",
            )
            for item in unknown
        )
    return [tasks[item] for item in listed]


def _conflicts(chosen: Iterable[AnyTask], given: Collection[Dataset]) -> Iterator[Problem]:
    for task in chosen:
        replaced = [made.name for made in task.writes if made in given]
        others = [made.name for made in task.writes if made not in given]
        if replaced:
            yield task_problem(
                task,
                Code.TESTING_CONFLICT,
                f"makes dataset {replaced[0]!r}, which is given, and has to run for what else it makes: "
                f"{', '.join(others) or 'nothing'}",
                "give all that it makes, or none of it; or let only= name less",
            )


def _missing(
    graph: Graph, chosen: Collection[AnyTask], given: Collection[Dataset]
) -> Iterator[Problem]:
    readers: dict[Dataset, list[str]] = {}
    for task in chosen:
        for dataset in task.reads:
            if dataset not in given and dataset not in graph.producers:
                readers.setdefault(dataset, []).append(task.name)
    for dataset, names in readers.items():
        listed = ", ".join(map(repr, names))
        yield Problem(
            code=Code.TESTING_INPUT_MISSING,
            message=f"dataset {dataset.name!r}, which {listed} reads, is not given",
            fix=f"give rows in inputs= under the key {dataset.name!r}; example_frame makes some of its schema",
            dataset=dataset.name,
        )
