"""Field annotations of a pydantic model, taken apart: a type, what is said about it, and the Polars dtype that follows."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import annotated_types
import polars as pl
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    NaiveDatetime,
    PlainValidator,
    WrapValidator,
)
from pydantic.fields import FieldInfo

__all__ = [
    "ColumnType",
    "Description",
    "UnsupportedError",
    "allowed_values",
    "constraint",
    "dtype_of",
    "field_name",
    "field_type",
    "member_types",
    "names_dtype",
    "take_apart",
]

_DTYPES: Final[dict[Any, pl.DataType]] = {  # some of pydantic's types are no classes to checkers
    bool: pl.Boolean(),
    int: pl.Int64(),
    float: pl.Float64(),
    str: pl.String(),
    bytes: pl.Binary(),
    date: pl.Date(),
    datetime: pl.Datetime("us"),
    time: pl.Time(),
    timedelta: pl.Duration("us"),
    AwareDatetime: pl.Datetime("us", "UTC"),
    NaiveDatetime: pl.Datetime("us"),
}
_PYTHON_VALIDATORS: Final = (AfterValidator, BeforeValidator, PlainValidator, WrapValidator)
_ZONED: Final[dict[Any, bool]] = {AwareDatetime: True, NaiveDatetime: False}
_MAX_DIGITS: Final = 38  # of a Polars Decimal, which is 128 bits wide


class UnsupportedError(Exception):
    """An annotation says something that no column can keep; `fix` says what to write instead."""

    def __init__(self, fault: str, fix: str) -> None:
        super().__init__(fault)
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Description:
    """What a `Field(...)` inside an annotation says for people."""

    text: str


@dataclass(frozen=True, slots=True)
class ColumnType:
    """An annotation taken apart.

    Attributes:
        core: A class, or a generic such as `list[int]`.
        metadata: What `Annotated[...]` and `Field(...)` say about it, grouped constraints opened.
        nullable: Whether `| None` was part of it.
    """

    core: Any  # annotations have no narrower type
    metadata: tuple[object, ...]
    nullable: bool


def field_name(name: str, field: FieldInfo) -> str:
    """Return the column that a field stands for: its alias, if it has one."""
    return field.alias or name


def field_type(field: FieldInfo) -> ColumnType:
    """Take the annotation of a model's field apart; see `take_apart`."""
    return take_apart(field.annotation, tuple(_opened(field.metadata)))


def take_apart(annotation: Any, metadata: tuple[object, ...] = ()) -> ColumnType:
    """Take an annotation apart.

    Args:
        annotation: The annotation.
        metadata: What was said about it outside.

    Raises:
        UnsupportedError: If it is a union of types, or holds a Python validator at any depth.
    """
    if get_origin(annotation) is Annotated:
        core, *inner = get_args(annotation)
        return take_apart(core, (*_opened(inner), *metadata))
    for name in ("__value__", "__supertype__"):  # what `type` statements and NewType stand for
        if hasattr(annotation, name):
            return take_apart(getattr(annotation, name), metadata)
    if any(isinstance(item, _PYTHON_VALIDATORS) for item in metadata):
        raise UnsupportedError(
            "is checked by a Python validator, which cannot run on columns",
            "use constraints (ge, le, pattern, Literal, …), or filter in the task",
        )
    if get_origin(annotation) in {Union, types.UnionType}:
        members = [member for member in get_args(annotation) if member is not type(None)]
        if len(members) != 1:
            fault = f"is a union of {len(members)} types"
            raise UnsupportedError(fault, "give the column one type, or `type | None`")
        inner_type = take_apart(members[0], metadata)
        return ColumnType(inner_type.core, inner_type.metadata, nullable=True)
    if get_origin(annotation) is Literal and None in get_args(annotation):
        values = tuple(value for value in get_args(annotation) if value is not None)
        return ColumnType(Literal[values], metadata, nullable=True)
    return ColumnType(annotation, metadata, nullable=False)


def dtype_of(column: ColumnType) -> pl.DataType:
    """Return the Polars dtype of a type, or the one that `Annotated[..., pl.Int32]` names.

    Raises:
        UnsupportedError: If there is none.
    """
    core = column.core
    if (named := _named_dtype(column)) is not None:
        return named
    if core is Decimal:
        return _decimal(column)
    if core in _DTYPES:
        return _DTYPES[core]
    if (values := allowed_values(core)) is not None:
        dtype = _dtype_of_values(values)
        return dtype if get_origin(core) is Literal else _enum_of(core, dtype)
    if get_origin(core) is list:
        return pl.List(dtype_of(take_apart(get_args(core)[0])))
    if isinstance(core, type) and issubclass(core, BaseModel):
        return pl.Struct({name: dtype_of(member) for name, member in member_types(core)})
    raise UnsupportedError(
        f"has type {getattr(core, '__name__', core)}, which has no Polars dtype",
        "use bool, int, float, str, bytes, date, datetime, time, timedelta, Decimal, an Enum, a Literal, list[...] "
        "or a nested model, or name the dtype: Annotated[..., pl.Int32]",
    )


