"""What a dataset declares about its rows beyond the schema: keys, what happens to rows that break rules, and rejects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, Literal, TypeAlias, get_args

import polars as pl

from glacier_runtime.errors import Code
from glacier_runtime.tables import Column, TableSchema

__all__ = [
    "BROKEN_RULES",
    "OnViolation",
    "keys_of",
    "quality_faults",
    "rejects_format_fault",
    "rejects_table",
]

OnViolation: TypeAlias = Literal["raise", "quarantine", "warn"]
"""What happens when rows break rules: nothing is published; they go to the rejects; they are counted."""

BROKEN_RULES: Final = "broken_rules"
_NESTED: Final = (pl.List, pl.Array, pl.Struct, pl.Object)
_REJECTS_FORMATS: Final = frozenset({"parquet", "ipc"})

Fault = tuple[Code, str, str]


def keys_of(unique: str | Sequence[str] | Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Return keys as tuples of columns, however they were written.

    Args:
        unique: A column, the columns of one key, or several keys.

    Example:
        >>> keys_of(("carrier", "flight"))
        (('carrier', 'flight'),)
        >>> keys_of([("carrier", "flight"), ("id",)])
        (('carrier', 'flight'), ('id',))
    """
    if isinstance(unique, str):
        return ((unique,),)
    if all(isinstance(item, str) for item in unique):
        return (tuple(map(str, unique)),) if unique else ()
    keys = ((item,) if isinstance(item, str) else tuple(item) for item in unique)
    return tuple(dict.fromkeys(keys))


def quality_faults(
    table: TableSchema | None,
    keys: tuple[tuple[str, ...], ...],
    on_violation: str,
    *,
    has_quarantine: bool,
    is_source: bool,
) -> Iterator[Fault]:
    """Find what a dataset says about its rows that cannot be kept.

    Args:
        table: Its columns; None without a schema.
        keys: Columns whose values must not occur twice together.
        on_violation: What shall happen to rows that break rules.
        has_quarantine: Whether it has a place for rejects.
        is_source: Whether it comes from outside.

    Yields:
        Codes GLC120 and GLC121, what is wrong, and the way out.
    """
    yield from _key_faults(table, keys, is_source=is_source)
    modes = get_args(OnViolation)
    if on_violation not in modes:
        fix = f"use one of {', '.join(map(repr, modes))}"
        yield Code.BAD_QUARANTINE, f"has on_violation={on_violation!r:.80}", fix
        return
    if has_quarantine and on_violation != "quarantine":
        fault = f"has a place for rejects, and on_violation={on_violation!r} makes none"
        yield Code.BAD_QUARANTINE, fault, "say on_violation='quarantine', or drop quarantine="
    if on_violation == "raise":
        return
    if is_source:
        fault = (
            f"has on_violation={on_violation!r}, and is a source, whose rows are taken as they are"
        )
        fix = "let a task read it, and check the rows of what the task makes"
        yield Code.BAD_QUARANTINE, fault, fix
    if table is None:
        fault = (
            f"has on_violation={on_violation!r}, and no table schema whose rules a row could break"
        )
        yield Code.BAD_QUARANTINE, fault, "add schema=, with rules such as Field(ge=0)"
    elif on_violation == "quarantine" and BROKEN_RULES in table.dtypes:
        fault = f"has a column {BROKEN_RULES!r}, where its rejects name the rules they break"
        yield Code.BAD_QUARANTINE, fault, "choose another name for the column"


def rejects_table(table: TableSchema) -> TableSchema:
    """Return the columns of rows that were refused: the declared ones, where anything may be, and the rules they break."""
    columns = [replace(column, nullable=True, rules=()) for column in table.columns]
    told = "The rules of the dataset that the row breaks."
    named = Column(BROKEN_RULES, pl.List(pl.String()), nullable=False, description=told, rules=())
    return TableSchema(f"{table.name}Rejects", (*columns, named), table.allows_extra)


def rejects_format_fault(name: str) -> str | None:
    """Say why rejects cannot be kept in a format: text loses what made a row a reject, or the list of rules."""
    if name in _REJECTS_FORMATS:
        return None
    return f"keeps its rejects as {name}, which cannot hold everything that makes a row one"


def _key_faults(
    table: TableSchema | None, keys: tuple[tuple[str, ...], ...], *, is_source: bool
) -> Iterator[Fault]:
    if not keys:
        return
    if is_source:
        fault = "has unique=, and is a source, whose rows are taken as they are"
        yield Code.BAD_KEY, fault, "let a task read it, and check the rows of what the task makes"
    if table is None:
        fix = "add schema=, with the columns of the key"
        yield Code.BAD_KEY, "has unique=, and no table schema that declares its columns", fix
        return
    for key in keys:
        unknown = [column for column in key if column not in table.dtypes]
        nested = [c for c in key if c in table.dtypes and isinstance(table.dtypes[c], _NESTED)]
        shown = f"has the key {', '.join(map(str, key)) or '()'}"
        if not key or len(set(key)) < len(key):
            fix = "name each column of a key once: unique=('carrier', 'flight')"
            yield Code.BAD_KEY, f"{shown}, which has no column, or one twice", fix
        if unknown:
            fault = f"{shown} with {', '.join(map(repr, unknown))}, which its schema does not have"
            yield Code.BAD_KEY, fault, f"use columns of {', '.join(table.dtypes)}"
        if nested:
            fault = f"{shown} with {', '.join(map(repr, nested))}, which holds lists or structs"
            yield Code.BAD_KEY, fault, "make a key of plain columns"
