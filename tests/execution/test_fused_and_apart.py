"""One query for all, or one for each task: the data is the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from pydantic import BaseModel, Field

from glacier_runtime import Dataset
from glacier_runtime.tasks import AnyTask
from tests.execution.local_runs import lake, local, run_tasks


class Raw(BaseModel):
    number: int
    day: date
    amount: float | None


class Good(BaseModel):
    number: int = Field(ge=0)
    day: date
    amount: float = Field(gt=0)


class Rejected(BaseModel):
    number: int
    reason: str


class Daily(BaseModel):
    day: date
    total: float
    count: int


class Share(BaseModel):
    number: int
    share: float = Field(gt=0, le=1)


ROWS = 5000


def raw_rows() -> pl.DataFrame:
    return pl.DataFrame({"number": range(ROWS)}).select(
        "number",
        day=pl.lit(date(2024, 1, 1)) + pl.duration(days=pl.col("number") % 7),
        amount=pl.when(pl.col("number") % 11 > 0).then((pl.col("number") % 97).cast(pl.Float64)),
    )


def diamond(root: Path, suffix: str) -> tuple[Mapping[str, Dataset], list[AnyTask]]:
    """Sort out what is bad, keep the good by day, sum it up, and relate every row to its sum."""
    bucket = lake(root)
    bucket_folder = root / "data/lake"
    bucket_folder.mkdir(parents=True, exist_ok=True)
    raw_rows().write_parquet(bucket_folder / "raw.parquet")
    raw = Dataset("raw", storage=bucket.at("raw.parquet"), schema=Raw, source=True)
    good = Dataset("good", storage=bucket.at("good/"), schema=Good, partition_by="day")
    rejected = Dataset("rejected", storage=bucket.at(f"rejected{suffix}"), schema=Rejected)
    daily = Dataset("daily", storage=bucket.at(f"daily{suffix}"), schema=Daily)
    weekend = Dataset("weekend", schema=Good)
    shares = Dataset("shares", storage=bucket.at(f"shares{suffix}"), schema=Share)

    @local.task
    def sort_out(
        rows: Annotated[pl.LazyFrame, raw],
    ) -> tuple[Annotated[pl.LazyFrame, good], Annotated[pl.LazyFrame, rejected]]:
        is_good = pl.col("amount") > 0
        bad = rows.filter(~is_good.fill_null(value=False))
        why = pl.when(pl.col("amount").is_null()).then(pl.lit("none")).otherwise(pl.lit("zero"))
        return rows.filter(is_good), bad.select("number", reason=why)

    @local.task
    def sum_up(rows: Annotated[pl.LazyFrame, good]) -> Annotated[pl.LazyFrame, daily]:
        count = pl.len().cast(pl.Int64).alias("count")
        return rows.group_by("day").agg(pl.col("amount").sum().alias("total"), count)

    @local.task
    def pick(rows: Annotated[pl.LazyFrame, good]) -> Annotated[pl.LazyFrame, weekend]:
        return rows.filter(pl.col("day").dt.weekday() > 5)

    @local.task
    def relate(
        rows: Annotated[pl.LazyFrame, weekend], totals: Annotated[pl.LazyFrame, daily]
    ) -> Annotated[pl.LazyFrame, shares]:
        joined = rows.join(totals, on="day")
        return joined.select("number", share=pl.col("amount") / pl.col("total"))

    made = {"good": good, "rejected": rejected, "daily": daily, "shares": shares}
    return made, [sort_out, sum_up, pick, relate]


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".ndjson", ".arrow"])
def test_a_diamond_gives_equal_data_fused_and_task_by_task(suffix: str, tmp_path: Path) -> None:
    found = []
    for fuse in (True, False):
        root = tmp_path / f"fused-{fuse}"
        datasets, tasks = diamond(root, suffix)
        result = run_tasks(root, *tasks, fuse=fuse)
        assert len(result.groups) == (1 if fuse else 4)
        found.append({name: result[dataset] for name, dataset in datasets.items()})
    fused, apart = found
    for name, made in fused.items():
        left, right = (
            frame.sort(frame.columns) for frame in (made.collect(), apart[name].collect())
        )
        assert_frame_equal(left, right)
        assert made.rows == left.height == apart[name].rows
    assert fused["good"].collect().height + fused["rejected"].collect().height == ROWS
    assert fused["shares"].collect()["share"].sum() == pytest.approx(2.0)


def test_fused_and_apart_write_the_same_partitions(tmp_path: Path) -> None:
    paths = []
    for fuse in (True, False):
        root = tmp_path / f"fused-{fuse}"
        datasets, tasks = diamond(root, ".parquet")
        path = run_tasks(root, *tasks, fuse=fuse)[datasets["good"]].path
        assert path is not None
        paths.append({str(file.relative_to(path)) for file in path.rglob("*.parquet")})
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(7)]
    assert paths[0] == paths[1] == {f"day={day}/00000000.parquet" for day in days}
