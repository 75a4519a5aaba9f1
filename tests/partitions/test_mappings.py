"""From the key of what is made to the keys of what is read, and what may run as one query."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import polars as pl
import pytest
from pydantic import BaseModel

from glacier_runtime import Dataset, Partition, Previous, Same, Whole, Window
from glacier_runtime.execution.fusion import group_tasks
from glacier_runtime.graph import build_graph
from glacier_runtime.partitioning.mapping import keys_of, may_fuse, upstream_keys, wants
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.signatures import Input
from glacier_runtime.tasks import AnyTask
from tests.partitions.shop import Region, lake, local


class Row(BaseModel):
    day: date
    hour: datetime
    year: int
    region: Region


def dataset(name: str, *columns: str) -> Dataset:
    return Dataset(
        name, storage=lake(Path("/nowhere")).at(f"{name}/"), schema=Row, partition_by=columns
    )


days, other_days = dataset("days", "day"), dataset("other_days", "day")
areas, years = dataset("areas", "region", "day"), dataset("years", "year", "day")
total = Dataset("total", storage=lake(Path("/nowhere")).at("total.parquet"), schema=Row)
whole = Dataset("whole", storage=lake(Path("/nowhere")).at("whole.parquet"), schema=Row)
OfRegion: TypeAlias = Partition[Region]
DAY = PartitionKey((("day", "2024-03-01"),))


def reading(annotation: Any) -> tuple[AnyTask, Input]:
    @local.task
    def read(rows: annotation, day: Partition[date]) -> Annotated[pl.LazyFrame, other_days]:
        raise NotImplementedError

    return read, read.signature.inputs[0]


@pytest.mark.parametrize(
    ("annotation", "mapping", "expected"),
    [
        (Annotated[pl.LazyFrame, days], Same(), ["day=2024-03-01"]),
        (Annotated[pl.LazyFrame, days, Whole()], Whole(), None),
        (Annotated[pl.LazyFrame, days, Window(-1, 0)], Window(-1, 0), ["day=2024-02-29", "day=2024-03-01"]),
        (Annotated[Annotated[pl.LazyFrame, days, Whole()], Window(1, 1)], Window(1, 1), ["day=2024-03-02"]),
        (Annotated[Previous[Annotated[pl.LazyFrame, other_days]], Window(-1, -1)], Window(-1, -1), ["day=2024-02-29"]),
        (Annotated[pl.LazyFrame, areas], Same(), None),
        (Annotated[pl.LazyFrame, whole], None, None),
    ],
)  # fmt: skip
def test_a_task_reads_the_same_partition_unless_it_says_otherwise(
    annotation: Any, mapping: object, expected: list[str] | None
) -> None:
    task, item = reading(annotation)
    keys = upstream_keys(task, item, DAY)

    assert item.mapping == mapping
    assert (None if keys is None else [key.label for key in keys]) == expected
    assert upstream_keys(task, item, None) is None


def test_of_several_columns_a_window_counts_one_and_the_others_are_the_same() -> None:
    @local.task
    def read(
        rows: Annotated[pl.LazyFrame, areas, Window(-1, 0)],
        day: Partition[date],
        region: Partition[Region],
    ) -> Annotated[pl.LazyFrame, dataset("made", "region", "day")]:
        raise NotImplementedError

    @local.task
    def older(
        rows: Annotated[pl.LazyFrame, years, Window(-1, 0, column="year")],
        day: Partition[date],
        year: Partition[int],
    ) -> Annotated[pl.LazyFrame, dataset("old", "day", "year")]:
        raise NotImplementedError

    def labels(task: AnyTask, values: Mapping[str, str]) -> list[str]:
        key = PartitionKey(tuple((c, values[c]) for c in task.signature.partition_columns))
        return [k.label for k in upstream_keys(task, task.signature.inputs[0], key) or ()]

    assert labels(read, {"day": "2024-03-01", "region": "eu"}) == [
        "region=eu/day=2024-02-29",
        "region=eu/day=2024-03-01",
    ]
    assert labels(older, {"day": "2024-03-01", "year": "2024"}) == [
        "year=2023/day=2024-03-01",
        "year=2024/day=2024-03-01",
    ]


def test_a_task_wants_the_keys_of_its_columns_and_runs_once_without_any() -> None:
    task, _ = reading(Annotated[pl.LazyFrame, days])
    other = PartitionKey((("region", "eu"), ("day", "2024-03-01")))

    @local.task
    def add(rows: Annotated[pl.LazyFrame, days]) -> Annotated[pl.LazyFrame, total]:
        raise NotImplementedError

    assert wants(task, DAY)
    assert not wants(task, other)
    assert keys_of(task, [DAY, other, DAY]) == (DAY,)
    assert keys_of(task, []) == ()
    assert keys_of(add, [DAY, other]) == (None,)


def made_from(annotation: Any, into: Any, keys: Mapping[str, Any]) -> AnyTask:
    names = ", ".join(("rows: annotation", *(f"{name}: keys[{name!r}]" for name in keys)))
    scope = {"annotation": annotation, "into": into, "keys": keys}
    exec(f"def read({names}) -> into: ...", scope)  # one function for each signature
    function: Any = scope["read"]
    return local.task(function)


@pytest.mark.parametrize(
    ("annotation", "keys", "into", "expected"),
    [
        (Annotated[pl.LazyFrame, days], {"day": Partition[date]}, other_days, True),
        (Annotated[pl.LazyFrame, days, Window(0, 0)], {"day": Partition[date]}, other_days, False),
        (Annotated[pl.LazyFrame, days, Whole()], {"day": Partition[date]}, other_days, False),
        (Annotated[pl.LazyFrame, days], {}, total, False),
        (Annotated[pl.LazyFrame, days], {"region": OfRegion, "day": Partition[date]}, areas, False),
    ],
    ids=["same", "window", "whole", "no key", "other columns"],
)  # fmt: skip
def test_only_tasks_that_make_and_read_the_same_partition_run_as_one_query(
    annotation: Any, keys: Mapping[str, Any], into: Dataset, expected: bool
) -> None:
    @local.task
    def make(
        rows: Annotated[pl.LazyFrame, whole], day: Partition[date]
    ) -> Annotated[pl.LazyFrame, days]:
        raise NotImplementedError

    task = made_from(annotation, Annotated[pl.LazyFrame, into], keys)
    fused = [group for group in group_tasks(build_graph([make, task])) if len(group.tasks) == 2]

    assert may_fuse(make, task) is expected
    assert bool(fused) is expected


def test_tasks_of_other_partitions_do_not_share_a_query_over_what_both_read() -> None:
    @local.task
    def daily(
        rows: Annotated[pl.LazyFrame, whole], day: Partition[date]
    ) -> Annotated[pl.LazyFrame, days]:
        raise NotImplementedError

    @local.task
    def regional(
        rows: Annotated[pl.LazyFrame, whole], day: Partition[date], region: Partition[Region]
    ) -> Annotated[pl.LazyFrame, areas]:
        raise NotImplementedError

    assert len(group_tasks(build_graph([daily, regional]))) == 2
