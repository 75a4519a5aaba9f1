"""Columns that do not fit: a task's output against its dataset, and Polars' schema errors in the user's terms."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import polars as pl
from polars import exceptions

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, Place, Problem
from glacier_runtime.tasks import AnyTask, task_problem

__all__ = ["SCHEMA_ERRORS", "output_problems", "query_problem"]

SCHEMA_ERRORS: Final = (
    exceptions.ColumnNotFoundError,
    exceptions.DuplicateError,
    exceptions.InvalidOperationError,
    exceptions.SchemaError,
    exceptions.SchemaFieldNotFoundError,
    exceptions.StructFieldNotFoundError,
)
"""What Polars raises when a query does not fit the schemas of its inputs."""

_MISSING: Final = re.compile(r'^(?:unable to find column )?"(?P<column>[^"\n]+)"(?:;| not found)')
_VALID: Final = re.compile(r"valid columns: (?P<columns>\[[^\n]*\])")

Schemas = Mapping[Dataset, pl.Schema]


def output_problems(task: AnyTask, dataset: Dataset, actual: pl.Schema) -> Iterator[Problem]:
    """Compare what a task returned with what its dataset declares.

    Args:
        task: The task.
        dataset: One of its outputs.
        actual: The schema of the frame it returned.

    Yields:
        GLC402 for each missing column, GLC403 for each other dtype, GLC404 for each undeclared column.
    """
    if dataset.table is None:
        return
    declared = dataset.table.dtypes
    undeclared = [name for name in actual if name not in declared]
    for column, dtype in declared.items():
        if column not in actual:
            close = _closest(column, undeclared)
            have = f"has {close!r} instead" if close else f"has {', '.join(actual) or 'no columns'}"
            yield _problem(
                Code.COLUMN_MISSING,
                task,
                f"returns dataset {dataset.name!r} without column {column!r} ({dtype}): its frame {have}",
                (
                    f"rename {close!r} to {column!r} in the task"
                    if close
                    else f"add {column!r} in the task, "
                    f"or drop it from schema {_schema_name(dataset)}"
                ),
                close or column,
                dataset=dataset,
                column=column,
            )
        elif actual[column] != dtype:
            yield _problem(
                Code.COLUMN_DTYPE,
                task,
                f"returns column {column!r} of dataset {dataset.name!r} as {actual[column]}, "
                f"where schema {_schema_name(dataset)} declares {dtype}",
                f"cast it in the task: pl.col({column!r}).cast(pl.{dtype!r}), or change the schema",
                column,
                dataset=dataset,
                column=column,
            )
    if dataset.table.allows_extra:
        return
    missing = [name for name in declared if name not in actual]
    for column in undeclared:
        if _closest(column, missing):
            continue  # already reported as the missing one, misspelled
        yield _problem(
            Code.COLUMN_UNDECLARED,
            task,
            f"returns dataset {dataset.name!r} with column {column!r} ({actual[column]}), "
            f"which schema {_schema_name(dataset)} does not declare",
            "drop it in the task, or declare it in the schema",
            column,
            dataset=dataset,
            column=column,
        )


def query_problem(
    task: AnyTask,
    error: Exception,
    inputs: Schemas,
    producer_of: Callable[[Dataset], str | None],
) -> Problem:
    """Put a schema error of Polars into the terms of the pipeline.

    Args:
        task: The task whose query failed.
        error: One of `SCHEMA_ERRORS`.
        inputs: The schemas the task was given.
        producer_of: Names the task that makes a dataset.

    Returns:
        GLC401 for an unknown column, naming the input that has the one probably meant; GLC405 for all else.
    """
    first_line = str(error).partition("\n")[0]
    match = _MISSING.match(str(error))
    if match is None or not isinstance(error, exceptions.ColumnNotFoundError):
        return _problem(
            Code.QUERY_INVALID,
            task,
            f"has a query that does not fit its inputs: {first_line}",
            f"mend the query; its inputs have {_inputs_shown(inputs)}",
        )
    column = match["column"]
    valid = _valid_columns(str(error))
    candidates = [*valid, *(name for schema in inputs.values() for name in schema)]
    close = _closest(column, candidates)
    origin = next((dataset for dataset, schema in inputs.items() if close in schema), None)
    if close == column and origin is not None:
        return _problem(
            Code.UNKNOWN_COLUMN,
            task,
            f"uses column {column!r}, which is not there any more: the query dropped or renamed what "
            f"dataset {origin.name!r} gave it",
            f"keep {column!r} until it is used",
            column,
            dataset=origin,
            column=column,
        )
    if close is None:
        return _problem(
            Code.UNKNOWN_COLUMN,
            task,
            f"uses column {column!r}, which is not there; its inputs have {_inputs_shown(inputs)}",
            f"use one of the columns, or add {column!r} to the dataset it should come from",
            column,
            dataset=next(iter(inputs), None),
            column=column,
        )
    if origin is None:
        meant = f"the query has {close!r} at that point"
    else:
        maker = producer_of(origin)
        made = f", made by task {maker!r}," if maker else ""
        meant = f"dataset {origin.name!r}{made} has {close!r} ({inputs[origin][close]})"
    return _problem(
        Code.UNKNOWN_COLUMN,
        task,
        f"uses column {column!r}, which is not there; {meant}",
        f"write {close!r} instead of {column!r}",
        column,
        dataset=origin,
        column=column,
    )


def _valid_columns(message: str) -> list[str]:
    match = _VALID.search(message)
    try:
        return [str(name) for name in json.loads(match["columns"])] if match else []
    except json.JSONDecodeError:
        return []


def _inputs_shown(inputs: Schemas) -> str:
    return "; ".join(f"{dataset.name}: {', '.join(schema)}" for dataset, schema in inputs.items())


def _closest(word: str, candidates: Sequence[str]) -> str | None:
    import difflib  # noqa: PLC0415 (nobody has misspelled a column in a task that is deployed)

    return next(iter(difflib.get_close_matches(word, candidates, n=1, cutoff=0.6)), None)


def _schema_name(dataset: Dataset) -> str:
    return dataset.schema.__name__ if dataset.schema else ""


def _problem(
    code: Code,
    task: AnyTask,
    fault: str,
    fix: str,
    written: str | None = None,
    *,
    dataset: Dataset | None = None,
    column: str | None = None,
) -> Problem:
    place = _line_of(task, written)
    return task_problem(task, code, fault, fix, dataset=dataset, column=column, place=place)


def _line_of(task: AnyTask, written: str | None) -> Place:
    """Point at the line of the task that spells a column, or else at the task."""
    if written is None:
        return task.place
    try:
        lines, first = inspect.getsourcelines(task.function)
    except (OSError, TypeError):
        return task.place
    for number, line in enumerate(lines, start=first):
        if f'"{written}"' in line or f"'{written}'" in line:
            return Place(task.place.file, number)
    return task.place
