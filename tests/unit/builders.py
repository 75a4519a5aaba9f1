"""Small things that many tests declare."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Annotated, Any

import polars as pl
from pydantic import BaseModel

from glacier_runtime import Dataset, Previous, Provider
from glacier_runtime.config import LocalConfig
from glacier_runtime.errors import Problem
from glacier_runtime.resources.compute import ComputeResource
from glacier_runtime.tasks import AnyTask

PROVIDER = Provider(config=LocalConfig())
LAKE = PROVIDER.bucket("lake")
LOCAL = PROVIDER.local()


class Row(BaseModel):
    """The least a table can hold."""

    x: int


def stored(name: str, path: str | None = None, *, source: bool = False) -> Dataset:
    """Return a dataset of one column, in a file of its own."""
    return Dataset(name, storage=LAKE.at(path or f"{name}.parquet"), schema=Row, source=source)


def in_memory(*names: str) -> tuple[Dataset, ...]:
    """Return datasets that lie nowhere."""
    return tuple(map(Dataset, names))


def table(dataset: Dataset) -> Any:
    """Return the alias that stands for a dataset in annotations."""
    return Annotated[pl.LazyFrame, dataset]


def before(dataset: Dataset) -> Any:
    """Return the alias that stands for the previous version of a dataset."""
    return Previous[table(dataset)]  # type: ignore[misc]  # made at run time


def task(
    name: str,
    *,
    reads: Iterable[Dataset] = (),
    previous: Iterable[Dataset] = (),
    writes: Iterable[Dataset] = (),
    on: ComputeResource = LOCAL,
) -> AnyTask:
    """Return a task that has the given edges and does nothing."""
    inputs = {_parameter(dataset): table(dataset) for dataset in reads}
    inputs |= {f"old_{_parameter(dataset)}": before(dataset) for dataset in previous}
    made = tuple(map(table, writes))

    def function(**_: object) -> None:
        return None

    function.__annotations__ = {**inputs, "return": tuple[made] if made else None}  # type: ignore[valid-type]
    function.__dict__["__signature__"] = inspect.Signature(
        [
            inspect.Parameter(parameter, inspect.Parameter.KEYWORD_ONLY, annotation=annotation)
            for parameter, annotation in inputs.items()
        ]
    )
    return on.task(name=name)(function)


def codes(problems: Iterable[Problem]) -> list[str]:
    """Return the codes of problems, in order."""
    return [problem.code.code for problem in problems]


def _parameter(dataset: Dataset) -> str:
    return dataset.name.replace("-", "_")
