"""Triggers: what may start a pipeline when it arrives, and what is said of what may not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from types import FunctionType
from typing import Any

import pytest
from pydantic import BaseModel

from glacier_runtime import Dataset, Grant, OnArrival, Partition, Pipeline, Provider, pipeline
from glacier_runtime.config import AwsConfig, GcpConfig
from glacier_runtime.errors import DefinitionError, Problem
from glacier_runtime.tasks import AnyTask
from tests.unit.builders import codes, table

AWS = Provider(config=AwsConfig(region="eu-central-1"))


class Row(BaseModel):
    """A row of whatever is dropped."""

    day: str
    n: int


def dropped(provider: Provider = AWS, path: str = "in/dropped/", **options: Any) -> Dataset:
    storage = provider.bucket("lake").at(path)
    return Dataset("dropped", storage=storage, schema=Row, source=True, **options)


def taking(source: Dataset, made: Dataset, provider: Provider = AWS, **options: Any) -> AnyTask:
    def take(rows: Any) -> Any:
        return rows

    take.__annotations__ = {"rows": table(source), "return": table(made)}
    task: AnyTask = provider.serverless().task(**options)(take)
    return task


def out(provider: Provider = AWS, **options: Any) -> Dataset:
    return Dataset("out", storage=provider.bucket("lake").at("out/"), schema=Row, **options)


def problems(tasks: list[AnyTask], trigger: OnArrival) -> tuple[Problem, ...]:
    return Pipeline(name="dropping", tasks=tasks, trigger=trigger).validate(columns=False).problems


def test_a_source_that_a_task_reads_may_start_it() -> None:
    source = dropped()
    made = Pipeline(
        name="dropping",
        tasks=[taking(source, out())],
        trigger=OnArrival(source, timezone="Europe/Berlin", overlap="allow"),
    )

    assert made.validate(columns=False).problems == ()
    arrival = made.manifest.arrival
    assert arrival is not None
    assert arrival.model_dump() == {
        "dataset": "dropped",
        "suffixes": (".parquet", ".pq"),
        "timezone": "Europe/Berlin",
        "overlap": "allow",
    }


def test_an_alias_names_it_as_well() -> None:
    source = dropped()

    assert OnArrival(table(source)).dataset is source


def test_a_traced_pipeline_takes_one() -> None:
    source = dropped()
    take = taking(source, out())

    @pipeline(trigger=OnArrival(source))
    def dropping() -> Any:
        return take(source)

    assert dropping.trigger == OnArrival(source)


def test_without_one_the_manifest_says_so() -> None:
    assert Pipeline(name="dropping", tasks=[taking(dropped(), out())]).manifest.arrival is None


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: OnArrival(dropped(), timezone="Mars/Olympus"), "GLC106"),
        (lambda: OnArrival(dropped(), overlap="skip"), "GLC720"),  # type: ignore[arg-type]
        (lambda: OnArrival("dropped"), "GLC206"),  # type: ignore[arg-type]
        (lambda: Pipeline(name="dropping", trigger=dropped()), "GLC838"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_is_refused_where_it_stands(make: Callable[[], object], code: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        make()

    assert caught.value.codes == (code,)


def test_what_the_pipeline_writes_would_start_it_for_ever() -> None:
    source, made = dropped(), out()

    (found,) = problems([taking(source, made)], OnArrival(made))

    assert found.code.code == "GLC837"
    assert "each run would start another one" in found.message


@pytest.mark.parametrize(
    ("action", "path", "expected"),
    [
        ("s3:PutObject", "in/dropped/late/", ("GLC837",)),
        ("s3:GetObject", "in/dropped/late/", ()),
        ("s3:PutObject", "in/others/", ()),
    ],
)
def test_a_right_by_hand_to_write_there_would_too(
    action: str, path: str, expected: tuple[str, ...]
) -> None:
    source = dropped()
    place = AWS.bucket("lake").at(path)
    grant = Grant(actions=[action], resources=[place], reason="a tool of theirs writes there")

    found = problems([taking(source, out(), grants=[grant])], OnArrival(source))

    assert tuple(codes(found)) == expected


def test_what_no_task_reads_starts_nothing() -> None:
    (found,) = problems([taking(dropped(), out())], OnArrival(dropped(path="in/others/")))

    assert found.code.code == "GLC838"


def test_only_a_bucket_tells_of_files() -> None:
    class Feed:
        def scan(self) -> Any: ...

        def get_metadata(self) -> Any: ...

    lake = AWS.bucket("lake")
    kinds: list[tuple[Dataset, str]] = [
        (Dataset("feed", schema=Row, source=Feed()), "it lies in no bucket"),
        (
            Dataset("log", storage=lake.at("log/"), schema=Row, format="delta", source=True),
            "it is a table of delta",
        ),
    ]
    for source, why in kinds:
        (found,) = problems([taking(source, out())], OnArrival(source))
        assert found.code.code == "GLC839"
        assert why in found.message


def test_a_cloud_without_a_place_for_it_says_so() -> None:
    gcp = Provider(config=GcpConfig(project_id="flights-1", region="europe-west1"))
    source = dropped(gcp)

    found = problems([taking(source, out(gcp), gcp)], OnArrival(source))

    assert "GLC839" in codes(found)


class Split(BaseModel):
    """A row of any partition."""

    day: date
    hour: datetime
    n: int
    region: str


def by_day(rows: Any, day: Partition[date]) -> Any:
    return rows, day


def by_hour(rows: Any, hour: Partition[datetime]) -> Any:
    return rows, hour


def by_n(rows: Any, n: Partition[int]) -> Any:
    return rows, n


def by_region(rows: Any, region: Partition[str]) -> Any:
    return rows, region


@pytest.mark.parametrize(
    ("function", "column", "expected"),
    [
        (by_day, "day", []),
        (by_n, "n", []),
        (by_region, "region", []),
        (by_hour, "hour", ["GLC640"]),
    ],
)
@pytest.mark.parametrize("is_split", [True, False])
def test_a_key_is_read_from_the_name_of_a_file_unless_it_is_an_hour(
    function: Callable[..., Any], column: str, expected: list[str], *, is_split: bool
) -> None:
    keys = column if is_split else ()
    lake = AWS.bucket("lake")
    source = Dataset("split", storage=lake.at("in/"), schema=Split, partition_by=keys, source=True)
    made = Dataset("made", storage=lake.at("out/"), schema=Split, partition_by=column)
    take = FunctionType(function.__code__, globals(), function.__name__)
    take.__annotations__ = function.__annotations__ | {"rows": table(source), "return": table(made)}

    found = problems([AWS.serverless().task(take)], OnArrival(source))

    said_by_the_minute = column in {"day", "hour"}
    without = [] if said_by_the_minute else ["GLC319"]
    assert codes(found) == (expected if is_split else without)
