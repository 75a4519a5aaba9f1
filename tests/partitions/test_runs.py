"""Runs that make partitions: what is read, what is written, what is refused, and what stays as it was."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated

import polars as pl
import pytest
from pydantic import BaseModel, Field

from glacier_runtime import (
    Dataset,
    LocalExecutor,
    Partition,
    Pipeline,
    Previous,
    Watermark,
    Whole,
    Window,
)
from glacier_runtime.errors import ExecutionError, ParameterError, StorageError
from glacier_runtime.execution.results import RunResult
from tests.partitions.shop import (
    JANUARY,
    Hourly,
    Region,
    Sale,
    by_day,
    lake,
    local,
    run,
    sales_of,
    write_raw,
)

ONE, TWO, THREE = (f"day=2024-01-0{day}" for day in (1, 2, 3))


class Count(BaseModel):
    day: date
    n: int


def ran(result: RunResult) -> list[str]:
    return [done.group.label for done in result.groups]


def numbers(result: RunResult, name: str) -> list[int]:
    return result[name].collect().sort("n")["n"].to_list()


def folders(root: Path, name: str) -> list[str]:
    place = root / "data/lake" / name
    return sorted(str(f.relative_to(place)) for f in place.rglob("*.parquet"))


def test_each_key_is_a_folder_of_one_dataset_and_others_stay_as_they_are(tmp_path: Path) -> None:
    write_raw(tmp_path, sales_of(JANUARY[:3]))
    _, sales, split = by_day(tmp_path)

    first = run(tmp_path, split, keys=[ONE, TWO])
    assert numbers(first, "sales") == [1, 2]
    untouched = (tmp_path / "data/lake/sales" / TWO / "00000000.parquet").stat()
    second = run(tmp_path, split, keys=[THREE])

    assert numbers(second, "sales") == [1, 2, 3]
    assert folders(tmp_path, "sales") == [f"{day}/00000000.parquet" for day in (ONE, TWO, THREE)]
    assert (tmp_path / "data/lake/sales" / TWO / "00000000.parquet").stat().st_ino == (
        untouched.st_ino
    )
    assert second[sales].version == 3


def test_only_missing_and_stale_partitions_are_made(tmp_path: Path) -> None:
    write_raw(tmp_path, sales_of(JANUARY[:3]))
    _, _, split = by_day(tmp_path)

    assert ran(run(tmp_path, split, keys=[ONE])) == [f"split {ONE}"]
    assert ran(run(tmp_path, split, keys=[ONE, TWO])) == [f"split {TWO}"]
    write_raw(tmp_path, sales_of(JANUARY[:2]))
    assert ran(run(tmp_path, split, keys=[ONE, TWO])) == [f"split {ONE}", f"split {TWO}"]


def test_a_day_without_rows_is_a_partition_that_was_made(tmp_path: Path) -> None:
    write_raw(tmp_path, sales_of(JANUARY[:1]))
    _, sales, split = by_day(tmp_path)

    made = run(tmp_path, split, keys=[TWO])

    assert folders(tmp_path, "sales") == [f"{TWO}/00000000.parquet"]
    assert made[sales].collect().schema == sales_of([]).schema
    assert ran(run(tmp_path, split, keys=[TWO])) == []


@pytest.mark.parametrize("stray", [date(2024, 1, 2), None])
def test_rows_of_another_partition_are_named_and_nothing_is_published(
    tmp_path: Path, stray: date | None
) -> None:
    write_raw(tmp_path, sales_of([JANUARY[0], stray]))
    raw, sales, _ = by_day(tmp_path)

    @local.task
    def careless(
        raw: Annotated[pl.LazyFrame, raw],
        day: Partition[date],  # noqa: ARG001 (the frame is its partition)
    ) -> Annotated[pl.LazyFrame, sales]:
        return raw

    with pytest.raises(ExecutionError, match=f"returned rows of day={stray}") as caught:
        run(tmp_path, careless, keys=[ONE])

    assert caught.value.codes == ("GLC633",)
    assert '.filter((pl.col("day") == day))' in caught.value.problems[0].fix
    assert folders(tmp_path, "sales") == []


def test_the_same_partition_must_be_there_and_the_command_that_makes_it_is_told(
    tmp_path: Path,
) -> None:
    write_raw(tmp_path, sales_of(JANUARY[:3]))
    _, sales, split = by_day(tmp_path)
    kept = Dataset("kept", storage=lake(tmp_path).at("kept/"), schema=Sale, partition_by="day")

    @local.task
    def keep(
        sales: Annotated[pl.LazyFrame, sales],
        day: Partition[date],  # noqa: ARG001 (the frame is its partition)
    ) -> Annotated[pl.LazyFrame, kept]:
        return sales

    run(tmp_path, split, keys=[ONE])
    pipeline = Pipeline(name="under-test", tasks=[split, keep])
    with pytest.raises(StorageError, match=f"partition {TWO} of dataset 'sales'") as caught:
        LocalExecutor(root=tmp_path, only=["keep"], partitions=[TWO]).execute(pipeline, {})
    assert caught.value.codes == ("GLC630",)
    assert f"glacier backfill --key {TWO}" in caught.value.problems[0].fix
    made = LocalExecutor(root=tmp_path, only=["keep"], partitions=[ONE]).execute(pipeline, {})
    assert numbers(made, "kept") == [1]


def test_tasks_of_one_partition_run_as_one_query(tmp_path: Path) -> None:
    write_raw(tmp_path, sales_of(JANUARY[:3]))
    _, sales, split = by_day(tmp_path)
    kept = Dataset("kept", storage=lake(tmp_path).at("kept/"), schema=Sale, partition_by="day")

    @local.task
    def keep(
        sales: Annotated[pl.LazyFrame, sales],
        day: Partition[date],  # noqa: ARG001 (the frame is its partition)
    ) -> Annotated[pl.LazyFrame, kept]:
        return sales.with_columns(pl.col("n") + 10)

    made = run(tmp_path, split, keep, keys=[ONE, TWO])

    assert ran(made) == [f"split + keep {ONE}", f"split + keep {TWO}"]
    assert numbers(made, "kept") == [11, 12]


def test_a_window_reads_what_is_there_and_all_reads_everything(tmp_path: Path) -> None:
    write_raw(tmp_path, sales_of(JANUARY))
    _, sales, split = by_day(tmp_path)
    counts = Dataset(
        "counts", storage=lake(tmp_path).at("counts/"), schema=Count, partition_by="day"
    )
    shares = Dataset(
        "shares", storage=lake(tmp_path).at("shares/"), schema=Count, partition_by="day"
    )

    @local.task
    def count(
        sales: Annotated[pl.LazyFrame, sales, Window(-2, 0)], day: Partition[date]
    ) -> Annotated[pl.LazyFrame, counts]:
        return sales.select(pl.lit(day).alias("day"), pl.len().cast(pl.Int64).alias("n"))

    @local.task
    def share(
        own: Annotated[pl.LazyFrame, sales],
        everything: Annotated[pl.LazyFrame, sales, Whole()],
        day: Partition[date],
    ) -> Annotated[pl.LazyFrame, shares]:
        both = pl.concat([own.select(pl.len()), everything.select(pl.len() * 10)])
        return both.sum().select(pl.lit(day).alias("day"), pl.col("len").cast(pl.Int64).alias("n"))

    made = run(tmp_path, split, count, share, keys=[ONE, TWO, THREE, "day=2024-01-04"], parallel=3)

    assert made[counts].collect().sort("day")["n"].to_list() == [1, 2, 3, 3]
    assert made[shares].collect().sort("day")["n"].to_list() == [41, 41, 41, 41]


def test_of_a_dataset_written_whole_a_partition_that_is_not_there_has_no_rows(
    tmp_path: Path,
) -> None:
    write_raw(tmp_path, sales_of(JANUARY[:1]))
    raw, sales, _ = by_day(tmp_path)
    kept = Dataset("kept", storage=lake(tmp_path).at("kept/"), schema=Sale, partition_by="day")

    @local.task
    def all_at_once(raw: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, sales]:
        return raw

    @local.task
    def keep(
        sales: Annotated[pl.LazyFrame, sales],
        day: Partition[date],  # noqa: ARG001 (the frame is its partition)
    ) -> Annotated[pl.LazyFrame, kept]:
        return sales

    made = run(tmp_path, all_at_once, keep, keys=[ONE, TWO])

    assert made[kept].rows == 1
    assert folders(tmp_path, "kept") == [f"{ONE}/00000000.parquet", f"{TWO}/00000000.parquet"]


def test_of_a_source_in_folders_only_the_one_that_is_meant_is_opened(tmp_path: Path) -> None:
    place = tmp_path / "data/lake/raw"
    for name, n in (("day=2024-01-01", 1), ("day=2024-01-02", 2)):
        (place / name).mkdir(parents=True)
        frame = pl.DataFrame({"region": ["eu"], "n": [n]})
        frame.write_parquet(place / name / "part.parquet")
    raw = Dataset(
        "raw", storage=lake(tmp_path).at("raw/"), schema=Sale, source=True, partition_by="day"
    )
    sales = Dataset("sales", storage=lake(tmp_path).at("sales/"), schema=Sale, partition_by="day")

    @local.task
    def keep(
        raw: Annotated[pl.LazyFrame, raw],
        day: Partition[date],  # noqa: ARG001 (the frame is its partition)
    ) -> Annotated[pl.LazyFrame, sales]:
        return raw

    assert numbers(run(tmp_path, keep, keys=[TWO]), "sales") == [2]
    with pytest.raises(StorageError, match=f"partition {THREE} of dataset 'raw'") as caught:
        run(tmp_path, keep, keys=[THREE])
    assert f"raw/{THREE}/" in caught.value.problems[0].fix


def test_several_columns_nest_and_share_what_they_have_in_common(tmp_path: Path) -> None:
    frame = pl.concat([sales_of(JANUARY[:2], "eu"), sales_of(JANUARY[:2], "us")])
    write_raw(tmp_path, frame)
    _, sales, split = by_day(tmp_path)
    areas = Dataset(
        "areas", storage=lake(tmp_path).at("areas/"), schema=Sale, partition_by=["region", "day"]
    )

    @local.task
    def by_area(
        sales: Annotated[pl.LazyFrame, sales],
        day: Partition[date],  # noqa: ARG001 (the frame is its partition)
        region: Partition[Region],
    ) -> Annotated[pl.LazyFrame, areas]:
        return sales.filter(pl.col("region") == region)

    kept = Dataset("kept", storage=lake(tmp_path).at("kept/"), schema=Sale, partition_by="day")

    @local.task
    def join(
        areas: Annotated[pl.LazyFrame, areas],
        day: Partition[date],  # noqa: ARG001 (the frame is its partition)
    ) -> Annotated[pl.LazyFrame, kept]:
        return areas

    made = run(tmp_path, split, by_area, join, keys=[ONE, TWO])

    assert folders(tmp_path, "areas") == [
        f"region={region}/{day}/00000000.parquet" for region in ("eu", "us") for day in (ONE, TWO)
    ]
    assert made[areas].rows == 4
    rows = made[kept].collect().sort("day", "region")
    assert rows.select("day", "region").rows() == [
        (day, region) for day in JANUARY[:2] for region in ("eu", "us")
    ]


def test_hours_and_texts_lie_in_the_folders_that_polars_would_write(tmp_path: Path) -> None:
    moments = [datetime.combine(JANUARY[0], time(hour)) for hour in (5, 6)]
    place = lake(tmp_path)
    hours = Dataset("hours", storage=place.at("hours/"), schema=Hourly, partition_by="hour")
    whole = Dataset("whole", storage=place.at("whole/"), schema=Hourly, partition_by="hour")

    @local.task
    def hourly(hour: Partition[datetime]) -> Annotated[pl.LazyFrame, hours]:
        assert hour.tzinfo is None
        return pl.LazyFrame({"hour": [hour], "n": [hour.hour]})

    @local.task
    def at_once() -> Annotated[pl.LazyFrame, whole]:
        return pl.LazyFrame({"hour": moments, "n": [5, 6]})

    run(tmp_path, hourly, at_once, keys=["hour=2024-01-01T05", "hour=2024-01-01T06:00Z"])

    assert folders(tmp_path, "hours") == folders(tmp_path, "whole")
    hive = pl.read_parquet(tmp_path / "data/lake/hours", hive_partitioning=True)
    assert hive.sort("n")["hour"].to_list() == moments


def test_hostile_texts_make_folders_of_their_own_and_nothing_else(tmp_path: Path) -> None:
    class Person(BaseModel):
        who: str
        n: int

    people = Dataset(
        "people", storage=lake(tmp_path).at("people/"), schema=Person, partition_by="who"
    )

    @local.task
    def write(who: Partition[str]) -> Annotated[pl.LazyFrame, people]:
        return pl.LazyFrame({"who": [who], "n": [len(who)]})

    names = ["..", ".", "%2F", "a=b", "*", "é😀", "a:b", "a\\b", "day=1", "?x#y", "[a]", "'"]
    run(tmp_path, write, keys=[f"who={name}" for name in names])
    made = run(tmp_path, write, keys=["who=.."])

    assert sorted(made[people].collect()["who"]) == sorted(names)
    assert ran(made) == []
    outside = [f for f in tmp_path.rglob("*.parquet") if "people" not in f.parts]
    assert outside == []
    for hostile in ("../evil", "", " a", "\n", "__HIVE_DEFAULT_PARTITION__"):
        with pytest.raises(ParameterError) as caught:
            run(tmp_path, write, keys=[f"who={hostile}"])
        assert caught.value.codes[0] == "GLC632"


def test_rejects_are_kept_by_partition(tmp_path: Path) -> None:
    class Strict(BaseModel):
        day: date | None
        region: str
        n: Annotated[int, Field(ge=2)]

    write_raw(tmp_path, sales_of([JANUARY[0], JANUARY[0], JANUARY[1]]))
    raw, _, _ = by_day(tmp_path)
    strict = Dataset(
        "strict",
        storage=lake(tmp_path).at("strict/"),
        schema=Strict,
        partition_by="day",
        on_violation="quarantine",
        quarantine=lake(tmp_path).at("rejects/"),
    )

    @local.task
    def sift(
        raw: Annotated[pl.LazyFrame, raw], day: Partition[date]
    ) -> Annotated[pl.LazyFrame, strict]:
        return raw.filter(pl.col("day") == day)

    made = run(tmp_path, sift, keys=[ONE, TWO])

    assert numbers(made, "strict") == [2, 3]
    assert made[strict.rejects].collect()["n"].to_list() == [1]
    assert folders(tmp_path, "rejects") == [f"{ONE}/00000000.parquet", f"{TWO}/00000000.parquet"]


def test_a_task_that_reads_its_own_past_makes_one_partition_after_the_other(
    tmp_path: Path,
) -> None:
    write_raw(tmp_path, sales_of(JANUARY))
    _, sales, split = by_day(tmp_path)
    sums = Dataset("sums", storage=lake(tmp_path).at("sums/"), schema=Count, partition_by="day")
    keys = [f"day={day}" for day in JANUARY]

    @local.task
    def add(
        sales: Annotated[pl.LazyFrame, sales],
        before: Annotated[Previous[Annotated[pl.LazyFrame, sums]], Window(-1, -1)],
        day: Partition[date],
    ) -> Annotated[pl.LazyFrame, sums]:
        both = pl.concat([before.select("n"), sales.select("n")]).sum()
        return both.select(pl.lit(day).alias("day"), "n")

    made = run(tmp_path, split, add, keys=keys, parallel=4)

    assert made[sums].collect().sort("day")["n"].to_list() == [1, 3, 6, 10, 15, 21, 28, 36, 45, 55]


def test_a_watermark_is_the_highest_value_of_the_version_before(tmp_path: Path) -> None:
    raw, _, _ = by_day(tmp_path)
    loaded = Dataset("loaded", storage=lake(tmp_path).at("loaded.parquet"), schema=Sale)
    seen: list[date | None] = []

    @local.task
    def load(
        raw: Annotated[pl.LazyFrame, raw],
        before: Previous[Annotated[pl.LazyFrame, loaded]],
        since: Annotated[date | None, Watermark(loaded, "day")],
    ) -> Annotated[pl.LazyFrame, loaded]:
        seen.append(since)
        new = raw if since is None else raw.filter(pl.col("day") > since)
        return pl.concat([before, new])

    for days in (JANUARY[:1], [*JANUARY[:3], None], JANUARY[:3]):
        write_raw(tmp_path, sales_of(days))
        made = run(tmp_path, load)

    assert seen == [None, date(2024, 1, 1), date(2024, 1, 3)]
    assert numbers(made, "loaded") == [1, 2, 3]


def test_watermarks_are_of_the_type_of_their_column_and_leave_out_null_and_nan(
    tmp_path: Path,
) -> None:
    class Measured(BaseModel):
        ts: Annotated[datetime, pl.Datetime("us", "UTC")]
        x: float | None
        who: str

    made = Dataset("made", storage=lake(tmp_path).at("made.parquet"), schema=Measured)
    moment = datetime(2024, 1, 1, 5, tzinfo=UTC)
    seen: list[object] = []

    @local.task
    def write(
        ts: Annotated[datetime | None, Watermark(made, "ts")],
        x: Annotated[float | None, Watermark(made, "x")],
        who: Annotated[str | None, Watermark(made, "who")],
    ) -> Annotated[pl.LazyFrame, made]:
        seen.append((ts, x, who))
        rows = {"ts": [moment] * 3, "x": [1.5, float("nan"), None], "who": ["a", "b", "ä"]}
        return pl.LazyFrame(rows, schema=made.table.dtypes if made.table else None)

    for _ in range(2):
        run(tmp_path, write)

    assert seen == [(None, None, None), (moment, 1.5, "ä")]


def test_a_run_without_its_keys_is_refused_unless_types_list_them(tmp_path: Path) -> None:
    write_raw(tmp_path, sales_of(JANUARY[:1], "us"))
    raw, _, split = by_day(tmp_path)
    regions = Dataset(
        "regions", storage=lake(tmp_path).at("regions/"), schema=Sale, partition_by="region"
    )

    @local.task
    def by_region(
        raw: Annotated[pl.LazyFrame, raw], region: Partition[Region]
    ) -> Annotated[pl.LazyFrame, regions]:
        return raw.filter(pl.col("region") == region)

    with pytest.raises(ParameterError, match="nothing says which 'day'") as caught:
        run(tmp_path, split)
    assert caught.value.codes == ("GLC631",)
    assert ran(run(tmp_path, by_region)) == ["by_region region=eu", "by_region region=us"]


def test_a_task_gets_the_moment_of_its_partition(tmp_path: Path) -> None:
    counts = Dataset(
        "counts", storage=lake(tmp_path).at("counts/"), schema=Count, partition_by="day"
    )
    seen: list[tuple[date, datetime]] = []

    @local.task
    def count(day: Partition[date], logical_date: datetime) -> Annotated[pl.LazyFrame, counts]:
        seen.append((day, logical_date))
        return pl.LazyFrame({"day": [day], "n": [1]})

    moment = datetime(2024, 1, 9, 5, tzinfo=UTC)
    run(tmp_path, count, keys=[ONE, TWO], logical_date=moment)

    assert seen == [(JANUARY[n], datetime(2024, 1, n + 1, tzinfo=UTC)) for n in (0, 1)]


def test_a_partition_is_current_whichever_moment_its_run_stands_for(tmp_path: Path) -> None:
    counts = Dataset(
        "counts", storage=lake(tmp_path).at("counts/"), schema=Count, partition_by="day"
    )

    @local.task
    def count(day: Partition[date], logical_date: datetime) -> Annotated[pl.LazyFrame, counts]:
        return pl.LazyFrame({"day": [day], "n": [logical_date.hour]})

    for hour, expected in ((5, [f"count {ONE}"]), (7, [])):
        moment = datetime(2024, 1, 9, hour, tzinfo=UTC)
        assert ran(run(tmp_path, count, keys=[ONE], logical_date=moment)) == expected
