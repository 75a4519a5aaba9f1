"""Whoever watches a run is told what happens, in order."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import pytest

from glacier_runtime import Dataset
from glacier_runtime.errors import ExecutionError, StorageError
from glacier_runtime.execution.events import (
    Event,
    GroupFailed,
    GroupFinished,
    GroupShared,
    GroupStarted,
    RunFailed,
    RunFinished,
    RunStarted,
)
from tests.execution.local_runs import Number, lake, local, run_tasks

one = Dataset("one", schema=Number)
two = Dataset("two", schema=Number)


@local.task
def first() -> Annotated[pl.DataFrame, one]:
    return pl.DataFrame({"n": [1]})


@local.task
def second(given: Annotated[pl.DataFrame, one]) -> Annotated[pl.DataFrame, two]:
    return given


@local.task
def fail(given: Annotated[pl.DataFrame, one]) -> Annotated[pl.DataFrame, two]:
    raise RuntimeError(given.height)


def summary(event: Event) -> tuple[str, ...]:  # noqa: PLR0911 (one for each kind)
    match event:
        case RunStarted(groups=groups):
            return ("run", *(group.label for group in groups))
        case GroupStarted(group=group, attempt=attempt):
            return ("started", group.label, str(attempt))
        case GroupFailed(group=group, error=error):
            return ("failed", group.label, type(error).__name__)
        case GroupFinished(group=group, datasets=datasets):
            return ("finished", group.label, *(made.dataset.name for made in datasets))
        case GroupShared(group=group):
            return ("shared", group.label)
        case RunFinished():
            return ("done",)
        case RunFailed(error=error):
            return ("over", type(error).__name__)


def test_a_run_is_told_group_by_group(tmp_path: Path) -> None:
    told: list[Event] = []
    result = run_tasks(tmp_path, second, first, observer=told.append)
    assert [summary(event) for event in told] == [
        ("run", "first", "second"),
        ("started", "first", "1"),
        ("finished", "first", "one"),
        ("started", "second", "1"),
        ("finished", "second", "two"),
        ("done",),
    ]
    assert isinstance(told[0], RunStarted)
    assert told[0].run == result.run
    finished = [event for event in told if isinstance(event, GroupFinished)]
    assert [event.datasets[0] for event in finished] == [result[one], result[two]]
    assert all(event.seconds > 0 for event in finished)


def test_a_failure_is_the_last_that_is_told(tmp_path: Path) -> None:
    told: list[Event] = []
    with pytest.raises(ExecutionError):
        run_tasks(tmp_path, first, fail, observer=told.append)
    assert [summary(event) for event in told][-3:] == [
        ("started", "fail", "1"),
        ("failed", "fail", "ExecutionError"),
        ("over", "ExecutionError"),
    ]


def test_what_is_finished_is_published_already(tmp_path: Path) -> None:
    stored = Dataset("stored", storage=lake(tmp_path).at("stored.parquet"), schema=Number)
    seen = []

    @local.task
    def write() -> Annotated[pl.LazyFrame, stored]:
        return pl.LazyFrame({"n": [1, 2]})

    def observe(event: Event) -> None:
        if isinstance(event, GroupFinished):
            seen.append(pl.read_parquet(tmp_path / "data/lake/stored.parquet").height)

    run_tasks(tmp_path, write, observer=observe)
    assert seen == [2]


def test_nothing_is_told_of_a_run_whose_sources_are_missing(tmp_path: Path) -> None:
    place = lake(tmp_path).at("missing.parquet")
    missing = Dataset("missing", storage=place, schema=Number, source=True)
    told: list[Event] = []

    @local.task
    def read(given: Annotated[pl.LazyFrame, missing]) -> Annotated[pl.LazyFrame, one]:
        return given

    with pytest.raises(StorageError):
        run_tasks(tmp_path, read, observer=told.append)
    assert told == []
