"""Pydantic models as table schemas: fields give Polars dtypes, constraints give row rules.

A rule is a Polars expression, so it runs inside the same streaming pass as the query whose rows it guards. What cannot
be an expression (a Python validator) is refused when the schema is declared, rather than silently not applied.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache, cached_property
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import annotated_types
import polars as pl
from polars.exceptions import ComputeError
from pydantic import AfterValidator, BaseModel, BeforeValidator, PlainValidator, WrapValidator
from pydantic.fields import FieldInfo

from glacier_runtime.errors import Code, DefinitionError, Problem

__all__ = ["Column", "Rule", "TableSchema", "table_schema"]

_DTYPES: Final[dict[type, pl.DataType]] = {
    bool: pl.Boolean(),
    int: pl.Int64(),
    float: pl.Float64(),
    str: pl.String(),
    bytes: pl.Binary(),
    date: pl.Date(),
    datetime: pl.Datetime("us"),
    time: pl.Time(),
    timedelta: pl.Duration("us"),
}
_PYTHON_VALIDATORS: Final = (AfterValidator, BeforeValidator, PlainValidator, WrapValidator)


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition that every row must keep.

    Attributes:
        column: The column it guards.
        text: The condition as the user wrote it, such as `ge=0` or `not null`.
        broken: A boolean expression that is true for the rows that break it.
    """

    column: str
    text: str
    broken: pl.Expr

    def __str__(self) -> str:
        return f"{self.column}: {self.text}"


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
        name: The name of the pydantic model.
        columns: In declared order.
        allows_extra: Whether undeclared columns may be present (`extra="allow"` on the model).
    """

    name: str
    columns: tuple[Column, ...]
    allows_extra: bool

    @cached_property
    def dtypes(self) -> pl.Schema:
        """Column names and Polars dtypes."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """All rules of all columns."""
        return tuple(rule for column in self.columns for rule in column.rules)

    def empty_frame(self) -> pl.LazyFrame:
        """Return a lazy frame of this schema without rows."""
        return pl.LazyFrame(schema=self.dtypes)


@cache
def table_schema(model: type[BaseModel]) -> TableSchema:
    """Read a pydantic model as a table schema.

    Args:
        model: A model whose fields are columns; a field's alias, if it has one, is the column's name.

    Returns:
        The columns with dtypes and rules.

    Raises:
        DefinitionError: GLC104, once with every field that has no dtype or a rule that cannot be an expression.

    Example:
        >>> from pydantic import Field
        >>> class Flight(BaseModel):
        ...     carrier: Annotated[str, Field(pattern="^[A-Z0-9]{2}$")]
        ...     delay_min: Annotated[int, pl.Int32] | None
        >>> table_schema(Flight).dtypes
        Schema([('carrier', String), ('delay_min', Int32)])
        >>> [str(rule) for rule in table_schema(Flight).rules]
        ['carrier: not null', 'carrier: pattern=^[A-Z0-9]{2}$']
    """
    problems = list(_validator_problems(model))
    columns: list[Column] = []
    for field_name, field in model.model_fields.items():
        try:
            columns.append(_column(field_name, field))
        except _UnsupportedError as error:
            problems.append(_problem(model, field_name, str(error), error.fix))
    if not columns and not problems:
        problems.append(_problem(model, "", "has no fields", "declare a field for each column"))
    if problems:
        raise DefinitionError(problems)
    return TableSchema(model.__name__, tuple(columns), model.model_config.get("extra") == "allow")


class _UnsupportedError(Exception):
    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


@dataclass(frozen=True, slots=True)
class _Type:
    """An annotation taken apart."""

    core: Any  # a class, or a generic such as list[int]: annotations have no narrower type
    metadata: tuple[object, ...]
    nullable: bool


def _column(field_name: str, field: FieldInfo) -> Column:
    name = field.alias or field_name
    parts = _take_apart(field.annotation, tuple(field.metadata))
    expression = pl.col(name)
    rules = [] if parts.nullable else [Rule(name, "not null", expression.is_null())]
    rules += [Rule(name, text, broken) for text, broken in _rules(parts, expression)]
    return Column(name, _dtype(parts), parts.nullable, field.description or "", tuple(rules))


def _take_apart(annotation: Any, metadata: tuple[object, ...] = ()) -> _Type:
    if get_origin(annotation) is Annotated:
        core, *inner = get_args(annotation)
        return _take_apart(core, (*_flat(inner), *metadata))
    if get_origin(annotation) in {Union, types.UnionType}:
        members = [member for member in get_args(annotation) if member is not type(None)]
        if len(members) != 1:
            message = f"is a union of {len(members)} types"
            raise _UnsupportedError(message, "give the column one type, or `type | None`")
        inner_type = _take_apart(members[0], metadata)
        return _Type(inner_type.core, inner_type.metadata, nullable=True)
    return _Type(annotation, metadata, nullable=False)


def _flat(metadata: list[object]) -> Iterator[object]:
    """Open `Field(...)` inside Annotated, which holds its own constraints."""
    for item in metadata:
        if isinstance(item, FieldInfo):
            yield from item.metadata
        else:
            yield item


def _dtype(parts: _Type) -> pl.DataType:  # noqa: PLR0911 (one return a kind of type)
    for item in parts.metadata:
        if isinstance(item, pl.DataType):
            return item
        if isinstance(item, type) and issubclass(item, pl.DataType):
            return item()
    core = parts.core
    if core is Decimal:
        return _decimal(parts.metadata)
    if core in _DTYPES:
        return _DTYPES[core]
    if (origin := get_origin(core)) is Literal:
        return _dtype_of_values(get_args(core))
    if origin is list:
        return pl.List(_dtype(_take_apart(get_args(core)[0])))
    if isinstance(core, type) and issubclass(core, Enum):
        return _dtype_of_values(tuple(member.value for member in core))
    if isinstance(core, type) and issubclass(core, BaseModel):
        return pl.Struct(table_schema(core).dtypes)
    raise _UnsupportedError(
        f"has type {_type_name(core)}, which has no Polars dtype",
        "use bool, int, float, str, bytes, date, datetime, time, timedelta, Decimal, an Enum, a Literal, list[...] "
        "or a nested model, or name the dtype: Annotated[..., pl.Int32]",
    )


def _decimal(metadata: tuple[object, ...]) -> pl.DataType:
    digits = _general(metadata, "max_digits")
    places = _general(metadata, "decimal_places")
    if isinstance(digits, int) and isinstance(places, int):
        return pl.Decimal(digits, places)
    raise _UnsupportedError(
        "is a Decimal without precision and scale", "add Field(max_digits=12, decimal_places=2)"
    )


def _dtype_of_values(values: tuple[object, ...]) -> pl.DataType:
    kinds = {type(value) for value in values}
    if len(kinds) == 1 and (dtype := _DTYPES.get(kinds.pop())) is not None:
        return dtype
    raise _UnsupportedError("lists values of several types", "use values of one type, such as str")


_Broken = tuple[str, pl.Expr]

_COMPARISONS: Final[dict[type, tuple[str, Callable[[pl.Expr, Any], pl.Expr]]]] = {
    annotated_types.Ge: ("ge", lambda value, bound: value < bound),
    annotated_types.Gt: ("gt", lambda value, bound: value <= bound),
    annotated_types.Le: ("le", lambda value, bound: value > bound),
    annotated_types.Lt: ("lt", lambda value, bound: value >= bound),
    annotated_types.MultipleOf: ("multiple_of", lambda value, bound: value % bound != 0),
}


def _rules(parts: _Type, value: pl.Expr) -> Iterator[_Broken]:
    for item in parts.metadata:
        if (comparison := _COMPARISONS.get(type(item))) is not None:
            text, broken = comparison
            bound = getattr(item, text)
            yield f"{text}={bound}", broken(value, bound)
    yield from _length_rules(parts, value)
    if isinstance(pattern := _general(parts.metadata, "pattern"), str):
        yield f"pattern={pattern}", ~value.str.contains(_checked_pattern(pattern))
    if (allowed := _allowed_values(parts.core)) is not None:
        yield f"one of {', '.join(map(repr, allowed))}", ~value.is_in(allowed)
    yield from _nested_rules(parts.core, value)


def _length_rules(parts: _Type, value: pl.Expr) -> Iterator[_Broken]:
    length = value.list.len() if get_origin(parts.core) is list else value.str.len_chars()
    for item in parts.metadata:
        if isinstance(item, annotated_types.MinLen):
            yield f"min_length={item.min_length}", length < item.min_length
        elif isinstance(item, annotated_types.MaxLen):
            yield f"max_length={item.max_length}", length > item.max_length


def _nested_rules(core: Any, value: pl.Expr) -> Iterator[_Broken]:
    if get_origin(core) is list:
        element = _take_apart(get_args(core)[0])
        for text, broken in _rules(element, pl.element()):
            yield f"each {text}", value.list.eval(broken).list.any()
    elif isinstance(core, type) and issubclass(core, BaseModel):
        for name, field in core.model_fields.items():
            inner = _take_apart(field.annotation, tuple(field.metadata))
            member = value.struct.field(field.alias or name)
            if not inner.nullable:
                yield f"{name} not null", value.is_not_null() & member.is_null()
            for text, broken in _rules(inner, member):
                yield f"{name} {text}", broken


def _allowed_values(core: Any) -> list[object] | None:
    if get_origin(core) is Literal:
        return list(get_args(core))
    if isinstance(core, type) and issubclass(core, Enum):
        return [member.value for member in core]
    return None


def _checked_pattern(pattern: str) -> str:
    """Refuse a pattern that Rust's regex engine does not know, such as look-around."""
    try:
        pl.select(pl.lit("").str.contains(pattern))
    except ComputeError:
        raise _UnsupportedError(
            f"has pattern {pattern!r}, which Polars' regular expressions cannot run",
            "write it without look-around and back-references (https://docs.rs/regex)",
        ) from None
    return pattern


