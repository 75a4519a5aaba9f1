"""Carriers: the Python types that carry a dataset into or out of a task."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import polars as pl
from pydantic import BaseModel

from glacier_runtime.datasets import Dataset
from glacier_runtime.signatures import Carrier
from glacier_runtime.sources import Source
from glacier_runtime.storage.formats import TableFormat

__all__ = ["FRAMES", "carrier_fix", "default_carrier", "suits"]

FRAMES: Final = (pl.LazyFrame, pl.DataFrame)
_TABLE_CARRIERS: Final = (*FRAMES, Source)


def suits(carrier: Any, dataset: Dataset) -> bool:
    """Say whether a type can carry a dataset of its format."""
    match dataset.kind.name:
        case "json":
            wanted = dataset.schema
            is_model = isinstance(carrier, type) and issubclass(carrier, BaseModel)
            return carrier is dict or (is_model and wanted in {None, carrier})
        case "files":
            return carrier is Path
        case _:
            return carrier in _TABLE_CARRIERS


def default_carrier(dataset: Dataset) -> Carrier:
    """Return what carries a dataset where nothing else is said: frames lazily, documents by their schema."""
    if isinstance(dataset.kind, TableFormat):
        return pl.LazyFrame
    return Path if dataset.kind.name == "files" else dataset.document or dict


def carrier_fix(dataset: Dataset) -> str:
    """Return what to write instead of a type that cannot carry a dataset."""
    match dataset.kind.name:
        case "json":
            model = dataset.schema.__name__ if dataset.schema else "a pydantic model"
            return f"use {model} or dict[str, object], or another format="
        case "files":
            return "use pathlib.Path, or another format="
        case _:
            return "use pl.LazyFrame or pl.DataFrame, or another format="
