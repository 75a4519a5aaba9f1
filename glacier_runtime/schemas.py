"""Classes as table schemas: fields of a pydantic model give columns and dtypes, constraints give row rules.

A rule is a Polars expression, so it runs inside the same streaming pass as the query whose rows it guards. What cannot
be an expression (a Python validator) is refused when the schema is declared. Schemas of dataframely are read as well.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeAlias

import polars as pl
from polars.exceptions import PolarsError
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from glacier_runtime.column_types import (
    Description,
    UnsupportedError,
    dtype_of,
    field_name,
    field_type,
    names_dtype,
)
from glacier_runtime.dataframely_schemas import DataframelySchema, is_dataframely, read_dataframely
from glacier_runtime.errors import DefinitionError
from glacier_runtime.model_faults import model_problems, schema_problem, unreadable
from glacier_runtime.rules import broken_rules
from glacier_runtime.tables import Column, Rule, TableSchema

__all__ = ["Column", "Rule", "SchemaClass", "TableSchema", "is_schema", "table_schema"]

SchemaClass: TypeAlias = type[BaseModel] | type[DataframelySchema]
"""A class that declares columns: a pydantic model, or a schema of dataframely."""


def is_schema(given: object) -> bool:
    """Say whether something is a class that can declare columns."""
    return (isinstance(given, type) and issubclass(given, BaseModel)) or is_dataframely(given)


@cache
def table_schema(schema: SchemaClass) -> TableSchema:
    """Read a class as a table schema.

    Args:
        schema: A model whose fields are columns; a field's alias, if it has one, is the column's name. Or a
            `dataframely.Schema`.

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
    return read_dataframely(schema) if is_dataframely(schema) else _read_model(schema)


def _read_model(model: Any) -> TableSchema:
    if (fault := unreadable(model)) is not None:
        raise DefinitionError(fault)
    problems = list(model_problems(model))
    columns: list[Column] = []
    for name, field in model.model_fields.items():
        try:
            columns.append(_column(name, field))
        except UnsupportedError as error:
            problems.append(schema_problem(model, name, str(error), error.fix))
    names = [column.name for column in columns]
    for name in sorted({name for name in names if names.count(name) > 1}):
        fault_of = f"stands for column {name!r}, as another field does"
        problems.append(
            schema_problem(model, name, fault_of, "give each field an alias of its own")
        )
    if problems:
        raise DefinitionError(problems)
    return TableSchema(model.__name__, tuple(columns), model.model_config.get("extra") == "allow")


def _column(name: str, field: FieldInfo) -> Column:
    if field.validation_alias not in (None, field.alias):
        fault = f"has validation_alias {field.validation_alias!r:.80} besides its name"
        raise UnsupportedError(fault, "give the column's name as alias=")
    name = field_name(name, field)
    if name == "*" or (name.startswith("^") and name.endswith("$")):
        fault = f"stands for column {name!r}, which Polars takes for a pattern"
        raise UnsupportedError(fault, "give it another alias, and rename the column in the task")
    column = field_type(field)
    dtype = dtype_of(column)
    broken = dict(broken_rules(column, pl.col(name)))
    if names_dtype(column):
        _require_rules_fit(name, dtype, broken)
    rules = tuple(Rule(name, *rule) for rule in broken.items())
    inner = (item.text for item in column.metadata if isinstance(item, Description))
    description = field.description or next(inner, "")
    return Column(name, dtype, column.nullable, description, rules)


def _require_rules_fit(name: str, dtype: pl.DataType, broken: dict[str, pl.Expr]) -> None:
    """Refuse constraints that mean nothing for the dtype an annotation names."""
    for text, expression in broken.items():
        try:
            pl.DataFrame(schema={name: dtype}).select(expression)
        except PolarsError as error:
            reason = str(error).partition("\n")[0]
            fault = f"has rule {text}, which dtype {dtype} cannot be asked: {reason}"
            raise UnsupportedError(fault, "change the dtype, or drop the rule") from None
