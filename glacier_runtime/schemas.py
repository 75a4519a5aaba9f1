"""Pydantic models as table schemas: fields give columns and dtypes, constraints give row rules.

A rule is a Polars expression, so it runs inside the same streaming pass as the query whose rows it guards. What cannot
be an expression (a Python validator) is refused when the schema is declared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, get_args

import polars as pl
from pydantic import BaseModel, PydanticUndefinedAnnotation
from pydantic.fields import FieldInfo

from glacier_runtime.column_types import (
    Description,
    UnsupportedError,
    dtype_of,
    field_name,
    field_type,
)
from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.rules import broken_rules

__all__ = ["Column", "Rule", "TableSchema", "table_schema"]


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
        >>> from typing import Annotated
        >>> from pydantic import Field
        >>> class Flight(BaseModel):
        ...     carrier: Annotated[str, Field(pattern="^[A-Z0-9]{2}$")]
        ...     delay_min: Annotated[int, pl.Int32] | None
        >>> dict(table_schema(Flight).dtypes)
        {'carrier': String, 'delay_min': Int32}
        >>> [str(rule) for rule in table_schema(Flight).rules]
        ['carrier: not null', 'carrier: pattern=^[A-Z0-9]{2}$']
    """
    if (unreadable := _unreadable(model)) is not None:
        raise DefinitionError(unreadable)
    problems = list(_model_problems(model))
    columns: list[Column] = []
    for name, field in model.model_fields.items():
        try:
            columns.append(_column(name, field))
        except UnsupportedError as error:
            problems.append(_problem(model, name, str(error), error.fix))
    names = [column.name for column in columns]
    for name in sorted({name for name in names if names.count(name) > 1}):
        fault = f"stands for column {name!r}, as another field does"
        problems.append(_problem(model, name, fault, "give each field an alias of its own"))
    if problems:
        raise DefinitionError(problems)
    return TableSchema(model.__name__, tuple(columns), model.model_config.get("extra") == "allow")


def _column(name: str, field: FieldInfo) -> Column:
    name = field_name(name, field)
    if name == "*" or (name.startswith("^") and name.endswith("$")):
        fault = f"stands for column {name!r}, which Polars takes for a pattern"
        raise UnsupportedError(fault, "give it another alias, and rename the column in the task")
    column = field_type(field)
    rules = tuple(Rule(name, *rule) for rule in broken_rules(column, pl.col(name)))
    inner = (item.text for item in column.metadata if isinstance(item, Description))
    description = field.description or next(inner, "")
    return Column(name, dtype_of(column), column.nullable, description, rules)


def _model_problems(model: type[BaseModel]) -> Iterator[Problem]:
    """Find what is wrong with a model as a whole, and with those nested in it."""
    if not model.model_fields:
        yield _problem(model, "", "has no fields", "declare a field for each column")
    decorators = model.__pydantic_decorators__
    for name in (
        *decorators.field_validators,
        *decorators.model_validators,
        *decorators.validators,
    ):
        yield _problem(
            model,
            name,
            "is a Python validator, which cannot run on columns",
            "use constraints (ge, le, pattern, Literal, …), or filter in the task",
        )
    for field in model.model_fields.values():
        for nested in _models_in(field.annotation):
            yield from _model_problems(nested)


def _unreadable(model: type[BaseModel]) -> Problem | None:
    """Find what keeps a model from being read at all."""
    try:
        model.model_rebuild()
    except PydanticUndefinedAnnotation as error:
        return _problem(
            model,
            "",
            f"has an annotation with the name {error.name!r}, which cannot be found",
            "import or define it at the top of the module, above the model, and not only under TYPE_CHECKING",
        )
    if _contains_itself(model):
        fix = "keep the nested part as a str of JSON"
        return _problem(model, "", "contains itself, and dtypes are finite", fix)
    return None


def _contains_itself(model: type[BaseModel], inside: tuple[type[BaseModel], ...] = ()) -> bool:
    if model in inside:
        return True
    return any(
        _contains_itself(nested, (*inside, model))
        for field in model.model_fields.values()
        for nested in _models_in(field.annotation)
    )


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _problem(model: type[BaseModel], name: str, fault: str, fix: str) -> Problem:
    subject = f"{model.__name__}.{name}" if name else model.__name__
    return Problem(
        code=Code.BAD_SCHEMA, message=f"schema {subject} {fault}", fix=fix, column=name or None
    )
