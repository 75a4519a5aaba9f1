"""Columns of a test, cast to declared dtypes: as far as no value changes, and no further."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final

import polars as pl
from pydantic import TypeAdapter, ValidationError

__all__ = ["UnfitError", "cast_column", "column_of"]


class UnfitError(Exception):
    """Values cannot be a column of that dtype; the text says why."""


# What a value of a dtype is in Python; numbers are asked for before.
_PYTHON: Final[dict[type[pl.DataType], type]] = {
    pl.Boolean: bool,
    pl.String: str,
    pl.Enum: str,
    pl.Categorical: str,
    pl.Binary: bytes,
    pl.Date: date,
    pl.Datetime: datetime,
    pl.Time: time,
    pl.Duration: timedelta,
    pl.Decimal: Decimal,
}


def column_of(name: str, values: Sequence[object], dtype: pl.DataType) -> pl.Series:
    """Make a column of Python values, which are read as pydantic reads them: "2024-01-01" is a date.

    Raises:
        UnfitError: If a value is none of that dtype.

    Example:
        >>> column_of("day", ["2024-01-01", None], pl.Date()).to_list()
        [datetime.date(2024, 1, 1), None]
    """
    adapter = _adapter(dtype)
    read: list[object] = []
    for number, value in enumerate(values):
        try:
            read.append(value if value is None else adapter.validate_python(value))
        except ValidationError as error:
            reason = error.errors()[0]["msg"]
            raise UnfitError(
                f"with {value!r:.80} in row {number}, which is no {dtype}: {reason}"
            ) from None
    try:
        column = pl.Series(name, read, dtype=_zoneless(dtype))
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError) as error:
        raise UnfitError(f"which cannot be {dtype}: {str(error).partition(chr(10))[0]}") from None
    if column.null_count() == len(column):
        return pl.Series(name, read, dtype=dtype)
    if isinstance(dtype, pl.Decimal) and column.to_list() != read:
        raise UnfitError(
            f"with more than {dtype.scale} places behind the point, which {dtype} rounds"
        )
    return cast_column(column, dtype)


def cast_column(column: pl.Series, dtype: pl.DataType) -> pl.Series:
    """Cast a column to a dtype of its kind.

    Raises:
        UnfitError: If the dtypes are of different kinds, or a value would change.

    Example:
        >>> cast_column(pl.Series([1, 2]), pl.Int8()).dtype
        Int8
    """
    if column.dtype == dtype:
        return column
    fault = f"as {column.dtype} instead of {dtype}"
    if not _is_akin(column.dtype, dtype):
        raise UnfitError(fault)
    try:
        cast = column.cast(dtype)
    except pl.exceptions.PolarsError as error:
        raise UnfitError(f"{fault}: {str(error).partition(chr(10))[0]}") from None
    if not dtype.is_float() and not cast.cast(column.dtype).equals(column, null_equal=True):
        raise UnfitError(f"{fault}, which cannot hold all of its values")
    return cast


@cache
def _adapter(dtype: pl.DataType) -> TypeAdapter[Any]:
    return TypeAdapter(_annotation(dtype))


def _annotation(dtype: pl.DataType) -> Any:  # a type form, which Python 3.11 cannot type
    if dtype.is_integer():
        return int
    if dtype.is_float():
        return float
    if isinstance(dtype, pl.List | pl.Array) and isinstance(dtype.inner, pl.DataType):
        return list[_annotation(dtype.inner) | None]  # type: ignore[misc]  # made at run time
    if isinstance(dtype, pl.Struct):
        return dict[str, Any]
    return _PYTHON.get(type(dtype), Any)


def _zoneless(dtype: pl.DataType) -> pl.DataType:
    """Let Polars see for itself whether datetimes have a zone: it would take one without for UTC."""
    return pl.Datetime(dtype.time_unit) if isinstance(dtype, pl.Datetime) else dtype


def _is_akin(  # noqa: PLR0911 (one return a kind of dtype)
    actual: pl.DataType, wanted: pl.DataType
) -> bool:
    """Whether a test may mean one dtype by the other: a number by a number, but no number by a text."""
    texts = (pl.String, pl.Enum, pl.Categorical)
    match actual, wanted:
        case pl.Null(), _:
            return True
        case pl.Datetime(), pl.Datetime():
            return (actual.time_zone is None) == (wanted.time_zone is None)
        case pl.List(), pl.List():
            return _akin_inner(actual.inner, wanted.inner)
        case pl.Struct(), pl.Struct():
            inner = {field.name: field.dtype for field in actual.fields}
            return list(inner) == [field.name for field in wanted.fields] and all(
                _akin_inner(inner[field.name], field.dtype) for field in wanted.fields
            )
        case _ if actual.is_integer():
            return wanted.is_numeric()
        case _ if actual.is_float():
            return wanted.is_float()
        case _ if isinstance(actual, texts):
            return isinstance(wanted, texts)
        case _:
            return type(actual) is type(wanted)


def _akin_inner(actual: object, wanted: object) -> bool:
    if not isinstance(actual, pl.DataType) or not isinstance(wanted, pl.DataType):
        return actual == wanted
    return actual == wanted or _is_akin(actual, wanted)
