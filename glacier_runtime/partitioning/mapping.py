"""From the key of what a task makes to the keys of what it reads: pure functions of signatures and keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product

from glacier_runtime.partition_mappings import Whole, Window
from glacier_runtime.partition_parameters import PartitionParameter
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.signatures import Input
from glacier_runtime.tasks import AnyTask

__all__ = ["counted_columns", "keys_of", "may_fuse", "upstream_keys", "wanted_values", "wants"]


def wants(task: AnyTask, key: PartitionKey) -> bool:
    """Say whether a key is one of those that a task makes a partition for: it names the task's columns, and no others."""
    return key.columns == task.signature.partition_columns


def keys_of(task: AnyTask, keys: Iterable[PartitionKey]) -> tuple[PartitionKey | None, ...]:
    """Return how often a task runs, and for what: for each of its keys, or once for a whole dataset.

    Args:
        task: The task.
        keys: The keys of a run, of all of its tasks.
    """
    if not task.signature.partitions:
        return (None,)
    return tuple(dict.fromkeys(key for key in keys if wants(task, key)))


def may_fuse(task: AnyTask, consumer: AnyTask) -> bool:
    """Say whether two tasks may run as one query, as far as partitions are concerned.

    They may if both make whole datasets, or both the partition of one key and the second reads no other of the first.
    """
    columns = task.signature.partition_columns
    if columns != consumer.signature.partition_columns:
        return False
    if not columns:
        return True
    made = {dataset: dataset.partition_keys for dataset in task.writes}
    return all(
        not isinstance(item.mapping, Whole | Window) and set(made[item.dataset]) == set(columns)
        for item in consumer.signature.inputs
        if not item.previous and item.dataset in made
    )


def counted_columns(item: Input, partitions: Iterable[PartitionParameter]) -> tuple[str, ...]:
    """Return the columns that a window over an input could count, or the one that it names."""
    named = item.mapping.column if isinstance(item.mapping, Window) else None
    return tuple(
        partition.name
        for partition in partitions
        if partition.kind in {"date", "datetime", "int"}
        and partition.name in item.dataset.partition_keys
        and named in {None, partition.name}
    )


def wanted_values(
    item: Input, partitions: Iterable[PartitionParameter], key: PartitionKey | None
) -> Mapping[str, tuple[str, ...]]:
    """Return which values of its partition columns an input is read for; of other columns, all.

    Args:
        item: The input.
        partitions: The keys of the task that reads it.
        key: The partition that the task makes; None for whole datasets.

    Example:
        >>> from typing import Annotated
        >>> from datetime import date
        >>> import polars as pl
        >>> from glacier_runtime import Dataset, Partition, Provider, Window
        >>> from glacier_runtime.config import LocalConfig
        >>> provider = Provider(config=LocalConfig())
        >>> flights = Dataset("flights", storage=provider.bucket("lake").at("flights/"), partition_by="day")
        >>> @provider.local().task
        ... def count(rows: Annotated[pl.LazyFrame, flights, Window(-1, 0)], day: Partition[date]) -> None: ...
        >>> signature = count.signature
        >>> key = PartitionKey((("day", "2024-03-01"),))
        >>> dict(wanted_values(signature.inputs[0], signature.partitions, key))
        {'day': ('2024-02-29', '2024-03-01')}
    """
    if key is None or item.mapping is None or isinstance(item.mapping, Whole):
        return {}
    declared = tuple(partitions)
    counted = counted_columns(item, declared)[:1] if isinstance(item.mapping, Window) else ()
    wanted = {}
    for partition in declared:
        if partition.name not in item.dataset.partition_keys:
            continue
        text = key.of(partition.name)
        offsets = item.mapping.offsets if isinstance(item.mapping, Window) else (0,)
        if partition.name in counted:
            steps = (partition.step(text, offset) for offset in offsets)
            wanted[partition.name] = tuple(step for step in steps if step is not None)
        else:
            wanted[partition.name] = (text,)
    return wanted


def upstream_keys(
    task: AnyTask, item: Input, key: PartitionKey | None
) -> tuple[PartitionKey, ...] | None:
    """Return the partitions of an input that a task reads for a key of its own; None for all of them.

    All are meant, too, if the input is partitioned by columns that the task does not know: which values they have is in the
    data.
    """
    wanted = wanted_values(item, task.signature.partitions, key)
    columns = item.dataset.partition_keys
    if not wanted or any(column not in wanted for column in columns):
        return None
    chosen = product(*(wanted[column] for column in columns))
    return tuple(PartitionKey(tuple(zip(columns, values, strict=True))) for values in chosen)
