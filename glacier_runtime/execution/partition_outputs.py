"""What a task writes for the one partition that it makes: where, and that no row belongs to another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, Problem
from glacier_runtime.partitions import PartitionKey, hive_folder
from glacier_runtime.storage.lake_formats import LakeFormat
from glacier_runtime.tasks import AnyTask, task_problem

__all__ = ["Slot", "may_be_shared", "mended_beside_others", "parts_of", "slot_of"]

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Slot:
    """The partition of a dataset that an attempt makes.

    Attributes:
        task: Who makes it.
        dataset: The dataset.
        key: The partition.
        folder: Where it lies in the dataset: `day=2024-01-01`.
        strays: Is true for rows of other partitions; None where any row may be, which is among rejects.
    """

    task: AnyTask
    dataset: Dataset
    key: PartitionKey
    folder: str
    strays: pl.Expr | None

    def check(self, rows: pl.LazyFrame) -> Problem:
        """Say which partitions the rows belong to that were written, and should not have been."""
        assert self.strays is not None
        columns = list(self.key.columns)
        others = rows.filter(self.strays).select(pl.col(columns).cast(pl.String)).unique()
        found = others.sort(columns).head(_MOST_NAMED + 1).collect()
        named = [
            "/".join(f"{column}={value}" for column, value in row.items())
            for row in found.iter_rows(named=True)
        ]
        listed = ", ".join(named[:_MOST_NAMED]) + (", …" if len(named) > _MOST_NAMED else "")
        return task_problem(
            self.task,
            Code.PARTITION_ROWS,
            f"makes partition {self.key.label} of dataset {self.dataset.name!r}, and returned rows of {listed[:400]}; "
            "nothing was published",
            f"return only rows of that partition: .filter({' & '.join(map(_filter, columns))})",
            dataset=self.dataset,
        )


def slot_of(task: AnyTask, dataset: Dataset, key: PartitionKey | None) -> Slot | None:
    """Return the partition that an attempt makes of a dataset; None for one that is written whole."""
    if key is None or not dataset.partition_keys or dataset.table is None:
        return None
    dtypes = dataset.table.dtypes
    declared = {partition.name: partition for partition in task.signature.partitions}
    folder = "/".join(
        hive_folder(column, declared[column].folder_text(key.of(column), dtypes[column]))
        for column in dataset.partition_keys
    )
    own = (
        pl.col(column).ne_missing(declared[column].column_value(key.of(column), dtypes[column]))
        for column in dataset.partition_keys
    )
    strays = None if dataset.is_rejects else pl.any_horizontal(*own)
    return Slot(task, dataset, key, folder, strays)


def may_be_shared(dataset: Dataset) -> bool:
    """Say whether several runs may make partitions of a dataset at once; a table's own log has one writer at a time."""
    return bool(dataset.partition_keys) and not isinstance(dataset.kind, LakeFormat)


def parts_of(task: AnyTask, label: str | None) -> Mapping[Dataset, frozenset[str]]:
    """Return which partitions a task makes of datasets of which others may make others meanwhile.

    Who looks back at what it makes itself might read what the others have not made yet.

    Args:
        task: The task.
        label: The partition that it makes; None for whole datasets.
    """
    if label is None:
        return {}
    looks_back = task.signature.looks_back
    shared = (d for d in task.writes if may_be_shared(d) and d not in looks_back)
    return dict.fromkeys(shared, frozenset({label}))


def mended_beside_others(unmended: Iterable[Dataset]) -> Mapping[Dataset, frozenset[str]]:
    """Return which datasets, of those that are mended and not made, others may make partitions of meanwhile."""
    return {dataset: frozenset() for dataset in unmended if may_be_shared(dataset)}


def _filter(column: str) -> str:
    return f'(pl.col("{column}") == {column})'
