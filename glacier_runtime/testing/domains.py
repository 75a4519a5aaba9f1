"""Which values a column may hold: what a schema says of them, as data that examples are made from.

Values are physical: days, or units since 1970, for dates and times; the unscaled digits of decimals. They become what the
column holds by a cast at the end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, get_args, get_origin

import annotated_types
import polars as pl
from pydantic import BaseModel

from glacier_runtime.column_types import (
    ColumnType,
    allowed_values,
    constraint,
    dtype_of,
    field_name,
    field_type,
    member_types,
    take_apart,
)

__all__ = ["Domain", "domains_of", "series_of"]

_DAY_S: Final = 86_400
_UNITS: Final[dict[str, int]] = {"ms": 10**3, "us": 10**6, "ns": 10**9}
_FIRST_DAY: Final = -719_162  # 0001-01-01, the first that Python knows
_LAST_DAY: Final = 2_932_896  # 9999-12-31


@dataclass(frozen=True, slots=True)
class Domain:
    """The values of a column, or of a part of it.

    Attributes:
        dtype: What the column holds.
        nullable: Whether null is one of them.
        choices: All of them, if they are listed.
        low: The least number; of floats, of decimals' digits, of physical values.
        high: The greatest.
        step: What numbers are multiples of.
        min_length: The least length of texts, bytes and lists.
        max_length: The greatest; None for any.
        pattern: What texts match.
        finite: Whether NaN and infinity are excluded.
        item: The values of a list's items.
        members: The values of a struct's fields.
    """

    dtype: pl.DataType
    nullable: bool = False
    choices: tuple[object, ...] | None = None
    low: int | float | None = None
    high: int | float | None = None
    step: int | float | None = None
    min_length: int = 0
    max_length: int | None = None
    pattern: str | None = None
    finite: bool = False
    item: Domain | None = None
    members: Mapping[str, Domain] = field(default_factory=dict)


def domains_of(model: type[BaseModel]) -> dict[str, Domain]:
    """Return the domain of each column of a model."""
    return {
        field_name(name, item): _domain(field_type(item))
        for name, item in model.model_fields.items()
    }


def series_of(name: str, values: list[Any], dtype: pl.DataType) -> pl.Series:
    """Make a column of physical values."""
    if isinstance(dtype, pl.Decimal):
        scaled = [
            None if value is None else Decimal(value).scaleb(-dtype.scale) for value in values
        ]
        return pl.Series(name, scaled, dtype=dtype)
    return pl.Series(name, values, dtype=_physical(dtype)).cast(dtype)


def _domain(column: ColumnType) -> Domain:
    dtype = dtype_of(column)
    choices = allowed_values(column.core)
    if choices is None and isinstance(dtype, pl.Enum):
        choices = dtype.categories.to_list()
    low, high, step = _range(column, dtype)
    shortest, longest = _lengths(column)
    item, members = None, {}
    core = column.core
    if isinstance(dtype, pl.Array):
        shortest = longest = dtype.size
    if isinstance(dtype, pl.List | pl.Array):
        item = _item(core, dtype)
    elif isinstance(core, type) and issubclass(core, BaseModel):
        members = {name: _domain(member) for name, member in member_types(core)}
    elif isinstance(dtype, pl.Struct):
        members = {part.name: _bare(part.dtype) for part in dtype.fields}
    pattern = constraint(column, "pattern")
    return Domain(
        dtype=dtype,
        nullable=column.nullable,
        choices=None if choices is None else tuple(choices),
        low=low,
        high=high,
        step=step,
        min_length=shortest,
        max_length=longest,
        pattern=pattern if isinstance(pattern, str) else None,
        finite=constraint(column, "allow_inf_nan") is False,
        item=item,
        members=members,
    )


def _item(core: Any, dtype: pl.List | pl.Array) -> Domain:
    if get_origin(core) is list:
        return _domain(take_apart(get_args(core)[0]))
    return _bare(dtype.inner)


def _bare(dtype: object) -> Domain:
    """Return the domain of a part that a dtype alone declares: all that it holds."""
    if isinstance(dtype, type):
        dtype = dtype()
    assert isinstance(dtype, pl.DataType)
    return _domain(ColumnType(object, (dtype,), nullable=True))


def _lengths(column: ColumnType) -> tuple[int, int | None]:
    shortest, longest = 0, None
    for item in column.metadata:
        if isinstance(item, annotated_types.MinLen):
            shortest = max(shortest, item.min_length)
        elif isinstance(item, annotated_types.MaxLen):
            longest = item.max_length if longest is None else min(longest, item.max_length)
    return shortest, longest


Number = int | float
_Range = tuple[Number | None, Number | None, Number | None]


def _range(column: ColumnType, dtype: pl.DataType) -> _Range:
    low, high = _limits(dtype)
    step: Number | None = None
    for item in column.metadata:
        match item:
            case annotated_types.Ge(ge=bound):
                low = _most(low, _number(bound, dtype, up=True))
            case annotated_types.Gt(gt=bound):
                low = _most(low, _next(_number(bound, dtype), dtype, 1))
            case annotated_types.Le(le=bound):
                high = _least(high, _number(bound, dtype))
            case annotated_types.Lt(lt=bound):
                high = _least(high, _next(_number(bound, dtype, up=True), dtype, -1))
            case annotated_types.MultipleOf(multiple_of=of):
                step = _number(of, dtype)
            case _:
                continue
    return low, high, step


def _limits(  # noqa: PLR0911 (one return a kind of dtype)
    dtype: pl.DataType,
) -> tuple[Number | None, Number | None]:
    """Return the least and the greatest value of a dtype that Python can hold, too."""
    match dtype:
        case pl.Date():
            return _FIRST_DAY, _LAST_DAY
        case pl.Datetime():
            unit = _UNITS[dtype.time_unit]
            most = (2**63 - 1) // unit // _DAY_S - 1
            return max(_FIRST_DAY + 1, -most) * _DAY_S * unit, min(_LAST_DAY, most) * _DAY_S * unit
        case pl.Duration():
            most = min(10**9 * _DAY_S, (2**63 - 1) // _UNITS[dtype.time_unit])
            return -most * _UNITS[dtype.time_unit] // 10, most * _UNITS[dtype.time_unit] // 10
        case pl.Time():
            return 0, (_DAY_S - 1) * 10**9
        case pl.Decimal():
            most = 10**dtype.precision - 1
            return -most, most
        case _ if dtype.is_integer():
            bits = int(str(dtype).removeprefix("U").removeprefix("Int"))
            most = 2 ** (bits - dtype.is_signed_integer()) - 1
            return (-most - 1 if dtype.is_signed_integer() else 0), most
        case _:
            return None, None


def _number(bound: Any, dtype: pl.DataType, *, up: bool = False) -> Number:
    """Return a bound as the physical value of its column, rounded into the range."""
    if isinstance(dtype, pl.Decimal):
        scaled = Decimal(str(bound)).scaleb(dtype.scale)
        return math.ceil(scaled) if up else math.floor(scaled)
    if dtype.is_temporal():
        return int(pl.Series([bound], dtype=dtype).to_physical().item())
    if dtype.is_integer():
        return int(math.ceil(bound) if up else math.floor(bound))
    return float(bound)


def _next(bound: Number, dtype: pl.DataType, step: int) -> Number:
    if dtype.is_float():
        return math.nextafter(bound, math.inf * step)
    return bound + step


def _most(one: Number | None, other: Number) -> Number:
    return other if one is None else max(one, other)


def _least(one: Number | None, other: Number) -> Number:
    return other if one is None else min(one, other)


def _physical(dtype: object) -> Any:
    match dtype:
        case pl.Date():
            return pl.Int32()
        case pl.Datetime() | pl.Duration() | pl.Time():
            return pl.Int64()
        case pl.List():
            return pl.List(_physical(dtype.inner))
        case pl.Array():
            return pl.Array(_physical(dtype.inner), dtype.size)
        case pl.Struct():
            return pl.Struct({part.name: _physical(part.dtype) for part in dtype.fields})
        case _:
            return dtype
