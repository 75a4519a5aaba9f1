"""Schemas of dataframely as table schemas: its columns give dtypes, its rules are expressions already.

dataframely is optional and never imported here: who has a schema of it has imported it. Its `columns`, `primary_key`
and `validation_rules` are public; the rules over several columns are kept in an attribute, read in one place below.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol, TypeGuard

import polars as pl

from glacier_runtime.column_types import UnsupportedError
from glacier_runtime.errors import DefinitionError
from glacier_runtime.model_faults import schema_problem
from glacier_runtime.tables import Column, Rule, TableSchema

__all__ = ["DataframelySchema", "is_dataframely", "read_dataframely"]

_ACROSS: Final = "__dataframely_rules__"
_BY_ROW: Final = frozenset(
    {
        "inf",
        "is_in",
        "max",
        "max_exclusive",
        "max_length",
        "min",
        "min_exclusive",
        "min_length",
        "nan",
        "nullability",
        "regex",
        "resolution",
    }
)
_OTHER_DTYPES: Final = (pl.Float32(), pl.Float64(), pl.Int8(), pl.Int64(), pl.UInt64(), pl.String())


class DataframelySchema(Protocol):
    """What is asked of a `dataframely.Schema`."""

    @classmethod
    def columns(cls) -> Mapping[str, Any]:
        """Return its columns by name."""
        ...

    @classmethod
    def primary_key(cls) -> Sequence[str]:
        """Return the columns of its primary key; none, if it has no such key."""
        ...


def is_dataframely(given: object) -> TypeGuard[type[DataframelySchema]]:
    """Say whether something is a schema of dataframely."""
    library = sys.modules.get("dataframely")
    return library is not None and isinstance(given, type) and issubclass(given, library.Schema)


def read_dataframely(schema: type[DataframelySchema]) -> TableSchema:
    """Read a schema of dataframely.

    Args:
        schema: The class.

    Returns:
        Columns, rules, and the primary key and unique columns as keys.

    Raises:
        DefinitionError: GLC104, once with every column and rule that cannot be kept.
    """
    faults: list[tuple[str, UnsupportedError]] = []
    columns: list[Column] = []
    across: list[Rule] = []
    for name, column in schema.columns().items():
        try:
            columns.append(_column(name, column))
        except UnsupportedError as error:
            faults.append((name, error))
    dtypes = pl.Schema({column.name: column.dtype for column in columns})
    for name, rule in getattr(schema, _ACROSS).items() if not faults else ():
        try:
            broken = ~_expression(lambda rule=rule: rule.expr, dtypes)
            across.append(Rule("", name, broken, by_row=False))
        except UnsupportedError as error:
            faults.append((name, error))
    if not columns and not faults:
        faults.append(("", UnsupportedError("has no columns", "declare some")))
    if faults:
        raise DefinitionError(
            [schema_problem(schema, name, str(error), error.fix) for name, error in faults]
        )
    return TableSchema(
        schema.__name__, tuple(columns), keys=tuple(_keys(schema)), across=tuple(across)
    )


def _keys(schema: type[DataframelySchema]) -> Iterator[tuple[str, ...]]:
    if primary := tuple(schema.primary_key()):
        yield primary
    for name, column in schema.columns().items():
        if column.unique and (name,) != primary:
            yield (name,)


def _column(name: str, column: Any) -> Column:
    if name == "*" or (name.startswith("^") and name.endswith("$")):
        fault = f"stands for column {name!r}, which Polars takes for a pattern"
        raise UnsupportedError(fault, "give it another alias, and rename the column in the task")
    _require_one_dtype(column)
    dtype: pl.DataType = column.dtype
    dtypes = pl.Schema({name: dtype})
    found = _called(lambda: column.validation_rules(pl.col(name)))
    rules = tuple(
        Rule(
            name,
            "not null" if text == "nullability" else text,
            ~_expression(lambda kept=kept: kept, dtypes),
            by_row=text.removeprefix("inner_") in _BY_ROW,
        )
        for text, kept in found.items()
        if text != "unique"  # is a key
    )
    return Column(name, dtype, column.nullable, column.description or "", rules)


def _require_one_dtype(column: Any) -> None:
    """Refuse columns of several dtypes, such as `dy.Integer` and `dy.Any`, at any depth."""
    if any(other != column.dtype and column.validate_dtype(other) for other in _OTHER_DTYPES):
        fault = f"is a {type(column).__name__}, which stands for several dtypes"
        raise UnsupportedError(fault, "say which, such as dy.Int64 or dy.Float64")
    inner = getattr(column, "inner", None) or {}
    for part in inner.values() if isinstance(inner, Mapping) else (inner,):
        _require_one_dtype(part)


def _expression(made: Any, dtypes: pl.Schema) -> pl.Expr:
    """Return what a rule's function gives, if it is true or false of every row."""
    expression = _called(made)
    row = pl.DataFrame(schema=dtypes).clear(2)  # two rows of nulls: one could hide an aggregation
    result = _called(lambda: row.select(expression.alias("kept")))["kept"]
    if result.dtype not in {pl.Boolean, pl.Null} or result.len() != row.height:
        fault = f"gives {result.len()} values of {result.dtype} for two rows, not one Boolean each"
        raise UnsupportedError(fault, "write it as a condition of each row; see .over() for groups")
    return expression  # type: ignore[no-any-return]  # was just used as one


def _called(made: Any) -> Any:
    try:
        return made()
    except Exception as error:
        reason = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        fix = "mend the rule; it may use only the columns of its schema"
        raise UnsupportedError(f"cannot be evaluated: {reason}", fix) from error
