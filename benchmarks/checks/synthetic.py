"""Pipelines of any size and shape, of tasks such as people write: two tables in, one out, a run parameter.

Functions and datasets are made first, so that reading signatures can be measured apart from Python's own `def`; hence
annotations are evaluated where they stand, and not as strings later.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

import polars as pl
from pydantic import BaseModel, Field

from glacier_runtime import Dataset, Provider
from glacier_runtime.config import LocalConfig
from glacier_runtime.tasks import AnyTask

__all__ = ["SHAPES", "Blank", "Row", "declare", "undeclared"]

_provider: Final = Provider(config=LocalConfig())
_lake: Final = _provider.bucket("lake")
_local: Final = _provider.local()


class Row(BaseModel):
    """A day of an airport."""

    day: date
    airport: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    flights: Annotated[int, Field(ge=0)]
    delay_min: float | None
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Blank:
    """A task that is not one yet: a function, and the name it is to have."""

    name: str
    function: Callable[..., pl.LazyFrame]


def _chain(number: int) -> tuple[int, int]:
    return number, number + 1


def _wide(_number: int) -> tuple[int, int]:
    return 0, 1


def _diamonds(number: int) -> tuple[int, int]:
    """One task parts the data, two work on a part each, one joins them; then all over again."""
    block, place = divmod(number, 4)
    top = 4 * block + 1
    return {0: (top - 1, top), 1: (top + 1, 0), 2: (top + 1, 1), 3: (top + 2, top + 3)}[place]


def _mixed(number: int) -> tuple[int, int]:
    """Each task reads the newest dataset, and one from the middle."""
    return number + 1, number // 2


SHAPES: Final[dict[str, Callable[[int], tuple[int, int]]]] = {
    "chain": _chain,
    "wide": _wide,
    "diamonds": _diamonds,
    "mixed": _mixed,
}
"""By name: which two datasets the task of a number reads. Datasets 0 and 1 are sources, task n makes dataset n + 2."""


def undeclared(shape: str, size: int) -> list[Blank]:
    """Make the functions and datasets of a pipeline, and no tasks yet."""
    datasets = [
        Dataset(f"table-{n}", storage=_lake.at(f"s{n % 7}/t{n}.parquet"), schema=Row, source=n < 2)
        for n in range(size + 2)
    ]
    blanks = []
    for number in range(size):
        left, right = SHAPES[shape](number)
        blanks.append(_blank(datasets[left], datasets[right], datasets[number + 2]))
    return blanks


def declare(blanks: list[Blank]) -> list[AnyTask]:
    """Make tasks: this is where Glacier reads signatures."""
    return [_local.task(name=blank.name)(blank.function) for blank in blanks]


def _blank(left: Dataset, right: Dataset, made: Dataset) -> Blank:
    def work(
        left: Annotated[pl.LazyFrame, left],
        right: Annotated[pl.LazyFrame, right],
        since: date = date(2013, 1, 1),
    ) -> Annotated[pl.LazyFrame, made]:
        recent = left.filter(pl.col("day") >= since)
        joined = recent.join(right, on=["day", "airport"], how="left")
        return joined.with_columns(
            pl.col("flights") + pl.col("flights_right").fill_null(0),
            pl.col("cancelled") | pl.col("cancelled_right").fill_null(value=False),
        ).select(*Row.model_fields)

    return Blank(f"make-{made.name}", work)
