"""What is wrong with a pipeline as a graph: who makes, who reads, what is called how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from glacier_runtime.checks.partitions import partition_problems
from glacier_runtime.checks.renames import rename_problems
from glacier_runtime.datasets import Dataset, dataset_problem
from glacier_runtime.errors import Code, Problem
from glacier_runtime.graph import Graph
from glacier_runtime.names import folded
from glacier_runtime.signatures import Parameter
from glacier_runtime.storage.formats import IcebergFormat, TableFormat, unstorable_dtypes
from glacier_runtime.storage.locations import BucketSpec, Location
from glacier_runtime.tasks import AnyTask, task_problem

__all__ = ["cycle_problems", "structure_problems"]

_FOLDED: Final = " ('-' and '_' count as one)"


def structure_problems(graph: Graph) -> Iterator[Problem]:
    """Find everything wrong with the structure of a graph.

    Args:
        graph: The graph, however broken.

    Yields:
        Problems of declarations (GLC1xx, GLC2xx) and of structure (GLC301 to GLC307, GLC312 to GLC318).
    """
    if not graph.tasks:
        yield Problem(
            code=Code.NO_TASKS,
            message="the pipeline has no tasks",
            fix="list tasks: Pipeline(name=..., tasks=[clean, delays])",
        )
    for task in graph.tasks:
        yield from task.problems
    yield from _repeated_names(graph)
    yield from _producers(graph)
    yield from _waits(graph)
    yield from cycle_problems(graph)
    yield from _locations(graph)
    yield from _buckets(graph)
    yield from _parameters(graph)
    yield from _secrets(graph)
    yield from partition_problems(graph)
    yield from rename_problems(graph)
    for dataset in graph.datasets:
        yield from _dtypes(dataset)
        yield from _catalog(dataset)


def _repeated_names(graph: Graph) -> Iterator[Problem]:
    task_names = Counter(folded(task.name) for task in graph.tasks)
    for task in graph.tasks:
        if task_names.pop(folded(task.name), 0) > 1:
            yield Problem(
                code=Code.TASK_NAME_TAKEN,
                message=f"more than one task is named {task.name!r}{_FOLDED}",
                fix="list each task once, and name it: @resource.task(name=...)",
                place=task.place,
                task=task.name,
            )
    dataset_names = Counter(folded(dataset.name) for dataset in graph.datasets)
    for dataset in graph.datasets:
        if dataset_names.pop(folded(dataset.name), 0) > 1:
            yield dataset_problem(
                dataset,
                Code.DATASET_NAME_TAKEN,
                f"more than one dataset is named {dataset.name!r}{_FOLDED}",
                "make one Dataset object and import it, or choose another name",
            )


def _producers(graph: Graph) -> Iterator[Problem]:
    for task in graph.tasks:
        for output in task.signature.outputs:
            if output.dataset.is_rejects:
                yield task_problem(
                    task,
                    Code.BAD_QUARANTINE,
                    f"returns {output.dataset.name!r}, which Glacier makes of the rows that break rules",
                    "return the rows with the others, or write them to a dataset of their own",
                    dataset=output.dataset,
                )
        for dataset in task.writes:
            first = graph.producers[dataset]
            if first is not task and first.name != task.name:
                yield task_problem(
                    task,
                    Code.TWO_PRODUCERS,
                    f"writes dataset {dataset.name!r}, which task {first.name!r} writes too",
                    "write another dataset, or join the two tasks",
                    dataset=dataset,
                )
            if dataset.source:
                yield task_problem(
                    task,
                    Code.SOURCE_PRODUCED,
                    f"writes dataset {dataset.name!r}, which is declared a source",
                    "drop source=True, or write another dataset",
                    dataset=dataset,
                )
        for item in task.signature.inputs:
            if item.dataset not in graph.producers and not item.dataset.source:
                made = [dataset.name for dataset in graph.producers]
                yield task_problem(
                    task,
                    Code.NO_PRODUCER,
                    f"reads dataset {item.dataset.name!r}, which no task of the pipeline makes",
                    "add the task that makes it, or declare it with source=True; "
                    f"made are: {', '.join(made) or 'none'}",
                    dataset=item.dataset,
                )


def _waits(graph: Graph) -> Iterator[Problem]:
    names = {task.name for task in graph.tasks}
    for task in graph.tasks:
        for waited in task.depends_on:
            name = waited if isinstance(waited, str) else waited.name
            if name not in names:
                yield task_problem(
                    task,
                    Code.UNKNOWN_DEPENDENCY,
                    f"waits for task {name!r:.80}, which the pipeline does not have",
                    f"add it to the pipeline, or wait for one of {', '.join(sorted(names))}",
                )


def cycle_problems(graph: Graph) -> Iterator[Problem]:
    """Find the circles of a graph: GLC301, once for each knot."""
    for circle in graph.cycles:
        path = " → ".join(task.name for task in (*circle, circle[0]))
        yield Problem(
            code=Code.CYCLE,
            message=f"tasks depend on each other in a circle: {path}",
            fix="break the circle; a task may read what a later one wrote in the run before through Previous[...]",
            place=circle[0].place,
            task=circle[0].name,
        )


def _locations(graph: Graph) -> Iterator[Problem]:
    """In sorted order, a place that holds others comes right before them."""
    stored = [(d.storage, d) for d in graph.datasets if d.storage is not None]
    stored.sort(
        key=lambda item: (item[0].bucket.cloud, item[0].bucket.name, item[0].key.split("/"))
    )
    outer: tuple[Location, Dataset] | None = None
    for place, dataset in stored:
        if outer is None or not place.overlaps(outer[0]):
            outer = place, dataset
        else:
            other, holder = outer
            yield dataset_problem(
                dataset,
                Code.LOCATIONS_OVERLAP,
                f"datasets {holder.name!r} at {other} and {dataset.name!r} at {place} overlap in storage",
                "give each dataset a place of its own",
            )


def _buckets(graph: Graph) -> Iterator[Problem]:
    declared: dict[str, BucketSpec] = {}
    for dataset in graph.datasets:
        if dataset.storage is None:
            continue
        bucket = dataset.storage.bucket
        first = declared.setdefault(folded(bucket.name), bucket)
        if first != bucket and first.scope == bucket.scope:
            yield dataset_problem(
                dataset,
                Code.BAD_CONFIG,
                f"bucket {bucket.name!r} is declared twice, differently{_FOLDED}: {first}, {bucket}",
                "make each bucket once, and import it",
            )


def _parameters(graph: Graph) -> Iterator[Problem]:
    declared: dict[str, tuple[AnyTask, Parameter, object]] = {}
    for task in graph.tasks:
        for parameter in task.signature.parameters:
            meaning = _meaning(parameter)
            first_task, first, meant = declared.setdefault(
                parameter.name, (task, parameter, meaning)
            )
            if meaning != meant:
                yield Problem(
                    code=Code.PARAMETER_DIFFERS,
                    message=f"tasks {first_task.name!r} and {task.name!r} declare run parameter {parameter.name!r} "
                    f"differently: {_shown(first)}, {_shown(parameter)}",
                    fix="declare it alike, or choose another name",
                    place=task.place,
                    task=task.name,
                )


def _secrets(graph: Graph) -> Iterator[Problem]:
    names: dict[str, str] = {}
    takers = [task for task in graph.tasks if task.signature.secrets]
    if not takers:
        return
    parameters = {p.name: task for task in graph.tasks for p in task.signature.parameters}
    for task in takers:
        for item in task.signature.secrets:
            first = names.setdefault(folded(item.secret), item.secret)
            if first != item.secret:
                yield task_problem(
                    task,
                    Code.BAD_CONFIG,
                    f"takes secret {item.secret!r}, and another one is named {first!r}{_FOLDED}",
                    "write one secret's name alike everywhere",
                )
            if item.parameter in parameters:
                yield task_problem(
                    task,
                    Code.PARAMETER_DIFFERS,
                    f"takes a secret as {item.parameter!r}, which is a run parameter of task "
                    f"{parameters[item.parameter].name!r}",
                    "choose another name for one of them",
                )


def _meaning(parameter: Parameter) -> tuple[object, ...]:
    return parameter.annotation, parameter.required, repr(parameter.default)


def _shown(parameter: Parameter) -> str:
    default = "" if parameter.required else f" = {parameter.default!r}"
    return f"{parameter.type_name}{default}"


def _catalog(dataset: Dataset) -> Iterator[Problem]:
    place, kind = dataset.storage, dataset.kind
    if place is None or not isinstance(kind, IcebergFormat) or kind.catalog is not None:
        return
    if place.bucket.cloud != "local":
        yield dataset_problem(
            dataset,
            Code.CATALOG_MISSING,
            f"dataset {dataset.name!r} is an Iceberg table in an object store, and has no catalog",
            "name one that PyIceberg is configured for: IcebergFormat(catalog='prod'); or use format='delta', which "
            "needs none",
        )


def _dtypes(dataset: Dataset) -> Iterator[Problem]:
    if dataset.storage is None or dataset.table is None:
        return
    assert isinstance(dataset.kind, TableFormat)
    for column, dtype in unstorable_dtypes(dataset.kind, dataset.table.dtypes).items():
        yield dataset_problem(
            dataset,
            Code.DTYPE_NOT_STORABLE,
            f"dataset {dataset.name!r} has column {column!r} of dtype {dtype}, "
            f"which format {dataset.kind.name} cannot hold",
            f"{dataset.kind.instead_of(dtype)}, or store it as parquet",
            column=column,
        )
