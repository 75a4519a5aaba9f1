"""A table as data: its columns, their dtypes, and what its rows must keep."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import polars as pl

from glacier_runtime.computed_once import cached_property

__all__ = ["Column", "Rule", "TableSchema", "key_rule"]


@dataclass(frozen=True, slots=True, eq=False)  # two expressions compare as an expression
class Rule:
    """A condition that every row must keep.

    Attributes:
        column: The column it guards, or the columns of a key; empty for a rule over several columns.
        text: The condition as the user wrote it, such as `ge=0` or `not null`.
        broken: A boolean expression that is true for the rows that break it.
        by_row: Whether a row alone decides; else the whole table does.
        key: The columns whose values must not occur twice together; empty for any other rule.
    """

    column: str
    text: str
    broken: pl.Expr
    by_row: bool = True
    key: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.column}: {self.text}" if self.column else self.text


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its name, dtype, nullability and rules."""

    name: str
    dtype: pl.DataType
    nullable: bool
    description: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class TableSchema:
    """The columns of a table and what its rows must keep.

    Attributes:
        name: The name of the class that declares it.
        columns: In declared order.
        allows_extra: Whether undeclared columns may be present (`extra="allow"` on the model).
        keys: Columns whose values must not occur twice together, where the schema says so.
        across: Rules over several columns.
    """

    name: str
    columns: tuple[Column, ...]
    allows_extra: bool = False
    keys: tuple[tuple[str, ...], ...] = ()
    across: tuple[Rule, ...] = ()

    @cached_property
    def dtypes(self) -> pl.Schema:
        """Column names and Polars dtypes."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """All rules of all columns, and those over several; keys are not among them."""
        return (*(rule for column in self.columns for rule in column.rules), *self.across)

    def empty_frame(self) -> pl.LazyFrame:
        """Return a lazy frame of this schema without rows."""
        return pl.LazyFrame(schema=self.dtypes)


@cache
def key_rule(key: tuple[str, ...]) -> Rule:
    """Return the rule that a key occurs once: all rows of a key that occurs twice break it; nulls equal each other.

    Example:
        >>> str(key_rule(("carrier", "flight")))
        'carrier, flight: unique'
    """
    values = pl.col(*key) if len(key) == 1 else pl.struct(*key)
    return Rule(", ".join(key), "unique", values.is_duplicated(), by_row=False, key=key)
