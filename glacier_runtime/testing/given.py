"""What a test gives as a dataset: frames, rows, documents and files, made what the dataset declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import TypeAlias

import polars as pl
from pydantic import BaseModel, ValidationError

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, Problem, TestingError
from glacier_runtime.schemas import Column, TableSchema
from glacier_runtime.storage.formats import TableFormat
from glacier_runtime.testing.casting import UnfitError, cast_column, column_of

__all__ = ["Given", "conformed", "conformed_table", "unfit"]

Given: TypeAlias = (
    pl.DataFrame
    | pl.LazyFrame
    | Sequence[Mapping[str, object] | BaseModel]
    | Mapping[str, object]
    | BaseModel
    | Path
)
"""What can be given as a dataset: a frame or rows for a table, a document, or a path for files."""


def conformed(dataset: Dataset, value: object) -> object:
    """Return what was given as a dataset holds it.

    Args:
        dataset: The dataset.
        value: A frame, rows as mappings or models, a document, or the path of files.

    Returns:
        A DataFrame with the declared columns and dtypes, a document of the declared model, or a path.

    Raises:
        TestingError: GLC623, once with everything that does not fit.
    """
    if isinstance(dataset.kind, TableFormat):
        return _table(dataset, value)
    if dataset.kind.name == "files":
        return _files(dataset, value)
    return _document(dataset, value)


def conformed_table(table: TableSchema, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Give a frame the columns and dtypes of a schema, where that changes no value.

    Nullable columns that it lacks are filled with nulls.

    Returns:
        The frame, and what does not fit.
    """
    extra = [] if table.allows_extra else [n for n in frame.columns if n not in table.dtypes]
    faults = [f"has column {name!r} ({frame[name].dtype}), which is not declared" for name in extra]
    lacking = [c for c in table.columns if not c.nullable and c.name not in frame.columns]
    if lacking:
        faults.append(f"lacks {_listed(lacking)}; it has {', '.join(frame.columns) or 'none'}")
    columns: list[pl.Series] = []
    for column in table.columns:
        if column.name not in frame.columns:
            columns.append(pl.Series(column.name, [None] * frame.height, dtype=column.dtype))
            continue
        try:
            columns.append(cast_column(frame[column.name], column.dtype))
        except UnfitError as error:
            faults.append(f"has column {column.name!r} {error}")
    rest = [frame[name] for name in frame.columns if name not in table.dtypes]
    return (frame if faults else pl.DataFrame([*columns, *rest])), faults


def unfit(dataset: Dataset, fault: str, fix: str) -> Problem:
    """Report that what was given cannot be a dataset; there is no place, for it is the test's."""
    return Problem(
        code=Code.TESTING_INPUT_UNFIT,
        message=f"what is given as dataset {dataset.name!r} {fault}",
        fix=fix,
        dataset=dataset.name,
    )


def _table(dataset: Dataset, value: object) -> pl.DataFrame:
    if isinstance(value, pl.LazyFrame):
        value = value.collect()
    if not isinstance(value, pl.DataFrame):
        return _from_rows(dataset, _rows(dataset, value))
    if dataset.table is None:
        return value
    frame, faults = conformed_table(dataset.table, value)
    _refuse(dataset, faults)
    return frame


def _rows(dataset: Dataset, value: object) -> list[Mapping[str, object]]:
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping | BaseModel):
        listed = list(value)
        if all(isinstance(row, Mapping | BaseModel) for row in listed):
            return [_plain(row) for row in listed]
    kind = type(value).__name__
    raise TestingError(
        unfit(
            dataset,
            f"is a {kind}, which is no table",
            "give a DataFrame, a LazyFrame, or a list of rows, each a dict or a pydantic model",
        )
    )


def _from_rows(dataset: Dataset, rows: list[Mapping[str, object]]) -> pl.DataFrame:
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = dataset.table
    if table is None:
        return pl.DataFrame(
            {name: [row.get(name) for row in rows] for name in names}, infer_schema_length=None
        )
    needed = [column for column in table.columns if not column.nullable]
    faults: list[str] = []
    for number, row in enumerate(rows):
        if lacking := [column for column in needed if column.name not in row]:
            faults.append(f"lacks {_listed(lacking)} in row {number}")
            break
    columns: list[pl.Series] = []
    for column in table.columns:
        values = [row.get(column.name) for row in rows]
        try:
            columns.append(column_of(column.name, values, column.dtype))
        except UnfitError as error:
            faults.append(f"has column {column.name!r} {error}")
    extra = [name for name in names if name not in table.dtypes]
    if table.allows_extra:
        columns += [
            pl.Series(name, [row.get(name) for row in rows], strict=False) for name in extra
        ]
    else:
        faults += [f"has column {name!r}, which is not declared" for name in extra]
    _refuse(dataset, faults)
    return pl.DataFrame(columns)


def _document(dataset: Dataset, value: object) -> BaseModel | Mapping[str, object]:
    model = dataset.document
    if not isinstance(value, BaseModel | Mapping):
        wanted = model.__name__ if model else "a pydantic model"
        fault = f"is a {type(value).__name__}, which is no document"
        raise TestingError(unfit(dataset, fault, f"give {wanted} or a dict"))
    if model is None or isinstance(value, model):
        return value
    try:
        return model.model_validate(value.model_dump() if isinstance(value, BaseModel) else value)
    except ValidationError as error:
        raise TestingError(
            unfit(
                dataset,
                f"is no {model.__name__}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}",
                "give what the model declares",
            )
            for fault in error.errors()
        ) from None


def _files(dataset: Dataset, value: object) -> Path:
    wanted = "a file"
    if dataset.storage is not None and dataset.storage.is_folder:
        wanted = "a folder"
    if isinstance(value, Path):
        if value.is_dir() if wanted == "a folder" else value.is_file():
            return value
        fault = f"is the path {value}, which is not {wanted}"
    else:
        fault = f"is a {type(value).__name__}, which is no path"
    raise TestingError(unfit(dataset, fault, f"give the pathlib.Path of {wanted}"))


def _listed(columns: Sequence[Column]) -> str:
    noun = "column" if len(columns) == 1 else "columns"
    return f"{noun} {', '.join(f'{column.name!r} ({column.dtype})' for column in columns)}"


def _refuse(dataset: Dataset, faults: list[str]) -> None:
    if faults:
        fix = "give the columns that its schema declares; those that may be null can be left out"
        raise TestingError(unfit(dataset, fault, fix) for fault in faults)


def _plain(value: object) -> Mapping[str, object]:
    """Return a row as columns hold it: aliases as names, the values of enums."""
    row = value.model_dump(by_alias=True) if isinstance(value, BaseModel) else value
    assert isinstance(row, Mapping)
    return {str(name): _cell(item) for name, item in row.items()}


def _cell(value: object) -> object:
    match value:
        case Enum():
            return value.value
        case BaseModel() | Mapping():
            return _plain(value)
        case list() | tuple():
            return [_cell(item) for item in value]
        case _:
            return value
