"""Whether rows can go into a table: asked before anything is published, for afterwards it is too late."""

from __future__ import annotations

import polars as pl

from glacier_runtime.errors import Code, Problem
from glacier_runtime.storage.lake.applying import open_table
from glacier_runtime.storage.lake_formats import LakeFormat
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.stores import Store

__all__ = ["misfit"]


def misfit(
    kind: LakeFormat,
    partition_by: tuple[str, ...],
    dtypes: pl.Schema | None,
    location: Location,
    store: Store,
    *,
    is_ours: bool,
) -> Problem | None:
    """Say why a version cannot become a change of its table.

    Args:
        kind: The format.
        partition_by: The partition columns of the dataset.
        dtypes: The columns; None if they are not known yet.
        location: Where the table lies.
        store: The store of its bucket.
        is_ours: Whether Glacier's newest version there is one of this format.

    Returns:
        A GLC541 problem, if the table has other columns or partitions; GLC509, if somebody else's table, or other data,
        would be replaced.

    Raises:
        StorageError: GLC540 or GLC543.
    """
    table = open_table(kind.change(), location, store)
    address = store.address(location.key)
    if table.dtypes is None:
        # What a killed run began and did not finish is no reason: it is finished now.
        return None if is_ours or not store.files(location.key) else _taken(address, kind)
    if kind.mode == "overwrite" and not is_ours and not table.is_marked:
        return _replaced(address, kind)
    if table.partition_by != partition_by:
        return _differs(address, _partitions(table.partition_by), _partitions(partition_by))
    if dtypes is None or dict(table.dtypes) == dict(dtypes):
        return None
    if kind.mode == "overwrite" and kind.replaces_columns:
        return None
    return _differs(
        address, _columns(table.dtypes, beside=dtypes), _columns(dtypes, beside=table.dtypes)
    )


def _taken(address: str, kind: LakeFormat) -> Problem:
    return Problem(
        code=Code.PATH_TAKEN,
        message=f"{address} holds files that are no {kind.name} table",
        fix="move them away, or give the dataset another path",
    )


def _replaced(address: str, kind: LakeFormat) -> Problem:
    return Problem(
        code=Code.PATH_TAKEN,
        message=f"{address} holds a {kind.name} table that Glacier has never written, and all of its rows would be replaced",
        fix="use mode='append' or mode='merge', or give the dataset another path",
    )


def _differs(address: str, has: str, wants: str) -> Problem:
    return Problem(
        code=Code.TABLE_DIFFERS,
        message=f"the table at {address} has {has}, where the dataset has {wants}; nothing was published",
        fix="change the table with its own tools (add a column, say), change the dataset, or give it another path",
    )


def _partitions(columns: tuple[str, ...]) -> str:
    return f"partitions by {', '.join(columns)}" if columns else "no partitions"


def _columns(mine: pl.Schema, *, beside: pl.Schema) -> str:
    """Return the columns that the other does not have like this."""
    own = [f"{name}: {dtype}" for name, dtype in mine.items() if beside.get(name) != dtype]
    return f"columns {', '.join(own)}" if own else "no such columns"
