"""What readers within Glacier see of a table that keeps a log of its own.

The table's newest version, whoever made it, and on top of it what is published and not in the table yet: a run that was
killed between its commit record and the table's own commit is read whole, and so is what others add to the table.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import polars as pl

from glacier_runtime.storage.lake.applying import change_of, open_table, parts_of, pending, rows_of
from glacier_runtime.storage.lake_formats import LakeFormat
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.moments import AsOf
from glacier_runtime.storage.records import TableChange
from glacier_runtime.storage.stores import Store
from glacier_runtime.storage.versions import Version

__all__ = ["PinnedTable", "pin_table"]


@dataclass(frozen=True, slots=True)
class PinnedTable:
    """A table as of one moment.

    Attributes:
        table: Its format, and its name in a catalog.
        location: Where it lies.
        store: The store of its bucket.
        version: Its version, in the terms of its format; None if it does not exist, or holds nothing yet.
        identity: What no other table, and no other version of it, has.
        pending: Published versions that are not in it yet, oldest first.
        only: The values of columns that are read; none for all rows.
        changed_by_others: Its identity, if its newest change is none of Glacier's.
    """

    table: TableChange
    location: Location
    store: Store
    version: int | None
    identity: str
    pending: tuple[Version, ...] = ()
    only: tuple[tuple[str, tuple[object, ...]], ...] = ()
    changed_by_others: str = ""

    def scan(self) -> pl.LazyFrame:
        """Read it lazily, as of that moment.

        Raises:
            StorageError: GLC545, if somebody has removed that version meanwhile.
        """
        frames: list[pl.LazyFrame] = []
        if self.identity:
            as_of = None if self.version is None else AsOf(version=self.version)
            frames.append(open_table(self.table, self.location, self.store, as_of).scan())
        (whole,) = reduce(_on_top, self.pending, frames)
        if not self.only:
            return whole
        return whole.filter(pl.col(column).is_in(values) for column, values in self.only)


def pin_table(
    kind: LakeFormat,
    location: Location,
    store: Store,
    versions: Iterable[Version],
    as_of: AsOf | None = None,
) -> PinnedTable | None:
    """Look at a table.

    Args:
        kind: Its format.
        location: Where it lies.
        store: The store of its bucket.
        versions: The versions that Glacier published there.
        as_of: The version or moment; None for the newest, with what is published and not in it yet.

    Returns:
        The table; None if there is none, and nothing is published.

    Raises:
        StorageError: GLC540, GLC543 or GLC545.
    """
    known, found = kind.change(), list(versions)
    table = open_table(known, location, store, as_of)
    waiting = () if as_of is not None else tuple(pending(table, found))
    if not table.identity and not waiting:
        return None
    is_ours = table.newest_attempt in {version.record.attempt for version in found}
    changed = "" if is_ours else table.identity
    return PinnedTable(
        known,
        location,
        store,
        table.version,
        table.identity,
        waiting,
        changed_by_others=changed,
    )


def _on_top(below: list[pl.LazyFrame], version: Version) -> list[pl.LazyFrame]:
    """Return what a table will hold once a version is in it: what its transaction will do, as a query."""
    change, new = change_of(version), rows_of(version)
    if not below or change.mode == "overwrite":
        return [new]
    (old,) = below
    if change.mode == "merge":
        old = old.join(new, on=list(change.merge_on), how="anti")
    elif change.mode == "overwrite_partition":
        replaced = [
            pl.all_horizontal(
                pl.col(name).eq_missing(pl.lit(value)) for name, value in part.items()
            )
            for part in parts_of(version)
        ]
        old = old.filter(~pl.any_horizontal(replaced)) if replaced else old
    return [pl.concat([old, new.select(old.collect_schema().names())])]