def _general(metadata: tuple[object, ...], key: str) -> object:
    """Find a constraint that pydantic keeps in its general metadata, such as `pattern`."""
    return next(
        (found for item in metadata if (found := getattr(item, key, None)) is not None), None
    )


def _validator_problems(model: type[BaseModel]) -> Iterator[Problem]:
    decorators = model.__pydantic_decorators__
    for name in (
        *decorators.field_validators,
        *decorators.model_validators,
        *decorators.validators,
    ):
        yield _python_validator(model, name)
    for name, field in model.model_fields.items():
        if any(isinstance(item, _PYTHON_VALIDATORS) for item in field.metadata):
            yield _python_validator(model, name)


def _python_validator(model: type[BaseModel], name: str) -> Problem:
    return _problem(
        model,
        name,
        "is checked by a Python validator, which cannot run on columns",
        "use constraints (ge, le, pattern, Literal, …), or filter in the task",
    )


def _problem(model: type[BaseModel], field_name: str, fault: str, fix: str) -> Problem:
    subject = f"{model.__name__}.{field_name}" if field_name else model.__name__
    return Problem(
        code=Code.BAD_SCHEMA,
        message=f"schema {subject} {fault}",
        fix=fix,
        column=field_name or None,
    )


def _type_name(core: object) -> str:
    return getattr(core, "__name__", None) or str(core)