def names_dtype(column: ColumnType) -> bool:
    """Say whether an annotation names its dtype, rather than leaving it to the type."""
    return any(_is_dtype(item) for item in column.metadata)


def member_types(model: type[BaseModel]) -> Iterator[tuple[str, ColumnType]]:
    """Yield the fields of a model by column name."""
    for name, field in model.model_fields.items():
        yield field_name(name, field), field_type(field)


def allowed_values(core: Any) -> list[object] | None:
    """Return the values of a Literal or an Enum, or None for any other type."""
    if get_origin(core) is Literal:
        return list(get_args(core))
    if isinstance(core, type) and issubclass(core, Enum):
        return [member.value for member in core]
    return None


def constraint(column: ColumnType, key: str) -> object:
    """Return the value of a constraint by its name in `Field(...)`, or None."""
    return next(
        (found for item in column.metadata if (found := getattr(item, key, None)) is not None), None
    )


def _opened(metadata: Iterable[object]) -> Iterator[object]:
    """Open `Field(...)` inside Annotated, `StringConstraints`, `Interval`, `Len` and their kin."""
    for item in metadata:
        if isinstance(item, FieldInfo):
            yield from _opened(item.metadata)
            if item.description:
                yield Description(item.description)
        elif isinstance(item, annotated_types.GroupedMetadata):
            yield from _opened(item)
        else:
            yield item


def _is_dtype(item: object) -> bool:
    return isinstance(item, pl.DataType) or (
        isinstance(item, type) and issubclass(item, pl.DataType)
    )


def _named_dtype(column: ColumnType) -> pl.DataType | None:
    """Return the dtype that an annotation names, if what else it says can be kept with it."""
    named: Any = next((item for item in column.metadata if _is_dtype(item)), None)
    if named is None:
        return None
    core = column.core
    if _has_hooks(core):
        fault = f"has type {core.__name__}, whose values pydantic checks in Python"
        raise UnsupportedError(fault, "use a plain type with constraints, or check in the task")
    if get_origin(core) not in {None, list, Literal} and _says_something(core):
        fault = "has constraints inside a type of which only the dtype is known"
        raise UnsupportedError(fault, "use list[...] or a nested model, or drop the constraints")
    if named is pl.Enum and (values := allowed_values(core)):
        return _enum_of(core, _dtype_of_values(values))
    make: Any = named  # a class of dtypes, or a dtype
    dtype: pl.DataType = make() if isinstance(make, type) else make
    if core in _ZONED and isinstance(dtype, pl.Datetime) and bool(dtype.time_zone) != _ZONED[core]:
        fault = f"has type {core.__name__} and dtype {dtype}, which contradict each other"
        raise UnsupportedError(fault, 'write Annotated[AwareDatetime, pl.Datetime("us", "UTC")]')
    return dtype


def _has_hooks(core: Any) -> bool:
    """Say whether a class brings code of its own to pydantic, as EmailStr does."""
    hooks = ("__get_pydantic_core_schema__", "__get_validators__")
    is_known = core in _DTYPES or not isinstance(core, type) or issubclass(core, BaseModel)
    return not is_known and any(hasattr(core, hook) for hook in hooks)


def _says_something(annotation: Any) -> bool:
    """Say whether a type has constraints or validators at any depth."""
    is_annotated = get_origin(annotation) is Annotated
    return is_annotated or any(map(_says_something, get_args(annotation)))


def _enum_of(core: Any, dtype: pl.DataType) -> pl.DataType:
    """Return the Polars Enum of texts, or the dtype of what else is listed."""
    texts = [value for value in allowed_values(core) or () if isinstance(value, str)]
    return pl.Enum(list(dict.fromkeys(texts))) if isinstance(dtype, pl.String) else dtype


def _decimal(column: ColumnType) -> pl.DataType:
    digits, places = constraint(column, "max_digits"), constraint(column, "decimal_places")
    if not isinstance(digits, int) or not isinstance(places, int):
        raise UnsupportedError(
            "is a Decimal without precision and scale", "add Field(max_digits=12, decimal_places=2)"
        )
    if not places <= digits <= _MAX_DIGITS:
        raise UnsupportedError(
            f"is a Decimal of {digits} digits with {places} behind the point, which Polars cannot hold",
            f"use at most {_MAX_DIGITS} digits, and no more places than digits",
        )
    return pl.Decimal(digits, places)


def _dtype_of_values(values: list[object]) -> pl.DataType:
    kinds = {type(value) for value in values}
    if len(kinds) == 1 and (dtype := _DTYPES.get(kinds.pop())) is not None:
        return dtype
    raise UnsupportedError("lists values of several types", "use values of one type, such as str")
