"""What a task reads for the one partition that it makes: of each input the files of the partitions that belong to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import Enum

import polars as pl

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.execution.inputs import Pinned, scan, unreadable
from glacier_runtime.partition_mappings import Same
from glacier_runtime.partition_parameters import PartitionParameter
from glacier_runtime.partitioning.mapping import wanted_values
from glacier_runtime.partitions import PartitionKey, values_in_path
from glacier_runtime.signatures import Input
from glacier_runtime.storage.faults import raise_store_fault
from glacier_runtime.tasks import AnyTask, task_problem

__all__ = ["restrict", "watermark_values"]


def restrict(pinned: Pinned, task: AnyTask, item: Input, key: PartitionKey | None) -> Pinned:
    """Leave of an input what a task reads for a key; what a folder's name does not say is left to the task.

    Partitions of a window that are not there are left out. The partition of the same key must be there, unless the version
    was written whole, by a task that makes all partitions at once: then it holds no rows of it. A table with a log of its own
    is asked for the rows.

    Args:
        pinned: The whole input, or the version before the run.
        task: Who reads it.
        item: Through which parameter.
        key: The partition that is made; None for whole datasets.

    Raises:
        StorageError: GLC630, if the partition of the same key is not there.
    """
    wanted = wanted_values(item, task.signature.partitions, key)
    if pinned.table is not None:
        return _restricted_table(pinned, task, item, wanted or {})
    if not wanted or not pinned.keys:
        return pinned
    found = tuple(_wanted_files(pinned.keys, wanted, task.signature.partitions))
    if not found and not _may_be_absent(pinned, item):
        raise StorageError(_absent(pinned, task, item, wanted))
    return replace(pinned, keys=found)


def _restricted_table(
    pinned: Pinned, task: AnyTask, item: Input, wanted: Mapping[str, tuple[str, ...]]
) -> Pinned:
    """Leave of a table with a log of its own the rows of the wanted partitions: its log knows their files."""
    assert pinned.table is not None
    dtypes = pinned.table.scan().collect_schema()
    declared = {partition.name: partition for partition in task.signature.partitions}
    only = tuple(
        (column, tuple(_plain(declared[column], text, dtypes[column]) for text in texts))
        for column, texts in wanted.items()
    )
    found = replace(pinned, table=replace(pinned.table, only=only))
    known = {} if pinned.published is None else pinned.published.output.partitions
    label = "/".join(f"{column}={texts[-1]}" for column, texts in wanted.items() if texts)
    is_sure = not only or label in known or _may_be_absent(pinned, item)
    if not is_sure and scan(found).head(1).collect().is_empty():
        raise StorageError(_absent(pinned, task, item, wanted))
    return found


def _plain(partition: PartitionParameter, text: str, dtype: pl.DataType) -> object:
    value = partition.argument(text, dtype)
    return value.value if isinstance(value, Enum) else value


def watermark_values(task: AnyTask, previous: Mapping[Dataset, Pinned]) -> dict[str, object]:
    """Return how far the versions before the run go, by the parameters of a task that ask for it.

    Only the one column is read.

    Raises:
        StorageError: GLC502, if a version cannot be read.
    """
    return {
        mark.name: _highest(previous[mark.dataset], mark.column)
        for mark in task.signature.watermarks
    }


def _wanted_files(
    keys: Iterable[str],
    wanted: Mapping[str, tuple[str, ...]],
    partitions: Iterable[PartitionParameter],
) -> Iterable[str]:
    columns = tuple(wanted)
    declared = {partition.name: partition for partition in partitions}
    known: dict[tuple[str, ...], bool] = {}
    for key in keys:
        said = values_in_path(key, columns)
        if said is None:
            continue
        if said not in known:
            known[said] = all(
                declared[column].from_folder(text) in wanted[column]
                for column, text in zip(columns, said, strict=True)
            )
        if known[said]:
            yield key


def _may_be_absent(pinned: Pinned, item: Input) -> bool:
    if pinned.dataset.table is None:
        return False  # nobody knows the columns of nothing
    if item.previous or not isinstance(item.mapping, Same):
        return True
    # What no attempt published, and is no source, a test has given: whole.
    is_whole = pinned.published is None or not pinned.published.output.partitions
    return is_whole and not pinned.dataset.source


def _absent(
    pinned: Pinned, task: AnyTask, item: Input, wanted: Mapping[str, tuple[str, ...]]
) -> Problem:
    dataset = pinned.dataset
    label = "/".join(f"{column}={texts[-1]}" for column, texts in wanted.items() if texts)
    fix = f"make it first: glacier backfill --key {label}"
    if dataset.source:
        fix = f"put the data into {pinned.address}/{label}/"
    return task_problem(
        task,
        Code.PARTITION_MISSING,
        f"reads partition {label} of dataset {dataset.name!r} as {item.parameter!r}, which is not there",
        fix,
        dataset=dataset,
    )


def _highest(pinned: Pinned, column: str) -> object:
    if not pinned.keys and pinned.table is None:
        return None
    try:
        frame = scan(pinned).select(column)
        if frame.collect_schema()[column].is_float():
            frame = frame.select(pl.col(column).fill_nan(None))
        return frame.max().collect().item()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise_store_fault(error)
        raise StorageError(unreadable(pinned, str(error).partition("\n")[0])) from None
