"""One partition of one task, started alone, as in a cloud: by its key, by params, or by a logical date."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import pytest

from glacier_runtime import Dataset, Partition
from glacier_runtime.errors import ExecutionError, GlacierError, StorageError
from glacier_runtime.run_task.finding import FoundTask
from glacier_runtime.run_task.outcomes import Outcome, outcome_of
from glacier_runtime.run_task.request import read_request
from glacier_runtime.run_task.results import TaskResult
from glacier_runtime.run_task.running import run_task
from glacier_runtime.storage.versions import current_version
from tests.partitions.shop import JANUARY, Sale, by_day, lake, local, run, sales_of, write_raw


@pytest.fixture(autouse=True)
def _in_a_known_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLACIER_CLOUD", "local")


def start(root: Path, task: Any, **request: object) -> TaskResult:
    names = {"day", *(parameter.name for parameter in task.signature.parameters)}
    found = FoundTask(task, "under-test", names, root)
    return run_task(found, read_request({"task": task.name, "run_id": "r1", **request}))


@pytest.mark.parametrize(
    "request_",
    [
        {"partition": "day=2024-01-02"},
        {"params": {"day": "2024-01-02"}},
        {"logical_date": "2024-01-02T05:00:00Z"},
        {"logical_date": "2024-01-01T23:30:00Z[Europe/Berlin]"},
        {"partition": "day=2024-01-02", "logical_date": "2024-02-01"},
    ],
)
def test_a_partition_is_asked_for_in_three_ways_and_is_the_same_in_all(
    tmp_path: Path, request_: Mapping[str, object]
) -> None:
    write_raw(tmp_path, sales_of(JANUARY[:3]))
    raw, sales, _ = by_day(tmp_path)
    seen: list[tuple[date, datetime]] = []

    @local.task
    def split(
        raw: Annotated[pl.LazyFrame, raw], day: Partition[date], logical_date: datetime
    ) -> Annotated[pl.LazyFrame, sales]:
        seen.append((day, logical_date))
        return raw.filter(pl.col("day") == day)

    done = start(tmp_path, split, **request_)

    assert (done.status, done.partition) == ("done", "day=2024-01-02")
    assert seen == [(date(2024, 1, 2), datetime(2024, 1, 2, tzinfo=UTC))]
    assert pl.read_parquet(tmp_path / "data/lake/sales/**/*.parquet")["n"].to_list() == [2]


def test_one_run_makes_several_partitions_each_once(tmp_path: Path) -> None:
    write_raw(tmp_path, sales_of(JANUARY[:3]))
    _, sales, split = by_day(tmp_path)
    assert sales.storage is not None

    days = [start(tmp_path, split, partition=f"day={day}") for day in JANUARY[:2]]
    again = start(tmp_path, split, partition="day=2024-01-01", attempt=1)

    assert [(day.skipped, day.outputs[0].version) for day in days] == [(False, 1), (False, 2)]
    assert again.skipped
    version = current_version(sales.storage, tmp_path)
    assert version is not None
    assert list(version.output.partitions) == ["day=2024-01-01", "day=2024-01-02"]
    assert [part.rows for part in version.output.partitions.values()] == [1, 1]
    runs = tmp_path / "data/lake/_glacier/runs/r1"
    assert sorted(file.relative_to(runs).as_posix() for file in runs.rglob("*.json")) == [
        "day=2024-01-01/split.json",
        "day=2024-01-02/split.json",
    ]


def test_without_a_key_or_with_a_wrong_one_nothing_begins(tmp_path: Path) -> None:
    write_raw(tmp_path, sales_of(JANUARY[:3]))
    _, _, split = by_day(tmp_path)
    wrong: list[tuple[str, dict[str, object]]] = [
        ("GLC631", {}),
        ("GLC632", {"partition": "day=tomorrow"}),
        ("GLC632", {"partition": "month=1"}),
        ("GLC632", {"params": {"day": "tomorrow"}}),
        ("GLC518", {"partition": 7}),
    ]
    for code, request in wrong:
        with pytest.raises(GlacierError) as caught:
            start(tmp_path, split, **request)
        assert caught.value.codes == (code,)
    assert not (tmp_path / "data/lake/sales").exists()


def test_rows_of_another_day_are_refused(tmp_path: Path) -> None:
    write_raw(tmp_path, sales_of(JANUARY[:2]))
    raw, sales, _ = by_day(tmp_path)

    @local.task
    def careless(
        raw: Annotated[pl.LazyFrame, raw],
        day: Partition[date],  # noqa: ARG001 (it does not look)
    ) -> Annotated[pl.LazyFrame, sales]:
        return raw

    with pytest.raises(ExecutionError) as caught:
        start(tmp_path, careless, partition="day=2024-01-01")
    assert caught.value.codes == ("GLC633",)


def test_what_a_backfill_made_a_scheduled_run_makes_again_in_the_same_way(tmp_path: Path) -> None:
    write_raw(tmp_path, sales_of(JANUARY[:2]))
    _, sales, split = by_day(tmp_path)
    run(tmp_path, split, keys=["day=2024-01-01", "day=2024-01-02"])
    before = pl.read_parquet(tmp_path / "data/lake/sales/**/*.parquet")

    start(tmp_path, split, logical_date="2024-01-02T05:00:00Z")

    after = pl.read_parquet(tmp_path / "data/lake/sales/**/*.parquet")
    assert after.sort("n").equals(before.sort("n"))
    assert isinstance(sales, Dataset)


def test_a_task_without_a_key_leaves_the_key_of_others_alone(tmp_path: Path) -> None:
    write_raw(tmp_path, sales_of(JANUARY[:2]))
    raw, _, _ = by_day(tmp_path)
    whole = Dataset("whole", storage=lake(tmp_path).at("whole.parquet"), schema=Sale)

    @local.task
    def copy(raw: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, whole]:
        return raw

    assert start(tmp_path, copy, params={"day": "2024-01-01"}).outputs[0].rows == 2


def test_a_source_that_is_replaced_meanwhile_is_worth_another_attempt(tmp_path: Path) -> None:
    write_raw(tmp_path, sales_of(JANUARY[:2]))
    raw, sales, _ = by_day(tmp_path)

    @local.task
    def split(
        raw: Annotated[pl.LazyFrame, raw], day: Partition[date]
    ) -> Annotated[pl.LazyFrame, sales]:
        write_raw(tmp_path, sales_of(JANUARY[:3]))
        return raw.filter(pl.col("day") == day)

    with pytest.raises(StorageError, match="was changed while it was read") as caught:
        start(tmp_path, split, partition="day=2024-01-01")
    assert caught.value.codes == ("GLC520",)
    assert outcome_of(caught.value) is Outcome.TRY_AGAIN
    assert not (tmp_path / "data/lake/sales").exists()
