"""Backfills of one dataset in processes of their own, at once: of different days both succeed, of the same day one does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

import polars as pl
import pytest
from pydantic import BaseModel

from glacier_runtime import Dataset, LocalExecutor, Partition
from glacier_runtime.errors import StorageError
from glacier_runtime.storage.versions import current_version, versions_of
from tests.partitions.backfilling import backfill, main, pipeline_in
from tests.partitions.shop import JANUARY, Sale, lake, local, run, sales_of, write_raw
from tests.storage.sharers import Sharer, Start, line, sharers


class Changed(BaseModel):
    day: date
    region: str
    n: str


DAYS = [day.isoformat() for day in JANUARY]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start backfills, and wait until they make their first day."""
    write_raw(tmp_path, sales_of(JANUARY))
    with sharers(main, None) as starting:

        def started(*days: str, works: bool = True) -> Sharer:
            child = starting(tmp_path, *days)
            while works and not (tmp_path / f"in-{days[0]}").exists() and child.lives:
                time.sleep(0.01)
            return child

        yield started


def days_in(root: Path) -> list[str]:
    """Read the days as tools do that know no Glacier."""
    files = root / "data/lake/sales/**/*.parquet"
    return [day.isoformat() for day in pl.read_parquet(files)["day"].sort()]


def test_two_backfills_of_different_days_both_succeed(start: Start, tmp_path: Path) -> None:
    children = [start(*DAYS[:3]), start(*DAYS[3:6])]
    (tmp_path / "go").touch()

    assert [line(child) for child in children] == ["done", "done"]
    assert days_in(tmp_path) == DAYS[:6]
    pipeline, sales, weeks = pipeline_in(tmp_path)
    for dataset in (sales, weeks):
        assert dataset.storage is not None
        version = current_version(dataset.storage, tmp_path)
        assert version is not None
        assert list(version.output.partitions) == [f"day={day}" for day in DAYS[:6]]
    # What one has read before the other had published it is known to be stale, and made again.
    partitions = [f"day={day}" for day in DAYS[:6]]
    LocalExecutor(root=tmp_path, partitions=partitions).execute(pipeline, {})
    sold = pl.read_parquet(tmp_path / "data/lake/weeks/**/*.parquet").sort("day")["sold"]
    assert sold.to_list() == [1, 3, 6, 10, 15, 21]


def test_of_two_backfills_of_the_same_day_one_wins_whole_and_the_other_names_it(
    start: Start, tmp_path: Path
) -> None:
    first = start(*DAYS[:3])
    second = start(*DAYS[2:5], works=False)

    refusal = line(second)
    assert refusal.startswith(
        "refused GLC505 day=2024-01-03 of dataset 'sales' is being written by run "
    )
    assert f"process {first.pid}" in refusal
    (tmp_path / "go").touch()
    assert line(first) == "done"
    assert days_in(tmp_path) == DAYS[:3]


def test_a_killed_backfill_frees_its_days_and_leaves_those_of_the_other(
    start: Start, tmp_path: Path
) -> None:
    killed, other = start(*DAYS[:3]), start(*DAYS[3:5])
    killed.kill()
    again = start(*DAYS[:2], works=False)
    (tmp_path / "go").touch()

    assert [line(child) for child in (other, again)] == ["done", "done"]
    assert days_in(tmp_path) == [*DAYS[:2], *DAYS[3:5]]
    assert backfill(tmp_path, DAYS[:5]) == "done"
    assert days_in(tmp_path) == DAYS[:5]
    _, sales, _ = pipeline_in(tmp_path)
    assert sales.storage is not None
    live = {a for v in versions_of(sales.storage, tmp_path) for a in v.output.attempts}
    attempts = tmp_path / "data/lake/_glacier/sales/attempts"
    assert {path.name for path in attempts.iterdir()} == live


def test_a_backfill_that_begins_leaves_what_another_is_writing(
    start: Start, tmp_path: Path
) -> None:
    slow = start(DAYS[0])
    attempt = tmp_path / "data/lake/_glacier/sales/attempts/of-the-slow-one"
    attempt.mkdir(parents=True)
    quick = start(DAYS[1])
    assert attempt.exists()
    (tmp_path / "go").touch()
    assert [line(child) for child in (slow, quick)] == ["done", "done"]
    assert backfill(tmp_path, DAYS[2:3]) == "done"
    assert not attempt.exists(), "who is alone removes what the dead left"


def test_backfills_of_two_schemas_publish_both_and_readers_are_told(tmp_path: Path) -> None:
    """As if the code was changed while a backfill is at work."""
    place, ran = lake(tmp_path).at("sales/"), list[str]()
    before = Dataset("sales", storage=place, schema=Sale, partition_by="day")
    after = Dataset("sales", storage=place, schema=Changed, partition_by="day")

    @local.task
    def make_new(day: Partition[date]) -> Annotated[pl.LazyFrame, after]:
        return pl.LazyFrame({"day": [day], "region": ["eu"], "n": ["one"]})

    @local.task(dry_run=False)
    def make_old(day: Partition[date]) -> Annotated[pl.LazyFrame, before]:
        run(tmp_path, make_new, keys=[f"day={DAYS[1]}"])
        ran.append("new")
        return pl.LazyFrame({"day": [day], "region": ["eu"], "n": [1]})

    run(tmp_path, make_old, keys=[f"day={DAYS[0]}"])

    assert ran == ["new"]
    version = current_version(place, tmp_path)
    assert version is not None
    assert list(version.output.partitions) == [f"day={day}" for day in DAYS[:2]]
    totals = Dataset("totals", storage=lake(tmp_path).at("totals.parquet"))

    @local.task
    def total(sales: Annotated[pl.LazyFrame, after]) -> Annotated[pl.LazyFrame, totals]:
        return sales.select("n")

    with pytest.raises(StorageError, match="has column 'n' as Int64 instead of String"):
        run(tmp_path, make_new, total, keys=[f"day={DAYS[1]}"])
