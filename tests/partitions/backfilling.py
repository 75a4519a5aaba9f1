"""A backfill in a process of its own, which waits inside its tasks.

Each of its days is read from a source, and each week from seven days. A task that makes a day waits for the file `go`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated

import polars as pl
from pydantic import BaseModel

from glacier_runtime import Dataset, LocalExecutor, Partition, Pipeline, Window
from glacier_runtime.errors import GlacierError
from tests.partitions.shop import Sale, lake, local

__all__ = ["backfill", "main", "pipeline_in"]


class Week(BaseModel):
    day: date
    sold: int


def pipeline_in(root: Path) -> tuple[Pipeline, Dataset, Dataset]:
    raw = Dataset("raw", storage=lake(root).at("raw.parquet"), schema=Sale, source=True)
    sales = Dataset("sales", storage=lake(root).at("sales/"), schema=Sale, partition_by="day")
    weeks = Dataset("weeks", storage=lake(root).at("weeks/"), schema=Week, partition_by="day")

    @local.task
    def split(
        rows: Annotated[pl.LazyFrame, raw], day: Partition[date]
    ) -> Annotated[pl.DataFrame, sales]:
        (root / f"in-{day}").touch()
        while not (root / "go").exists():
            time.sleep(0.01)
        return rows.filter(pl.col("day") == day).collect()

    @local.task
    def sum_up(
        rows: Annotated[pl.LazyFrame, sales, Window(-6, 0)], day: Partition[date]
    ) -> Annotated[pl.LazyFrame, weeks]:
        return rows.select(pl.lit(day).alias("day"), pl.col("n").sum().alias("sold"))

    return Pipeline(name="sold", tasks=[split, sum_up]), sales, weeks


def backfill(root: Path, days: list[str]) -> str:
    """Make some days, and say how it ended."""
    pipeline, _, _ = pipeline_in(root)
    executor = LocalExecutor(root=root, partitions=[f"day={day}" for day in days])
    try:
        executor.execute(pipeline, {})
    except GlacierError as error:
        return f"refused {' '.join(error.codes)} {error.problems[0].message}"
    return "done"


def main(say: Callable[[str], None], _: object, root: str, *days: str) -> None:
    """Be a process that makes some days."""
    say(backfill(Path(root), [*days]))
