"""How published versions get into tables that keep a log of their own.

The commit record is what publishes; this is what follows from it, as a stable path follows for other formats. Each version is
one transaction of the table, in the order of their numbers, and each leaves its mark there: a run that was killed
between the two is finished by the next one, once.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import Final

import polars as pl

from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.storage.columnar_formats import ParquetFormat
from glacier_runtime.storage.lake.delta import open_delta
from glacier_runtime.storage.lake.iceberg import open_iceberg
from glacier_runtime.storage.lake.table import (
    ATTEMPT,
    LakeTable,
    Mark,
    Opener,
    OvertakenError,
    Part,
    Place,
)
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.moments import AsOf
from glacier_runtime.storage.records import TableChange
from glacier_runtime.storage.stores import Store
from glacier_runtime.storage.versions import Version, versions_of

__all__ = [
    "apply_versions",
    "change_of",
    "is_applied",
    "open_table",
    "parts_of",
    "pending",
    "rows_of",
]

_OPENERS: Final[Mapping[str, Opener]] = {"delta": open_delta, "iceberg": open_iceberg}
_TRIES: Final = 20  # against others who keep changing the table
# The libraries' catalogs and our filters of their warnings belong to the whole process.
_ONE_TABLE_AT_A_TIME: Final = Lock()


def open_table(
    table: TableChange, location: Location, store: Store, as_of: AsOf | None = None
) -> LakeTable:
    """Open the table at a location, which need not exist.

    Args:
        table: Its format, and its name in a catalog.
        location: Where it lies.
        store: The store of its bucket.
        as_of: The version or moment; None for the newest.

    Raises:
        StorageError: GLC540, GLC543 or GLC545.
    """
    place = Place(store, location.key, location.bucket.name, table)
    return _OPENERS[table.format](place, as_of)


def pending(table: LakeTable, versions: Iterable[Version]) -> list[Version]:
    """Return the versions that are published and not in a table yet, in the order in which they get there."""
    missing = [v for v in versions if v.output.table is not None and not table.has(Mark.of(v))]
    return sorted(missing, key=lambda version: version.number)


def apply_versions(location: Location, root: Path) -> None:
    """Bring all versions into the table that are published and not there yet.

    Raises:
        StorageError: GLC542, if the table refuses one, which stays published; GLC540 or GLC543.
    """
    versions = [version for version in versions_of(location, root) if version.output.table]
    if not versions:
        return
    with _ONE_TABLE_AT_A_TIME:
        for version in pending(_table_of(versions[0], location), versions):
            _apply(version, location)


def is_applied(location: Location, version: Version) -> bool:
    """Say whether a version is in its table.

    Raises:
        StorageError: GLC540 or GLC543.
    """
    return not pending(_table_of(version, location), [version])


def change_of(version: Version) -> TableChange:
    """Return what a version does to its table; one that made partitions leaves all others alone."""
    change = version.output.table
    assert change is not None
    if version.output.partitions and change.mode == "overwrite":
        return change.model_copy(update={"mode": "overwrite_partition"})
    return change


def rows_of(version: Version) -> pl.LazyFrame:
    """Return the rows that a version brings, as its attempt wrote them."""
    output = version.output
    own = [key for key in output.keys if f"{key}/".startswith(f"{output.attempt_key}/")]
    return ParquetFormat().scan([version.store.address(key) for key in own], None)


def parts_of(version: Version) -> list[Part]:
    """Return the partitions that a version replaces: those it has rows of, and the one that its run was asked for."""
    change = change_of(version)
    if change.mode != "overwrite_partition":
        return []
    rows = rows_of(version)
    found = rows.select(change.partition_by).unique().collect().rows(named=True)
    if version.record.partition is not None:
        said = (part.partition("=") for part in version.record.partition.split("/"))
        texts = {column: text for column, _, text in said}
        asked = _typed(texts, rows.select(list(texts)).collect_schema())
        if asked not in found:
            found.append(asked)
    return list(found)


def _table_of(version: Version, location: Location) -> LakeTable:
    assert version.output.table is not None
    return open_table(version.output.table, location, version.store)


def _apply(version: Version, location: Location) -> None:
    """Make one version a transaction of its table, unless it is one already."""
    change, mark = change_of(version), Mark.of(version)
    parts, reason = parts_of(version), ""
    for attempt in range(_TRIES):
        table = _table_of(version, location)
        if table.has(mark):
            return
        try:
            table.change(change, rows_of(version), parts, mark, _note(version))
        except OvertakenError as error:
            reason = str(error)
            time.sleep(random.uniform(0.01, 0.05) * min(attempt + 1, 10))  # noqa: S311 (no secret)
        except (OSError, StorageError):
            raise
        except Exception as error:
            raise StorageError(_refused(version, location, str(error))) from error
        else:
            return
    raise StorageError(_refused(version, location, f"others keep changing it: {reason}"))


def _note(version: Version) -> dict[str, str]:
    record = version.record
    return {
        "glacier.version": str(version.number),
        ATTEMPT: record.attempt,
        "glacier.run": record.run,
        "glacier.pipeline": record.pipeline,
    }


def _typed(texts: Mapping[str, str], dtypes: pl.Schema) -> dict[str, object]:
    """Return the values of a partition as the table has them."""
    typed = {}
    for name, text in texts.items():
        column, dtype = pl.Series(name, [text]), dtypes[name]
        if isinstance(dtype, pl.Datetime):
            typed[name] = column.str.to_datetime(
                time_unit=dtype.time_unit, time_zone=dtype.time_zone
            )[0]
        elif isinstance(dtype, pl.Date):
            typed[name] = column.str.to_date()[0]
        else:
            typed[name] = column.cast(dtype)[0]
    return typed


def _refused(version: Version, location: Location, reason: str) -> Problem:
    change = version.output.table
    assert change is not None
    return Problem(
        code=Code.TABLE_UNCHANGED,
        message=f"{location}: version {version.number} is published, and tasks read it, but the {change.format} table "
        f"does not have it yet: {reason.strip().partition(chr(10))[0]}",
        fix="mend the table; the next run tries again",
    )
