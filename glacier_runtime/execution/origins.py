"""Rows that come from an object of the user's."""

from __future__ import annotations

from typing import Any

import polars as pl

from glacier_runtime.datasets import Dataset, dataset_problem
from glacier_runtime.errors import Code, GlacierError, StorageError

__all__ = ["scan_origin"]


def scan_origin(dataset: Dataset) -> pl.LazyFrame:
    """Ask a dataset's own source for its rows, and check that they have the declared columns.

    Raises:
        StorageError: GLC502, if the source fails; GLC503, if columns or dtypes are not as declared.
    """
    assert dataset.origin is not None
    try:
        frame: Any = dataset.origin.scan()  # user code, whatever it is annotated with
        actual = frame.collect_schema()
    except GlacierError:
        raise
    except Exception as error:
        first = str(error).partition("\n")[0]
        raise _unreadable(dataset, f"failed: {type(error).__name__}: {first}") from error
    if not isinstance(frame, pl.LazyFrame):
        raise _unreadable(dataset, f"returned {type(frame).__name__} instead of LazyFrame")
    if dataset.table is None:
        return frame
    dtypes = dataset.table.dtypes
    faults = [
        (
            (name, f"has {name!r} as {actual[name]} instead of {dtype}")
            if name in actual
            else (name, f"lacks column {name!r} ({dtype})")
        )
        for name, dtype in dtypes.items()
        if actual.get(name) != dtype
    ]
    if faults:
        raise StorageError(
            dataset_problem(
                dataset,
                Code.DATA_SCHEMA,
                f"source {dataset.name!r} {fault}",
                "change the schema to what the source gives, or cast in its scan()",
                column=column,
            )
            for column, fault in faults
        )
    return frame if dataset.table.allows_extra else frame.select(dtypes.names())


def _unreadable(dataset: Dataset, fault: str) -> StorageError:
    return StorageError(
        dataset_problem(
            dataset,
            Code.DATA_UNREADABLE,
            f"source {dataset.name!r}: {type(dataset.origin).__name__}.scan() {fault}",
            "mend the source; its scan() returns a LazyFrame",
        )
    )
