"""A shop whose days are partitions: datasets below a folder, and tasks that make one day, several columns, or all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
from pydantic import BaseModel

from glacier_runtime import Dataset, LocalExecutor, Partition, Pipeline, Provider
from glacier_runtime.config import LocalConfig
from glacier_runtime.execution.results import RunResult
from glacier_runtime.parameters import resolve
from glacier_runtime.resources.bucket import Bucket
from glacier_runtime.tasks import AnyTask

__all__ = ["JANUARY", "Region", "Sale", "by_day", "lake", "local", "run", "sales_of", "write_raw"]

local = Provider(config=LocalConfig()).local()
Region = Literal["eu", "us"]
JANUARY = [date(2024, 1, day) for day in range(1, 11)]


class Sale(BaseModel):
    day: date | None
    region: str
    n: int


class Hourly(BaseModel):
    hour: datetime
    n: int


def lake(root: Path) -> Bucket:
    return Provider(config=LocalConfig(base_path=root / "data")).bucket("lake")


def sales_of(days: Sequence[date | None], region: str = "eu") -> pl.DataFrame:
    schema = {"day": pl.Date, "region": pl.String, "n": pl.Int64}
    rows = {"day": days, "region": [region] * len(days), "n": range(1, len(days) + 1)}
    return pl.DataFrame(rows, schema=schema)


def write_raw(root: Path, frame: pl.DataFrame) -> None:
    file = root / "data/lake/raw.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(file)


def by_day(root: Path) -> tuple[Dataset, Dataset, AnyTask]:
    """Return sales as they come in, by day, and what splits them."""
    raw = Dataset("raw", storage=lake(root).at("raw.parquet"), schema=Sale, source=True)
    sales = Dataset("sales", storage=lake(root).at("sales/"), schema=Sale, partition_by="day")

    @local.task
    def split(
        raw: Annotated[pl.LazyFrame, raw], day: Partition[date]
    ) -> Annotated[pl.LazyFrame, sales]:
        return raw.filter(pl.col("day") == day)

    return raw, sales, split


def run(
    root: Path, *tasks: AnyTask, keys: Sequence[str] = (), parallel: int = 1, **params: object
) -> RunResult:
    """Run tasks for keys, without the checks before a run."""
    pipeline = Pipeline(name="under-test", tasks=tasks)
    executor = LocalExecutor(root=root, partitions=keys, parallel=parallel)
    return executor.execute(pipeline, resolve(pipeline.parameters, params))
