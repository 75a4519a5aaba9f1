"""The one pipeline that all faults meet, and what readers see of it.

Every row says which generation of the source it was made from, so that a mixture cannot hide. There is a group with two outputs
in single files, a dataset of partitions by day, a summary of them, and a secret.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from typing import Annotated

import polars as pl
from pydantic import BaseModel

from glacier_runtime import Dataset, Partition, Pipeline, Provider, Secret
from glacier_runtime.execution.inputs import Pinned, pin, scan
from glacier_runtime.storage.locations import Location
from tests.faults.places import Place

__all__ = ["DAYS", "KEYS", "SINGLE_FILES", "TOKEN", "Books", "Seen", "books", "look", "raw_rows"]

TOKEN = "canary-5f3c91d7a2"
"""The secret: it may be in memory, and nowhere else."""

DAYS = tuple(date(2026, 1, day) for day in (1, 2, 3))
KEYS = tuple(f"day={day}" for day in DAYS)
SINGLE_FILES = ("flat", "odd", "total")


class Row(BaseModel):
    generation: int
    number: int
    day: date


class Total(BaseModel):
    generation: int
    oldest: int
    rows: int


@dataclass(frozen=True)
class Books:
    """The pipeline, and its datasets by name."""

    pipeline: Pipeline
    datasets: dict[str, Dataset]

    def location(self, name: str) -> Location:
        found = self.datasets[name].storage
        assert found is not None
        return found


def books(*, is_told_a_secret: bool = True) -> Books:
    """Declare the pipeline where the environment says that its data is.

    Args:
        is_told_a_secret: Whether a task takes one; in a cloud the credentials of the store are secret enough.
    """
    provider = Provider.from_env()
    lake, small = provider.bucket("lake"), provider.serverless()
    raw = Dataset("raw", storage=lake.at("raw.parquet"), schema=Row, source=True)
    flat = Dataset("flat", storage=lake.at("flat.parquet"), schema=Row)
    odd = Dataset("odd", storage=lake.at("odd.parquet"), schema=Row)
    days = Dataset("days", storage=lake.at("days/"), schema=Row, partition_by="day")
    total = Dataset("total", storage=lake.at("total.parquet"), schema=Total)

    def kept(rows: pl.LazyFrame, fail_at: int, token: str) -> pl.LazyFrame:
        def check(batch: pl.Series) -> pl.Series:
            if fail_at in batch:
                message = f"401 for {token} at row {fail_at}"
                raise ValueError(message)
            return batch

        if fail_at < 0:
            return rows
        return rows.with_columns(
            pl.col("number").map_batches(check, return_dtype=pl.Int64, is_elementwise=True)
        )

    @small.task
    def copy(
        raw: Annotated[pl.LazyFrame, raw],
        token: Annotated[str, Secret("api-token")],
        fail_at: int = -1,
    ) -> tuple[Annotated[pl.LazyFrame, flat], Annotated[pl.LazyFrame, odd]]:
        rows = kept(raw, fail_at, token)
        return rows, rows.filter(pl.col("number") % 2 == 1)

    @small.task(name="copy")
    def copy_without(
        raw: Annotated[pl.LazyFrame, raw], fail_at: int = -1
    ) -> tuple[Annotated[pl.LazyFrame, flat], Annotated[pl.LazyFrame, odd]]:
        rows = kept(raw, fail_at, "")
        return rows, rows.filter(pl.col("number") % 2 == 1)

    @small.task
    def split(
        rows: Annotated[pl.LazyFrame, flat], day: Partition[date]
    ) -> Annotated[pl.LazyFrame, days]:
        return rows.filter(pl.col("day") == day)

    @small.task
    def add_up(rows: Annotated[pl.LazyFrame, days]) -> Annotated[pl.LazyFrame, total]:
        generation = pl.col("generation")
        return rows.select(
            generation=generation.max(), oldest=generation.min(), rows=pl.len().cast(pl.Int64)
        )

    tasks = [copy if is_told_a_secret else copy_without, split, add_up]
    datasets = {dataset.name: dataset for dataset in (raw, flat, odd, days, total)}
    return Books(Pipeline(name="books", tasks=tasks), datasets)


def raw_rows(generation: int, rows: int) -> bytes:
    """Return the source of a generation, as a file."""
    number = pl.int_range(rows, eager=True).alias("number").to_frame()
    day = pl.lit(pl.Series(DAYS)).gather(pl.col("number") % len(DAYS))
    file = io.BytesIO()
    generations = pl.lit(generation, pl.Int64).alias("generation")
    made = number.select(generations, "number", day=day)
    made.write_parquet(file, row_group_size=max(1, rows // 8))
    return file.getvalue()


@dataclass(frozen=True)
class Seen:
    """Which generation each dataset, partition and stable file shows; None where there is nothing.

    Attributes:
        inside: To readers through Glacier: `flat`, `odd`, `total`, and partitions by their label.
        outside: To plain readers of single files.
    """

    inside: dict[str, int | None]
    outside: dict[str, int | None]

    @property
    def published(self) -> set[int | None]:
        return set(self.inside.values())


def look(place: Place, rows: int, edited: str = "") -> Seen:
    """Read everything to its end, but a stable file that is somebody else's.

    Raises:
        AssertionError: If something is not whole.
        GlacierError: If Glacier says that it cannot be read.
    """
    made = books()
    inside: dict[str, int | None] = {}
    for name in SINGLE_FILES:
        pinned = pin(made.datasets[name], place.root)
        inside[name] = None if pinned is None else _generation(name, scan(pinned), rows)
    pinned = pin(made.datasets["days"], place.root)
    inside |= dict.fromkeys(KEYS) if pinned is None else _generations_of_days(pinned, rows)
    outside: dict[str, int | None] = {}
    for name in SINGLE_FILES:
        content = place.read(f"{name}.parquet")
        outside[name] = None
        if content is not None and name != edited:
            outside[name] = _generation(name, pl.read_parquet(io.BytesIO(content)).lazy(), rows)
    return Seen(inside, outside)


def _generations_of_days(pinned: Pinned, rows: int) -> dict[str, int | None]:
    frame = scan(pinned)
    found: dict[str, int | None] = {}
    days = frame.select(pl.col("day").unique()).collect()["day"].to_list()
    assert set(days) <= set(DAYS), f"days that nobody made: {days}"
    for number, (day, key) in enumerate(zip(DAYS, KEYS, strict=True)):
        of_day = len(range(number, rows, len(DAYS)))
        only = frame.filter(pl.col("day") == day)
        found[key] = _one_of(key, only, of_day) if day in days else None
    return found


def _generation(name: str, frame: pl.LazyFrame, rows: int) -> int:
    if name != "total":
        return _one_of(name, frame, rows if name == "flat" else rows // 2)
    (total,) = frame.collect().to_dicts()
    assert total["generation"] == total["oldest"], f"total was made of a mixture: {total}"
    assert total["rows"] == rows, f"total was made of some rows: {total}"
    return int(total["generation"])


def _one_of(name: str, frame: pl.LazyFrame, rows: int) -> int:
    found = (
        frame.group_by("generation")
        .agg(rows=pl.len(), distinct=pl.col("number").n_unique())
        .collect()
        .to_dicts()
    )
    assert len(found) == 1, f"{name} is a mixture: {found}"
    assert found[0]["rows"] == found[0]["distinct"] == rows, f"{name} is not whole: {found}"
    return int(found[0]["generation"])
