"""What a run reads: every dataset pinned to files that do not change while it runs, and checked before it starts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ValidationError

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.signatures import Carrier
from glacier_runtime.storage.formats import TableFormat
from glacier_runtime.storage.publication import Version, current_version, open_store

__all__ = ["Pinned", "pin", "pin_sources", "pin_version", "read"]


@dataclass(frozen=True, slots=True)
class Pinned:
    """The files that stand for a dataset during a run.

    Attributes:
        dataset: The dataset.
        paths: Its files, sorted; empty for a dataset that was never published.
        folder: The folder or file that holds them, for tasks that take a path.
        keys_in_path: Whether partition keys stand only in the folders' names.
    """

    dataset: Dataset
    paths: tuple[Path, ...]
    folder: Path
    keys_in_path: bool = False


def pin_version(dataset: Dataset, version: Version) -> Pinned:
    """Pin a dataset to a published version."""
    folder = version.store.path(version.output.attempt_key)
    return Pinned(dataset, tuple(version.paths), folder)


def pin(dataset: Dataset, root: Path) -> Pinned | None:
    """Pin a dataset to its newest version, or a source to the files that lie at its location.

    Returns:
        The pinned dataset, or None if there is nothing.

    Raises:
        StorageError: GLC506 or GLC507.
    """
    location = dataset.storage
    assert location is not None
    version = current_version(location, root)
    if version is not None:
        return pin_version(dataset, version)
    if not dataset.source:
        return None
    store = open_store(location.bucket, root)
    path = store.path(location.key)
    if not location.is_folder:
        return Pinned(dataset, (path,), path) if path.exists() else None
    suffixes = dataset.kind.suffixes
    keys = [k for k in store.files(location.key) if not suffixes or k.endswith(suffixes)]
    paths = tuple(store.path(key) for key in keys)
    return (
        Pinned(dataset, paths, path, keys_in_path=bool(dataset.partition_keys)) if paths else None
    )


def pin_sources(datasets: Iterable[Dataset], root: Path) -> dict[Dataset, Pinned]:
    """Pin all sources of a run, and check that each has the declared columns.

    Raises:
        StorageError: GLC501, GLC502, GLC503, GLC506 or GLC507, once with the problems of every source.
    """
    pinned: dict[Dataset, Pinned] = {}
    problems: list[Problem] = []
    for dataset in datasets:
        try:
            found = pin(dataset, root)
        except StorageError as error:
            problems += error.problems
            continue
        if found is None:
            problems.append(_missing(dataset, root))
        else:
            pinned[dataset] = found
            problems += _column_problems(found)
    if problems:
        raise StorageError(problems)
    return pinned


def scan(pinned: Pinned) -> pl.LazyFrame:
    """Read a pinned table lazily: the declared columns, in declared order."""
    kind, table = pinned.dataset.kind, pinned.dataset.table
    assert isinstance(kind, TableFormat)
    dtypes = table.dtypes if table else None
    if not pinned.paths:
        assert table is not None  # a signature that reads Previous without a schema is refused
        return table.empty_frame()
    keys = pinned.dataset.partition_keys if pinned.keys_in_path else ()
    frame = kind.scan(pinned.paths, dtypes, keys)
    return frame.select(table.dtypes.names()) if table and not table.allows_extra else frame


def read(pinned: Pinned, carrier: Carrier) -> object:
    """Read a pinned dataset as what a task takes.

    Raises:
        StorageError: GLC502, if a document cannot be read.
    """
    if carrier is pl.LazyFrame:
        return scan(pinned)
    if carrier is pl.DataFrame:
        return scan(pinned).collect()
    if carrier is Path:
        return pinned.folder
    return _document(pinned, carrier)


def _document(pinned: Pinned, carrier: Carrier) -> object:
    path = pinned.paths[0]
    try:
        text = path.read_text(encoding="utf-8")
        if issubclass(carrier, BaseModel):
            return carrier.model_validate_json(text)
        return json.loads(text)
    except ValidationError as error:
        fault = error.errors()[0]
        reason = f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
        raise StorageError(_unreadable(pinned, reason)) from None
    except (OSError, ValueError) as error:
        raise StorageError(_unreadable(pinned, str(error))) from None


def _column_problems(pinned: Pinned) -> list[Problem]:
    dataset = pinned.dataset
    if not isinstance(dataset.kind, TableFormat):
        return []
    dtypes = dataset.table.dtypes if dataset.table else pl.Schema()
    keys = dataset.partition_keys if pinned.keys_in_path else ()
    try:
        actual = dataset.kind.scan(pinned.paths, dtypes or None, keys).collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        return [_unreadable(pinned, str(error).partition("\n")[0])]
    problems = []
    for column, dtype in dtypes.items():
        if column not in actual:
            have = ", ".join(actual)
            problems.append(
                _mismatch(pinned, column, f"lacks column {column!r} ({dtype}); it has {have}")
            )
        elif actual[column] != dtype:
            problems.append(
                _mismatch(
                    pinned, column, f"has column {column!r} as {actual[column]} instead of {dtype}"
                )
            )
    return problems


def _mismatch(pinned: Pinned, column: str, fault: str) -> Problem:
    dataset = pinned.dataset
    schema = dataset.schema.__name__ if dataset.schema else "its schema"
    return Problem(
        code=Code.DATA_SCHEMA,
        message=f"source {dataset.name!r} at {pinned.folder} {fault}",
        fix=f"change schema {schema} to what the data has, or mend the data",
        place=dataset.place,
        dataset=dataset.name,
        column=column,
    )


def _missing(dataset: Dataset, root: Path) -> Problem:
    assert dataset.storage is not None
    path = open_store(dataset.storage.bucket, root).path(dataset.storage.key)
    found = f"there is no data at {path}"
    if dataset.storage.is_folder and path.is_dir():
        found = f"there are no {dataset.kind.name} files in {path}"
    return Problem(
        code=Code.DATA_MISSING,
        message=f"source {dataset.name!r}: {found}",
        fix="put the data there, or change the dataset's storage",
        place=dataset.place,
        dataset=dataset.name,
    )


def _unreadable(pinned: Pinned, reason: str) -> Problem:
    return Problem(
        code=Code.DATA_UNREADABLE,
        message=f"dataset {pinned.dataset.name!r} at {pinned.folder} cannot be read as "
        f"{pinned.dataset.kind.name}: {reason}",
        fix="mend or replace the file, or change the dataset's format",
        place=pinned.dataset.place,
        dataset=pinned.dataset.name,
    )
