"""Run parameters reach the tasks that declare them, converted to what they declare."""

from __future__ import annotations

from datetime import date
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import pytest
from pydantic import BaseModel, Field

from glacier_runtime import Dataset, LocalExecutor, Pipeline
from glacier_runtime.errors import ParameterError
from tests.execution.local_runs import local, run_tasks

echo = Dataset("echo", format="json")


class Level(Enum):
    LOW = "low"
    HIGH = "high"


class Window(BaseModel):
    start: date
    days: int = Field(ge=1)


@local.task
def repeat(
    since: date = date(2013, 1, 1),
    limit: int = 10,
    level: Level = Level.LOW,
    window: Window | None = None,
    names: list[str] = [],  # noqa: B006 (never changed; a default a user may well write)
) -> Annotated[dict[str, object], echo]:
    return {
        "since": [type(since).__name__, since],
        "limit": limit,
        "level": level,
        "days": window.days if window else None,
        "names": names,
    }


def value_of(root: Path, **params: Any) -> dict[str, object]:
    value = run_tasks(root, repeat, **params)[echo].value
    assert isinstance(value, dict)
    return value


def test_defaults_hold_where_nothing_is_given(tmp_path: Path) -> None:
    assert value_of(tmp_path)["since"] == ["date", date(2013, 1, 1)]


def test_values_are_converted_as_from_a_command_line(tmp_path: Path) -> None:
    value = value_of(
        tmp_path,
        since="2024-02-29",
        limit="3",
        level="high",
        window='{"start": "2024-01-01", "days": 7}',
        names='["a", "b"]',
    )
    assert value == {
        "since": ["date", date(2024, 2, 29)],
        "limit": 3,
        "level": Level.HIGH,
        "days": 7,
        "names": ["a", "b"],
    }


def test_every_bad_parameter_is_reported_at_once_and_nothing_runs(tmp_path: Path) -> None:
    with pytest.raises(ParameterError) as failure:
        run_tasks(tmp_path, repeat, since="tomorrow", limit=None, typo=1, window='{"days": 0}')
    assert sorted(failure.value.codes) == ["GLC602", "GLC603", "GLC603", "GLC603"]
    assert list(tmp_path.iterdir()) == []


def test_one_parameter_reaches_every_task_that_declares_it(tmp_path: Path) -> None:
    rows = Dataset("rows")
    more = Dataset("more")

    @local.task
    def make(count: int) -> Annotated[pl.LazyFrame, rows]:
        return pl.LazyFrame({"n": range(count)})

    @local.task
    def filter_rows(
        given: Annotated[pl.LazyFrame, rows], count: int
    ) -> Annotated[pl.LazyFrame, more]:
        return given.filter(pl.col("n") == count - 1)

    assert run_tasks(tmp_path, make, filter_rows, count=4)[more].collect()["n"].to_list() == [3]


def test_a_run_through_the_pipeline_takes_the_same_parameters(tmp_path: Path) -> None:
    pipeline = Pipeline(name="echo", tasks=[repeat])
    result = pipeline.run(executor=LocalExecutor(root=tmp_path), params={"limit": "5"})
    value = result[echo].value
    assert isinstance(value, dict)
    assert value["limit"] == 5
