"""Keys: from texts to values and back, as folders have them, and which ones a run is asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal, TypeAlias

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from glacier_runtime import Dataset, Partition
from glacier_runtime.errors import ParameterError
from glacier_runtime.graph import Graph, build_graph
from glacier_runtime.partition_parameters import PartitionParameter, read_partition
from glacier_runtime.partitioning.keys import (
    keys_between,
    keys_labelled,
    keys_of_moment,
    parse_keys,
    read_moment,
    require_keys,
)
from glacier_runtime.partitioning.requests import key_of_request, logical_date_of
from glacier_runtime.partitions import PartitionKey, hive_folder, text_fault, values_in_path
from tests.partitions.shop import Region, lake, local


class Colour(Enum):
    RED = "red"
    BLUE = "deep blue"


def parameter(annotation: Any, name: str = "key") -> PartitionParameter:
    read = read_partition(name, annotation, has_default=False)
    assert isinstance(read, PartitionParameter), read
    return read


Areas: TypeAlias = Partition[Literal["eu", "us"]]
Sizes: TypeAlias = Partition[Literal[1, 2]]


class Wide(BaseModel):
    day: date
    hour: datetime
    year: int
    who: str
    region: Region


def graph_of(*names: str) -> Graph:
    place = lake(Path("/nowhere"))

    def made(*columns: str) -> Any:
        name = "_".join(("by", *columns))
        return Annotated[
            pl.LazyFrame,
            Dataset(name, storage=place.at(f"{name}/"), schema=Wide, partition_by=columns),
        ]

    @local.task
    def daily(day: Partition[date]) -> made("day"):  # type: ignore[valid-type]
        raise NotImplementedError

    @local.task
    def hourly(hour: Partition[datetime]) -> made("hour"):  # type: ignore[valid-type]
        raise NotImplementedError

    @local.task
    def regional(day: Partition[date], region: Partition[Region]) -> made("region", "day"):  # type: ignore[valid-type]
        raise NotImplementedError

    @local.task
    def personal(day: Partition[date], who: Partition[str]) -> made("who", "day"):  # type: ignore[valid-type]
        raise NotImplementedError

    @local.task
    def yearly(year: Partition[int]) -> made("year"):  # type: ignore[valid-type]
        raise NotImplementedError

    @local.task
    def listed(region: Partition[Region]) -> made("region"):  # type: ignore[valid-type]
        raise NotImplementedError

    tasks = {task.name: task for task in (daily, hourly, regional, personal, yearly, listed)}
    return build_graph(tasks[name] for name in names)


def labels(keys: tuple[PartitionKey, ...]) -> list[str]:
    return [key.label for key in keys]


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (Partition[date], "2024-02-29", date(2024, 2, 29)),
        (Partition[datetime], "2024-01-01T05:00Z", datetime(2024, 1, 1, 5, tzinfo=UTC)),
        (Partition[int], "-7", -7),
        (Partition[str], "eu west", "eu west"),
        (Areas, "us", "us"),
        (Sizes, "2", 2),
        (Partition[Colour], "deep blue", Colour.BLUE),
        (Partition[Annotated[int, Field(ge=2000)]], "2024", 2024),
    ],
)
def test_a_text_stands_for_a_value_and_the_value_for_the_text(
    annotation: Any, text: str, value: object
) -> None:
    read = parameter(annotation)

    assert read.parse(text) == value
    assert read.text_of(value) == text


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("2024-01-01T05", "2024-01-01T05:00Z"),
        ("2024-01-01 05:00:00", "2024-01-01T05:00Z"),
        ("2024-01-01T07:00+02:00", "2024-01-01T05:00Z"),
        ("2024-01-01", "2024-01-01T00:00Z"),
    ],
)
def test_an_hour_has_one_text_however_it_is_written(given: str, text: str) -> None:
    assert parameter(Partition[datetime]).canonical(given) == text


@pytest.mark.parametrize(
    ("annotation", "text", "fault"),
    [
        (Partition[date], "2024-13-01", "month"),
        (Partition[date], "20240101", "is no date such as"),
        (Partition[date], "", "is empty"),
        (Partition[datetime], "2024-01-01T05:30", "is no full hour"),
        (Partition[int], "007", "is no whole number"),
        (Partition[int], "1.0", "is no whole number"),
        (Partition[int], "\u0661", "is no whole number"),
        (Areas, "as", "is none of eu, us"),
        (Partition[str], "../eu", "holds '/'"),
        (Partition[str], " eu", "begins or ends with a blank"),
        (Partition[str], "e\nu", "cannot be seen"),
        (Partition[str], "\ud800", "cannot be seen"),
        (Partition[str], "__HIVE_DEFAULT_PARTITION__", "is how null is written"),
        (Partition[str], "é" * 50, "more than 255 bytes"),
        (Partition[Annotated[int, Field(ge=2000)]], "1999", "greater than or equal to 2000"),
    ],
)
def test_what_can_be_no_key_is_refused_with_the_reason(
    annotation: Any, text: str, fault: str
) -> None:
    with pytest.raises(ValueError, match=fault):
        parameter(annotation).parse(text)


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


def written_folders(values: pl.Series) -> dict[str, str]:
    """Let Polars write a row for each value, and return the folder of each."""
    with TemporaryDirectory() as folder:
        frame = pl.DataFrame({"key": values, "n": range(len(values))})
        by = pl.PartitionBy(folder, key=["key"], include_key=False)
        frame.lazy().sink_parquet(by, mkdir=True)
        read = [
            (pl.scan_parquet([str(file)], hive_partitioning=False, glob=False), file)
            for file in Path(folder).rglob("*.parquet")
        ]
        found = {n: file for rows, file in read for n in rows.collect()["n"].to_list()}
        return {str(n): found[n].relative_to(folder).parent.as_posix() for n in found}


@settings(deadline=None, max_examples=60)
@given(st.lists(texts, min_size=1, max_size=6, unique=True))
def test_texts_lie_in_the_folders_that_polars_writes_and_come_back_from_them(
    keys: list[str],
) -> None:
    keys = [key for key in keys if text_fault("key", key) is None]
    read = parameter(Partition[str])
    folders = written_folders(pl.Series(keys, dtype=pl.String))

    for n, key in enumerate(keys):
        assert folders[str(n)] == hive_folder("key", read.folder_text(key, pl.String()))
        (said,) = values_in_path(f"a/{folders[str(n)]}/00.parquet", ("key",)) or ("",)
        assert read.from_folder(said) == key


moments = st.dates(date(1900, 1, 1), date(2200, 1, 1)).flatmap(
    lambda day: st.integers(0, 23).map(lambda hour: datetime.combine(day, time(hour)))
)


@settings(deadline=None, max_examples=25)
@given(
    st.lists(moments, min_size=1, max_size=4, unique=True),
    st.sampled_from(["ms", "us", "ns"]),
    st.sampled_from([None, "UTC"]),
)
def test_hours_lie_in_the_folders_that_polars_writes_and_come_back_from_them(
    hours: list[datetime], unit: Any, zone: str | None
) -> None:
    dtype = pl.Datetime(unit, zone)
    read = parameter(Partition[datetime])
    values = pl.Series([hour.replace(tzinfo=UTC if zone else None) for hour in hours], dtype=dtype)
    folders = written_folders(values)

    for n, hour in enumerate(hours):
        key = read.text_of(hour)
        assert folders[str(n)] == hive_folder("key", read.folder_text(key, dtype))
        (said,) = values_in_path(f"{folders[str(n)]}/00.parquet", ("key",)) or ("",)
        assert read.from_folder(said) == key


@given(st.dates(), st.integers(-(2**63), 2**63 - 1))
def test_days_and_numbers_come_back_from_folders(day: date, number: int) -> None:
    for annotation, value in ((Partition[date], day), (Partition[int], number)):
        read = parameter(annotation)
        assert read.parse(read.text_of(value)) == value
        assert read.from_folder(read.text_of(value)) == read.text_of(value)


def test_folders_of_other_tools_are_understood_where_they_mean_a_key() -> None:
    number, hour = parameter(Partition[int]), parameter(Partition[datetime])

    assert number.from_folder("01") == "1"
    assert hour.from_folder("2024-01-01 05:00:00") == "2024-01-01T05:00Z"
    assert number.from_folder("__HIVE_DEFAULT_PARTITION__") is None
    assert hour.from_folder("yesterday") is None


@pytest.mark.parametrize(
    ("annotation", "text", "step", "expected"),
    [
        (Partition[date], "2024-02-28", 2, "2024-03-01"),
        (Partition[date], "0001-01-01", -1, None),
        (Partition[datetime], "2024-03-31T23:00Z", 1, "2024-04-01T00:00Z"),
        (Partition[int], "0", -1, "-1"),
        (Partition[str], "a", 1, None),
    ],
)
def test_keys_are_counted_in_days_hours_and_numbers(
    annotation: Any, text: str, step: int, expected: str | None
) -> None:
    assert parameter(annotation).step(text, step) == expected


def test_a_range_holds_both_of_its_ends() -> None:
    graph = graph_of("daily", "yearly")

    assert labels(keys_between(build_graph(graph.tasks[:1]), "2024-02-28", date(2024, 3, 1))) == [
        "day=2024-02-28",
        "day=2024-02-29",
        "day=2024-03-01",
    ]
    assert labels(keys_between(build_graph(graph.tasks[1:]), 2023, "2024")) == [
        "year=2023",
        "year=2024",
    ]


def test_a_day_as_the_end_of_a_range_of_hours_is_its_last_hour() -> None:
    keys = labels(keys_between(graph_of("hourly"), "2024-01-01T22", "2024-01-02"))

    assert keys[:3] == [
        "hour=2024-01-01T22:00Z",
        "hour=2024-01-01T23:00Z",
        "hour=2024-01-02T00:00Z",
    ]
    assert keys[-1] == "hour=2024-01-02T23:00Z"
    assert len(keys) == 26


def test_columns_that_list_their_values_take_all_and_others_those_that_are_given() -> None:
    graph = graph_of("regional", "personal")
    day = "2024-01-01"

    with pytest.raises(ParameterError, match="says nothing of 'who'") as caught:
        keys_between(graph, day, day)
    assert caught.value.codes == ("GLC631",)
    assert labels(keys_between(graph, day, day, ["who=me", "who=you"])) == [
        f"region=eu/day={day}",
        f"region=us/day={day}",
        f"who=me/day={day}",
        f"who=you/day={day}",
    ]
    only = build_graph(graph.tasks[:1])
    assert labels(keys_between(only, day, day, ["region=us"])) == [f"region=us/day={day}"]


@pytest.mark.parametrize(
    ("names", "start", "end", "fault"),
    [
        (["daily"], "2024-01-02", "2024-01-01", "the end lies before the start"),
        (["daily"], "1", "2", "no values of a column"),
        (["listed"], "a", "b", "no task makes partitions"),
        (["daily"], "0001-01-01", "9999-12-31", "at most 100000"),
    ],
)
def test_a_range_that_cannot_be_counted_is_refused(
    names: list[str], start: str, end: str, fault: str
) -> None:
    with pytest.raises(ParameterError, match=fault) as caught:
        keys_between(graph_of(*names), start, end)

    assert caught.value.codes == ("GLC634",)


def test_a_key_gives_each_task_the_values_of_its_columns() -> None:
    graph = graph_of("daily", "regional", "hourly")

    assert labels(parse_keys(graph, ["day=2024-01-01"])) == [
        "day=2024-01-01",
        "region=eu/day=2024-01-01",
        "region=us/day=2024-01-01",
    ]
    assert labels(parse_keys(graph, ["day=2024-01-01/region=us", "hour=2024-01-01T05"])) == [
        "day=2024-01-01",
        "region=us/day=2024-01-01",
        "hour=2024-01-01T05:00Z",
    ]
    assert labels(keys_labelled(graph, ["day=2024-01-01", "gone=1"])) == ["day=2024-01-01"]


def test_every_wrong_key_is_reported_at_once_with_what_would_be_right() -> None:
    with pytest.raises(ParameterError) as caught:
        parse_keys(graph_of("daily", "personal"), ["day=1", "month=1", "x", "who=me", "day=/day="])

    assert caught.value.codes == ("GLC632", "GLC632", "GLC632", "GLC631", "GLC632", "GLC632")
    assert "columns by which tasks make partitions are: day, who" in str(caught.value)


def test_the_key_of_a_moment_is_its_day_and_its_hour_as_it_is_written() -> None:
    graph = graph_of("daily", "hourly", "regional", "personal")
    moment = datetime(2024, 1, 1, 23, 30, tzinfo=timezone(timedelta(hours=-2)))

    assert labels(keys_of_moment(graph, moment)) == [
        "day=2024-01-01",
        "hour=2024-01-02T01:00Z",
        "region=eu/day=2024-01-01",
        "region=us/day=2024-01-01",
    ]


def test_a_run_needs_a_key_for_every_task_whose_type_does_not_list_them() -> None:
    graph = graph_of("daily", "hourly", "listed")

    with pytest.raises(ParameterError) as caught:
        require_keys(graph.tasks, ())
    assert caught.value.codes == ("GLC631", "GLC631")
    listed = labels(require_keys(graph.tasks[2:], ()))
    assert listed == ["region=eu", "region=us"]


def test_one_attempt_takes_its_key_from_what_is_asked_then_from_params_then_from_the_moment() -> (
    None
):
    (task,) = graph_of("regional").tasks
    moment = datetime(2024, 1, 3, 5, tzinfo=UTC)

    def key(text: str | None, **params: object) -> str:
        found = key_of_request(task, text, params, moment)
        assert found is not None
        return found.label

    assert key("day=2024-01-01/region=eu", region="us") == "region=eu/day=2024-01-01"
    assert key("region=us") == key("region=us/day=logical_date") == "region=us/day=2024-01-03"
    assert key("day=logical_date", region="us", day=date(2024, 1, 2)) == "region=us/day=2024-01-02"
    assert key(None, region="us", day=date(2024, 1, 2)) == "region=us/day=2024-01-02"
    with pytest.raises(ParameterError, match="nothing says which 'region'"):
        key(None)


def test_a_key_stands_for_the_beginning_of_its_day_or_hour() -> None:
    daily, hourly, listed = graph_of("daily", "hourly", "listed").tasks

    assert logical_date_of(daily, PartitionKey((("day", "2024-01-01"),))) == datetime(
        2024, 1, 1, tzinfo=UTC
    )
    assert logical_date_of(hourly, PartitionKey((("hour", "2024-01-01T05:00Z"),))) == datetime(
        2024, 1, 1, 5, tzinfo=UTC
    )
    assert logical_date_of(listed, PartitionKey((("region", "eu"),))) is None
    assert read_moment("2024-01-01") == datetime(2024, 1, 1, tzinfo=UTC)
    with pytest.raises(ParameterError, match="no date of ISO 8601"):
        read_moment("soon")
