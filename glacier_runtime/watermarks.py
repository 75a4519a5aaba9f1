"""`Watermark(dataset, column)`: how far the last published version of a dataset goes, as a parameter of a task."""

from __future__ import annotations

import types
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Union, get_args, get_origin

import polars as pl

from glacier_runtime.column_types import UnsupportedError, dtype_of, take_apart
from glacier_runtime.datasets import Dataset, dataset_of

__all__ = ["Watermark", "WatermarkParameter", "read_watermark"]

_KINDS: Final[tuple[type, ...]] = (datetime, date, int, float, Decimal, str)


@dataclass(frozen=True, slots=True)
class Watermark:
    """The highest value of a column in the last published version of a dataset; None before there is one.

    `since: Annotated[datetime | None, Watermark(loaded, "ts")]` lets a task read only what is newer than what it, or a
    task after it, published in the run before. Like `Previous[...]` it adds no edge to the graph, and both are of one version.

    Args:
        dataset: The dataset, or an alias of it.
        column: Its column; nulls, and NaN, do not count.

    Raises:
        DefinitionError: GLC206, if no dataset is named.

    Example:
        >>> from pydantic import BaseModel
        >>> class Event(BaseModel):
        ...     ts: datetime
        >>> loaded = Dataset("loaded", schema=Event)
        >>> Since = Annotated[datetime | None, Watermark(loaded, "ts")]
    """

    dataset: Dataset
    column: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "dataset", dataset_of(self.dataset))


@dataclass(frozen=True, slots=True)
class WatermarkParameter:
    """A parameter of a task that takes a watermark."""

    name: str
    dataset: Dataset
    column: str


def read_watermark(
    parameter: str, annotation: Any, *, has_default: bool
) -> WatermarkParameter | str | None:
    """Read the annotation of a parameter.

    Returns:
        The watermark that it takes, or what is wrong with it; None for a parameter that takes none.
    """
    found = [item for item in get_args(annotation)[1:] if isinstance(item, Watermark)]
    if get_origin(annotation) is not Annotated or not found:
        return None
    mark = found[0]
    fault = None
    if len(found) > 1:
        fault = "that names two watermarks"
    elif has_default:
        fault = "that is a watermark and has a default, which is never used: before the first run it is None"
    elif (kind := _optional(get_args(annotation)[0])) is None:
        fault = "that is a watermark and cannot be None, which it is before the first run"
    else:
        fault = _column_fault(mark, kind)
    return fault or WatermarkParameter(parameter, mark.dataset, mark.column)


def _column_fault(mark: Watermark, kind: Any) -> str | None:
    of = f"the watermark of {mark.column!r:.80} in dataset {mark.dataset.name!r}"
    if mark.dataset.storage is None or mark.dataset.source or mark.dataset.table is None:
        return f"that is {of}, which has no storage, no schema or is a source"
    dtype = mark.dataset.table.dtypes.get(mark.column)
    if dtype is None:
        return f"that is {of}, which has no such column"
    if not _holds(kind, dtype):
        return f"that is {of}, which has dtype {dtype}, as {getattr(kind, '__name__', kind)}"
    return None


def _optional(annotation: Any) -> Any:
    """Return what a type is besides None; None if it cannot be None."""
    if get_origin(annotation) not in {Union, types.UnionType}:
        return None
    members = [member for member in get_args(annotation) if member is not type(None)]
    return members[0] if len(members) == 1 and len(get_args(annotation)) > 1 else None


def _holds(kind: Any, dtype: pl.DataType) -> bool:
    """Say whether the values of a column are of a type, which must have an order."""
    if kind is Decimal:
        return isinstance(dtype, pl.Decimal)
    try:
        expected = dtype_of(take_apart(kind))
    except UnsupportedError:
        return False
    if kind not in _KINDS:
        return False
    if isinstance(expected, pl.Int64):
        return dtype.is_integer()
    if isinstance(expected, pl.Float64):
        return dtype.is_float()
    return type(expected) is type(dtype)
