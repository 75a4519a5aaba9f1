"""Frames read from and written to places in buckets directly: no task, no version, no commit record.

What tasks publish is read whole, by its newest version. What is written here appears whole or not at all, but only where no
task publishes.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import polars as pl

from glacier_runtime.errors import Code, DefinitionError, Problem, StorageError
from glacier_runtime.storage.faults import (
    UNWRITABLE,
    is_of_object_store,
    reporting_store_faults,
    store_fault,
)
from glacier_runtime.storage.formats import FORMATS, TableFormat, choose_format
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.stores import Store, open_store
from glacier_runtime.storage.versions import current_version

__all__ = ["address_of", "is_there", "scan_place", "write_place"]


def address_of(place: Location, root: Path) -> str:
    """Return the path or URI that other tools find a place by.

    Raises:
        StorageError: GLC507, GLC510 or GLC511, if its store cannot be reached from here.
    """
    return open_store(place.bucket, root).address(place.path)


def is_there(place: Location, root: Path) -> bool:
    """Say whether a place holds something: a published version, a file, or a folder with files.

    Raises:
        StorageError: GLC507, GLC510 or GLC511, if its store cannot be reached from here; GLC512 or GLC513, if it fails.
    """
    with reporting_store_faults():
        store = open_store(place.bucket, root)
        return bool(_keys(place, store, root))


def scan_place(place: Location, root: Path) -> pl.LazyFrame:
    """Read what a place holds, lazily.

    Raises:
        DefinitionError: GLC103, if its format is none that holds rows.
        StorageError: GLC501, if there is nothing; else as `is_there`.
    """
    with reporting_store_faults():
        store = open_store(place.bucket, root)
        keys = _keys(place, store, root)
    if not keys:
        raise StorageError(
            Problem(
                code=Code.DATA_MISSING,
                message=f"{place} holds nothing: there is no {store.address(place.path)}",
                fix="put the data there, or write the path that has it",
            )
        )
    kind = _table_format(place, keys)
    usable = [key for key in keys if key.endswith(kind.suffixes)] or keys
    return kind.scan([store.address(key) for key in usable], None, _partition_keys(usable[0]))


def write_place(place: Location, frame: pl.LazyFrame, root: Path) -> None:
    """Write a frame to a file, which readers see whole, or as it was before.

    Raises:
        DefinitionError: GLC102, if the place is no file; GLC103, if its suffix is of no format that holds rows.
        StorageError: GLC509, if tasks publish there; GLC508, if it cannot be written; else as `is_there`.
    """
    if place.is_folder or not place.path:
        raise DefinitionError(
            Problem(
                code=Code.BAD_LOCATION,
                message=f"{place} is a folder, and a frame is written to one file",
                fix="name the file: bucket.at('clean/flights.parquet').write(frame)",
            )
        )
    kind = _table_format(place, [place.path])
    with reporting_store_faults():
        store = open_store(place.bucket, root)
        if current_version(place, root) is not None:
            raise StorageError(
                Problem(
                    code=Code.PATH_TAKEN,
                    message=f"{place} is where a task publishes, and only its versions are read there",
                    fix="write to another path, or let the task return the frame",
                )
            )

    def fill(file: Path) -> None:
        kind.sink(frame, str(file)).plan.collect(engine="streaming")

    try:
        store.put(place.key, fill)
    except OSError as error:
        if is_of_object_store(error):
            raise StorageError(store_fault(error)) from error
        if error.errno in UNWRITABLE or isinstance(
            error, PermissionError | NotADirectoryError | FileExistsError
        ):
            raise StorageError(_not_written(place, error)) from error
        raise  # of what the frame reads


def _keys(place: Location, store: Store, root: Path) -> list[str]:
    version = current_version(place, root) if place.path else None
    if version is not None:
        return sorted(version.output.keys)
    if place.is_folder or not place.path:
        return store.files(place.key)
    return [place.key] if store.is_file(place.key) else []


def _table_format(place: Location, keys: list[str]) -> TableFormat:
    suffix = place.suffix
    if place.is_folder or not place.path:
        tables = {
            s for kind in FORMATS.values() if isinstance(kind, TableFormat) for s in kind.suffixes
        }
        suffix = next((s for key in keys if (s := PurePosixPath(key).suffix) in tables), "")
    kind = choose_format(None, suffix, is_folder=False)
    if not isinstance(kind, TableFormat):
        raise DefinitionError(
            Problem(
                code=Code.BAD_FORMAT,
                message=f"{place} is a {kind.name} file, which holds no rows",
                fix="read it in a task, as a dataset with that format",
            )
        )
    return kind


def _partition_keys(key: str) -> list[str]:
    return [part.partition("=")[0] for part in key.split("/")[:-1] if "=" in part]


def _not_written(place: Location, error: OSError) -> Problem:
    return Problem(
        code=Code.WRITE_FAILED,
        message=f"{place} could not be written, and holds what it held before: {error}",
        fix="check path, permissions and free space",
    )
