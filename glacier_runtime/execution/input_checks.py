"""Inputs checked before anything runs: that they are there, can be read, and have the declared columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import polars as pl

from glacier_runtime.datasets import Dataset, dataset_problem
from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.execution.inputs import Pinned, pin, pin_together, scan, unreadable
from glacier_runtime.schemas import Column
from glacier_runtime.storage.faults import is_of_object_store, raise_store_fault, store_fault
from glacier_runtime.storage.formats import NdjsonFormat, TableFormat
from glacier_runtime.storage.locations import is_utf8
from glacier_runtime.storage.stores import open_store

__all__ = ["Looked", "checked", "look", "pin_inputs", "pin_previous", "unreadable_problem"]

Looked: TypeAlias = Pinned | tuple[Problem, ...] | None
"""What was found of a dataset: its files, what is wrong with it, or nothing."""


def pin_inputs(datasets: Iterable[Dataset], root: Path) -> dict[Dataset, Pinned]:
    """Pin what a run, or a task, reads from storage as of one moment, and check every file of it.

    Raises:
        StorageError: GLC501, GLC502, GLC503, GLC506 or GLC507, once with the problems of every dataset.
    """
    return checked(look(datasets, root), root)


def look(datasets: Iterable[Dataset], root: Path) -> dict[Dataset, Looked]:
    """Look at datasets as of one moment: what is pinned, nothing, or what is wrong with it.

    Raises:
        StorageError: GLC505, if they are published over and over while they are looked at.
    """
    return pin_together(datasets, lambda dataset: _look(dataset, root))


def checked(looked: Mapping[Dataset, Looked], root: Path) -> dict[Dataset, Pinned]:
    """Check every file of what was found.

    Raises:
        StorageError: As `pin_inputs`.
    """
    pinned: dict[Dataset, Pinned] = {}
    problems: list[Problem] = []
    for dataset, found in looked.items():
        if isinstance(found, Pinned):
            pinned[dataset] = found
            problems += _column_problems(found, "source" if dataset.source else "dataset")
        else:
            problems += found or [_missing(dataset, root)]
    if problems:
        raise StorageError(problems)
    return pinned


def pin_previous(datasets: Iterable[Dataset], root: Path) -> dict[Dataset, Pinned]:
    """Pin the versions before this run, as of one moment; what was never published is pinned to nothing.

    Raises:
        StorageError: GLC503, if a version no longer fits the schema; GLC502, GLC506 or GLC507.
    """
    looked = pin_together(datasets, lambda dataset: pin(dataset, root))
    pinned = {dataset: found or _nothing(dataset, root) for dataset, found in looked.items()}
    problems = [
        problem
        for found in pinned.values()
        for problem in _column_problems(found, "the previous version of")
    ]
    if problems:
        raise StorageError(problems)
    return pinned


def unreadable_problem(pinned: Pinned) -> Problem | None:
    """Read an input to its end, to see whether it, and not a task, is what fails."""
    if not isinstance(pinned.dataset.kind, TableFormat):
        return None
    try:
        scan(pinned).select(pl.all().is_null().sum()).collect()
    except (Exception, pl.exceptions.PanicException) as error:  # noqa: BLE001 (any error)
        if is_of_object_store(error):
            return store_fault(error)
        return unreadable(pinned, str(error).partition("\n")[0])
    return None


def _nothing(dataset: Dataset, root: Path) -> Pinned:
    assert dataset.storage is not None
    return Pinned(dataset, open_store(dataset.storage.bucket, root), (), dataset.storage.key)


def _look(dataset: Dataset, root: Path) -> Looked:
    try:
        return pin(dataset, root)
    except StorageError as error:
        return error.problems


def _column_problems(pinned: Pinned, what: str) -> Iterator[Problem]:
    """Check file by file: a folder is scanned as if every file had the columns of the first."""
    if isinstance(pinned.dataset.kind, TableFormat):
        for address in [pinned.address] if pinned.table is not None else pinned.addresses:
            yield from _file_problems(pinned, address, what)


def _file_problems(pinned: Pinned, address: str, what: str) -> Iterator[Problem]:
    dataset = pinned.dataset
    kind, table = dataset.kind, dataset.table
    assert isinstance(kind, TableFormat)
    if not is_utf8(address):
        yield unreadable(pinned, "its name is no UTF-8, which Polars cannot open", ascii(address))
        return
    dtypes = table.dtypes if table else None
    keys = dataset.partition_keys if pinned.keys_in_path else ()
    try:
        if isinstance(kind, NdjsonFormat):
            dtypes = None  # with a schema given, the names in the file are not even looked at
        if pinned.table is not None:
            actual = pinned.table.scan().collect_schema()
        else:
            actual = kind.scan([address], dtypes, keys).collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise_store_fault(error)
        if not _is_empty_text(pinned, address):
            yield unreadable(pinned, str(error).partition("\n")[0], address)
        return
    for column in table.columns if table else ():
        if column.name not in actual:
            if not _may_be_absent(kind, column):
                have = ", ".join(actual)
                fault = f"lacks column {column.name!r} ({column.dtype}); it has {have}"
                yield _mismatch(pinned, address, column.name, f"{what} {dataset.name!r}", fault)
        elif dtypes is not None and actual[column.name] != column.dtype:
            fault = f"has column {column.name!r} as {actual[column.name]} instead of {column.dtype}"
            yield _mismatch(pinned, address, column.name, f"{what} {dataset.name!r}", fault)


def _is_empty_text(pinned: Pinned, address: str) -> bool:
    """Say whether a file holds no rows in a format that has no place for columns then; Glacier writes such files."""
    if pinned.version is None or not isinstance(pinned.dataset.kind, NdjsonFormat):
        return False
    return pinned.store.sizes([pinned.store.key(address)]) == [0]


def _may_be_absent(kind: TableFormat, column: Column) -> bool:
    """A JSON object may leave out what is null."""
    return isinstance(kind, NdjsonFormat) and column.nullable


def _mismatch(pinned: Pinned, address: str, column: str, subject: str, fault: str) -> Problem:
    dataset = pinned.dataset
    schema = dataset.schema.__name__ if dataset.schema else "its schema"
    if pinned.version is None:
        fix = f"change schema {schema} to what the data has, or mend the data"
    else:
        fix = (
            f"change schema {schema} back, or give the dataset a new path, where it has no history"
        )
    return dataset_problem(
        dataset,
        Code.DATA_SCHEMA,
        f"{subject} at {address} {fault}",
        fix,
        column=column,
    )


def _missing(dataset: Dataset, root: Path) -> Problem:
    location = dataset.storage
    assert location is not None
    store = open_store(location.bucket, root)
    address = store.address(location.key)
    if not dataset.source:
        return dataset_problem(
            dataset,
            Code.DATA_MISSING,
            f"dataset {dataset.name!r} was never published at {address}",
            "run the task that makes it first",
        )
    found = f"there is no data at {address}"
    if store.is_folder(location.key):
        found = (
            f"there are no {dataset.kind.name} files in {address}"
            if location.is_folder
            else f"there is a folder at {address}, where a file should be"
        )
    return dataset_problem(
        dataset,
        Code.DATA_MISSING,
        f"source {dataset.name!r}: {found}",
        "put the data there, or change the dataset's storage",
    )
