"""What is wrong with how tasks say which partition they make, which ones they read, and how far an earlier run came."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from glacier_runtime.datasets import Dataset, dataset_problem
from glacier_runtime.errors import Code, Problem
from glacier_runtime.graph import Graph
from glacier_runtime.partition_mappings import Same, Whole, Window
from glacier_runtime.partition_parameters import PartitionParameter
from glacier_runtime.partitioning.mapping import counted_columns
from glacier_runtime.signatures import Input
from glacier_runtime.storage.lake_formats import LakeFormat
from glacier_runtime.tasks import AnyTask, task_problem

__all__ = ["partition_problems", "unscheduled_problems"]


def partition_problems(graph: Graph) -> Iterator[Problem]:
    """Find everything wrong with partition keys, mappings and watermarks of a graph.

    Yields:
        GLC214 to GLC216, GLC303, GLC317, GLC318 and GLC321.
    """
    for task in graph.tasks:
        if task.signature.partitions:
            yield from _output_problems(task)
        for item in task.signature.inputs:
            if item.mapping is not None:
                yield from _mapping_problems(task, item)
        for mark in task.signature.watermarks:
            if mark.dataset not in graph.producers:
                yield task_problem(
                    task,
                    Code.NO_PRODUCER,
                    f"takes a watermark of dataset {mark.dataset.name!r}, which no task of the pipeline makes",
                    "add the task that makes it",
                    dataset=mark.dataset,
                )
    yield from _names(graph)


def unscheduled_problems(
    graph: Graph, starter: str = "a schedule", given: Collection[str] = ()
) -> Iterator[Problem]:
    """Find the tasks that cannot be started in a cloud by themselves: nothing says which of their partitions is meant.

    Args:
        graph: The graph.
        starter: What starts them, for people: `a schedule`.
        given: Columns of which it says the value, beside the logical date.
    """
    for task in graph.tasks:
        for partition in task.signature.partitions:
            known = partition.name in given or partition.kind in {"date", "datetime"}
            if not known and not partition.choices:
                said = f"a date and {', '.join(given)}" if given else "a date alone"
                yield task_problem(
                    task,
                    Code.PARTITION_UNSCHEDULED,
                    f"has partition key {partition.name!r} of {_shown(partition)}, and is started by {starter}, which "
                    f"gives {said}",
                    "list all keys by the type, as Partition[Literal['eu', 'us']]; or drop schedule= and trigger=, and start runs "
                    "that name the key; or make all such partitions in one run, without Partition[...]",
                )


def _output_problems(task: AnyTask) -> Iterator[Problem]:
    columns = task.signature.partition_columns
    named = ", ".join(columns)
    if not task.signature.outputs:
        yield task_problem(
            task,
            Code.PARTITIONS_UNMATCHED,
            f"makes the partition of {named}, and returns nothing",
            "return a dataset that is partitioned by it, or take it as a run parameter, without Partition[...]",
        )
    for output in task.signature.outputs:
        dataset = output.dataset
        keys = dataset.partition_keys
        if keys != columns:
            by = f"partitioned by {', '.join(keys)}" if keys else "not partitioned"
            yield task_problem(
                task,
                Code.PARTITIONS_UNMATCHED,
                f"makes one partition of {named}, and returns dataset {dataset.name!r}, which is {by}",
                "let the parameters of type Partition[...] and partition_by= of all that the task returns name the same "
                f"columns, in one order: partition_by={list(columns)}",
                dataset=dataset,
            )
            continue
        for partition in task.signature.partitions:
            yield from _column_problems(task, partition, dataset, "returns")
        yield from _mixing_problems(task, dataset)


def _mixing_problems(task: AnyTask, dataset: Dataset) -> Iterator[Problem]:
    """Find what would not let a partition be replaced, and it alone, when it is made again."""
    kind = dataset.kind
    if isinstance(kind, LakeFormat) and kind.mode == "append":
        yield task_problem(
            task,
            Code.PARTITION_APPENDED,
            f"makes one partition at a time of dataset {dataset.name!r}, a table that only adds rows "
            "(mode='append'): a partition that is made again would be in it twice",
            "use mode='overwrite', which replaces just the partition that is made; or take the key as a run parameter, "
            "without Partition[...]",
            dataset=dataset,
        )
    for rejects in dataset.extra_outputs:
        if rejects.storage is not None and not rejects.partition_keys:
            yield dataset_problem(
                dataset,
                Code.REJECTS_OF_PARTITIONS,
                f"dataset {dataset.name!r} is made by partitions, and its rejects would lie in one file, "
                "of which each partition would replace those of the others",
                "let the path of quarantine= end in '/'",
            )


def _column_problems(
    task: AnyTask, partition: PartitionParameter, dataset: Dataset, verb: str
) -> Iterator[Problem]:
    """Check that a column holds what its key is: without a schema nobody knows, and what is written must be sure."""
    dtype = dataset.table.dtypes.get(partition.name) if dataset.table is not None else None
    if dtype is None and verb == "returns":
        yield task_problem(
            task,
            Code.BAD_PARTITION,
            f"makes one partition of dataset {dataset.name!r}, which has no schema to say what its columns hold",
            "give the dataset a schema",
            dataset=dataset,
        )
    elif dtype is not None and not partition.suits(dtype):
        yield task_problem(
            task,
            Code.BAD_PARTITION,
            f"has parameter {partition.name!r}, a partition key of {_shown(partition)}, and {verb} dataset "
            f"{dataset.name!r}, where that column has dtype {dtype}",
            "give the parameter and the column one type",
            dataset=dataset,
            column=partition.name,
        )


def _mapping_problems(task: AnyTask, item: Input) -> Iterator[Problem]:
    dataset, mapping = item.dataset, item.mapping
    partitions = task.signature.partitions
    shared = [p for p in partitions if p.name in dataset.partition_keys]
    named = f"{type(mapping).__name__} of dataset {dataset.name!r}"
    fault, fix = None, "drop it: whole datasets are read whole"
    if not dataset.partition_keys:
        fault = f"reads {named}, which is not partitioned"
    elif not partitions and not isinstance(mapping, Whole):
        fault = f"reads {named}, and makes no partition that this could be counted from"
    elif isinstance(mapping, Same) and not shared:
        fault = f"reads {named}, of whose columns ({', '.join(dataset.partition_keys)}) none is a key of the task"
    elif isinstance(mapping, Window):
        fault = _window_fault(item, mapping, partitions)
        fix = 'count days, hours or whole numbers: Window(-6, 0), or Window(-6, 0, column="day")'
    if fault is not None:
        yield task_problem(task, Code.BAD_MAPPING, fault, fix, dataset=dataset)
        return
    for partition in shared if not isinstance(mapping, Whole) else ():
        yield from _column_problems(task, partition, dataset, "reads")


def _window_fault(
    item: Input, window: Window, partitions: tuple[PartitionParameter, ...]
) -> str | None:
    named = f"reads {window} of dataset {item.dataset.name!r}"
    counted = counted_columns(item, partitions)
    ends: tuple[Any, ...] = (window.first, window.last)  # whatever a type checker would have said
    if not all(isinstance(end, int) for end in ends):
        return f"{named}, whose ends are no numbers"
    if window.first > window.last:
        return f"{named}, which ends before it begins"
    if not counted:
        return f"{named}, and shares no column with it that is a date, a datetime or an int"
    if len(counted) > 1:
        return f"{named}, which could count {' or '.join(counted)}"
    return None


def _names(graph: Graph) -> Iterator[Problem]:
    """Find names that mean one thing in one task, and another in the next: a run gives one value for each."""
    takers = [task for task in graph.tasks if task.signature.partitions]
    declared: dict[str, tuple[AnyTask, PartitionParameter]] = {}
    for task in takers:
        for partition in task.signature.partitions:
            other, first = declared.setdefault(partition.name, (task, partition))
            if (first.kind, first.choices) != (partition.kind, partition.choices):
                yield _differs(
                    task,
                    f"has partition key {partition.name!r} of {_shown(partition)}, which in task {other.name!r} is of "
                    f"{_shown(first)}",
                )
    for task in graph.tasks if takers else ():
        others = [parameter.name for parameter in task.signature.parameters]
        others += [secret.parameter for secret in task.signature.secrets]
        for name in others:
            if name in declared:
                yield _differs(
                    task,
                    f"has parameter {name!r}, which in task {declared[name][0].name!r} is a partition key",
                )


def _differs(task: AnyTask, fault: str) -> Problem:
    return task_problem(
        task,
        Code.PARTITIONS_DIFFER,
        fault,
        "declare it alike in all tasks, or choose another name",
    )


def _shown(partition: PartitionParameter) -> str:
    return " | ".join(partition.choices) if partition.choices else partition.kind
