"""Row rules: what pydantic constraints say, as Polars expressions.

Each expression is true for the rows that break the rule, and null or false for all others. What has no expression is
refused; nothing that is written in a schema is silently not applied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final, get_args, get_origin

import annotated_types
import polars as pl
from polars.exceptions import ComputeError
from pydantic import BaseModel, Strict

from glacier_runtime.column_types import (
    ColumnType,
    UnsupportedError,
    allowed_values,
    constraint,
    dtype_of,
    member_types,
    take_apart,
)

__all__ = ["broken_rules"]

Broken = tuple[str, pl.Expr]

_COMPARISONS: Final[dict[type, tuple[str, Callable[[pl.Expr, Any], pl.Expr]]]] = {
    annotated_types.Ge: ("ge", lambda value, bound: value < bound),
    annotated_types.Gt: ("gt", lambda value, bound: value <= bound),
    annotated_types.Le: ("le", lambda value, bound: value > bound),
    annotated_types.Lt: ("lt", lambda value, bound: value >= bound),
    annotated_types.MultipleOf: ("multiple_of", lambda value, bound: value % bound != 0),
}
_LENGTHS: Final = (annotated_types.MinLen, annotated_types.MaxLen)
_GENERAL: Final = frozenset({"pattern", "strict", "max_digits", "decimal_places", "allow_inf_nan"})


def broken_rules(column: ColumnType, value: pl.Expr) -> Iterator[Broken]:
    """Yield the rules of a type, at every depth.

    Args:
        column: The type.
        value: The expression that gives the column's values.

    Yields:
        The rule as people write it, and an expression that is true where it is broken.

    Raises:
        UnsupportedError: For a constraint that cannot be an expression.
    """
    if not column.nullable:
        yield "not null", value.is_null()
    yield from _value_rules(column, value)


def _value_rules(column: ColumnType, value: pl.Expr) -> Iterator[Broken]:
    dtype = dtype_of(column)
    for item in column.metadata:
        _require_known(item)
        if (comparison := _COMPARISONS.get(type(item))) is not None:
            text, broken = comparison
            bound = getattr(item, text)
            # NaN is the greatest of all in Polars, and keeps no comparison in pydantic.
            nan = value.is_nan() if dtype.is_float() else pl.lit(value=False)
            yield f"{text}={bound}", broken(value, bound) | nan
        elif isinstance(item, _LENGTHS):
            yield from _length_rules(item, _length(value, dtype))
    if isinstance(pattern := constraint(column, "pattern"), str):
        yield f"pattern={pattern}", ~value.str.contains(_checked_pattern(pattern))
    if constraint(column, "allow_inf_nan") is False:
        yield "finite", ~value.is_finite()
    if (allowed := allowed_values(column.core)) is not None and not _holds_only(dtype, allowed):
        texts = value.cast(pl.String) if isinstance(dtype, pl.Enum | pl.Categorical) else value
        yield f"one of {', '.join(map(repr, allowed))}", ~texts.is_in(allowed)
    yield from _nested_rules(column.core, value, dtype)


def _holds_only(dtype: pl.DataType, allowed: list[object]) -> bool:
    return isinstance(dtype, pl.Enum) and set(dtype.categories) <= set(allowed)


def _length_rules(item: object, length: pl.Expr) -> Iterator[Broken]:
    if isinstance(item, annotated_types.MinLen):
        yield f"min_length={item.min_length}", length < item.min_length
    elif isinstance(item, annotated_types.MaxLen):
        yield f"max_length={item.max_length}", length > item.max_length


def _length(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.List):
        return value.list.len()
    if isinstance(dtype, pl.Binary):
        return value.bin.size()
    if isinstance(dtype, pl.String):
        return value.str.len_chars()
    fault = f"has a length constraint, which dtype {dtype} does not have"
    raise UnsupportedError(fault, "drop min_length and max_length")


def _nested_rules(core: Any, value: pl.Expr, dtype: pl.DataType) -> Iterator[Broken]:
    if get_origin(core) is list:
        for text, broken in broken_rules(take_apart(get_args(core)[0]), pl.element()):
            if isinstance(dtype, pl.Array):
                yield f"each {text}", value.arr.eval(broken).arr.any()
            else:
                yield f"each {text}", value.list.eval(broken).list.any()
    elif isinstance(core, type) and issubclass(core, BaseModel):
        for name, member in member_types(core):
            for text, broken in broken_rules(member, value.struct.field(name)):
                # A member of nothing is null, and breaks no rule.
                yield f"{name} {text}", value.is_not_null() & broken


def _require_known(item: object) -> None:
    """Refuse what pydantic would check and an expression cannot; leave inert annotations alone."""
    if type(item) in _COMPARISONS or isinstance(item, (*_LENGTHS, Strict)):
        return
    said = {key: value for key, value in getattr(item, "__dict__", {}).items() if value is not None}
    is_constraint = isinstance(item, annotated_types.BaseMetadata)
    if is_constraint and said and not set(said) - _GENERAL:
        return
    if is_constraint or hasattr(item, "__get_pydantic_core_schema__"):
        raise UnsupportedError(
            f"has constraint {item!r:.80}, which cannot run on columns",
            "use ge, gt, le, lt, multiple_of, min_length, max_length, pattern or Literal, or filter in the task",
        )


@cache
def _checked_pattern(pattern: str) -> str:
    """Refuse a pattern that Rust's regex engine does not know, such as look-around."""
    try:
        pl.select(pl.lit("").str.contains(pattern))
    except ComputeError:
        raise UnsupportedError(
            f"has pattern {pattern!r:.80}, which Polars' regular expressions cannot run",
            "write it without look-around and back-references (https://docs.rs/regex)",
        ) from None
    return pattern
