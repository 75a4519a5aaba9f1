"""Tasks that fail are tried again, as often as they ask for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import pytest

from glacier_runtime import Dataset
from glacier_runtime.errors import ExecutionError
from glacier_runtime.execution.events import Event, GroupFailed, GroupFinished, GroupStarted
from glacier_runtime.execution.processes.cancelling import Cancelling
from glacier_runtime.tasks import AnyTask
from tests.execution.local_runs import Number, lake, local, run_tasks


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were asked for, none of which is made."""
    asked: list[float] = []
    monkeypatch.setattr(Cancelling, "pause", lambda _, seconds: asked.append(seconds))
    return asked


@pytest.fixture
def numbers(tmp_path: Path) -> Dataset:
    return Dataset("numbers", storage=lake(tmp_path).at("numbers.parquet"), schema=Number)


def failing(
    numbers: Dataset,  # noqa: ARG001 (an annotation names it)
    failures: int,
    *,
    retries: int,
    calls: list[int],
    error: type[Exception] = ConnectionError,
) -> AnyTask:
    """A task that fails so many times before it succeeds."""

    @local.task(retries=retries)
    def make() -> Annotated[pl.LazyFrame, numbers]:
        calls.append(1)
        if len(calls) <= failures:
            raise error
        return pl.LazyFrame({"n": [len(calls)]})

    return make


def test_a_task_that_fails_twice_succeeds_with_two_retries(
    numbers: Dataset, pauses: list[float], tmp_path: Path
) -> None:
    calls: list[int] = []
    result = run_tasks(tmp_path, failing(numbers, 2, retries=2, calls=calls))
    assert len(calls) == 3
    assert result[numbers].collect()["n"].to_list() == [3]
    assert result[numbers].version == 1
    assert result.groups[0].attempt == 3
    assert len(pauses) == 2


def test_a_task_that_fails_once_more_than_it_may_has_failed(
    numbers: Dataset, pauses: list[float], tmp_path: Path
) -> None:
    calls: list[int] = []
    with pytest.raises(ExecutionError, match="'make' failed: ConnectionError") as failure:
        run_tasks(tmp_path, failing(numbers, 3, retries=2, calls=calls))
    assert failure.value.codes == ("GLC601",)
    assert len(calls) == 3
    assert len(pauses) == 2
    assert not (tmp_path / "data/lake/numbers.parquet").exists()


def test_without_retries_a_task_is_called_once(
    numbers: Dataset, pauses: list[float], tmp_path: Path
) -> None:
    calls: list[int] = []
    with pytest.raises(ExecutionError):
        run_tasks(tmp_path, failing(numbers, 1, retries=0, calls=calls))
    assert (len(calls), pauses) == (1, [])


@pytest.mark.parametrize("error", [OSError, RuntimeError, KeyError, TimeoutError])
def test_any_exception_of_a_task_is_retried(
    error: type[Exception], numbers: Dataset, tmp_path: Path
) -> None:
    calls: list[int] = []
    run_tasks(tmp_path, failing(numbers, 1, retries=1, calls=calls, error=error))
    assert len(calls) == 2


@pytest.mark.parametrize("error", [OSError, RuntimeError, ConnectionError])
def test_a_query_that_fails_while_it_runs_is_retried(
    error: type[Exception], numbers: Dataset, tmp_path: Path
) -> None:
    calls: list[int] = []

    def call_out(batch: pl.DataFrame) -> pl.DataFrame:
        calls.append(1)
        if len(calls) == 1:
            raise error
        return batch

    @local.task(retries=1)
    def make() -> Annotated[pl.LazyFrame, numbers]:
        return pl.LazyFrame({"n": [1]}).map_batches(call_out, schema=pl.Schema({"n": pl.Int64}))

    result = run_tasks(tmp_path, make)
    assert result[numbers].collect()["n"].to_list() == [1]
    assert result.groups[0].attempt == 2


def test_pauses_grow_and_stay_bounded_and_differ(
    numbers: Dataset, pauses: list[float], tmp_path: Path
) -> None:
    calls: list[int] = []
    run_tasks(tmp_path, failing(numbers, 20, retries=20, calls=calls))
    assert len(pauses) == 20
    assert all(0 < pause <= 60 for pause in pauses)
    assert pauses[0] <= 1
    assert sum(pauses[:3]) < sum(pauses[3:6])
    assert len(set(pauses[10:])) == 10, "runs that fail together would retry in step"


def test_tasks_before_a_retried_one_run_once(tmp_path: Path) -> None:
    bucket = lake(tmp_path)
    numbers = Dataset("numbers", storage=bucket.at("numbers.parquet"), schema=Number)
    first = Dataset("first", schema=Number)
    calls: dict[str, int] = {"first": 0, "second": 0}

    @local.task
    def begin() -> Annotated[pl.LazyFrame, first]:
        calls["first"] += 1
        return pl.LazyFrame({"n": [1]})

    @local.task(retries=2)
    def go_on(given: Annotated[pl.LazyFrame, first]) -> Annotated[pl.LazyFrame, numbers]:
        calls["second"] += 1
        if calls["second"] < 3:
            raise ConnectionError
        return given

    assert run_tasks(tmp_path, begin, go_on)[numbers].rows == 1
    assert calls == {"first": 1, "second": 3}


def test_every_attempt_writes_somewhere_new_and_only_the_last_is_kept(
    numbers: Dataset, tmp_path: Path
) -> None:
    calls: list[int] = []
    run_tasks(tmp_path, failing(numbers, 2, retries=2, calls=calls))
    attempts = tmp_path / "data/lake/_glacier/numbers.parquet/attempts"
    assert [path.name[-6:] for path in attempts.iterdir()] == ["-001-3"]


def test_every_attempt_is_told(numbers: Dataset, pauses: list[float], tmp_path: Path) -> None:
    calls: list[int] = []
    told: list[Event] = []
    run_tasks(tmp_path, failing(numbers, 1, retries=3, calls=calls), observer=told.append)
    started = [event.attempt for event in told if isinstance(event, GroupStarted)]
    failed = [event for event in told if isinstance(event, GroupFailed)]
    assert started == [1, 2]
    assert [(event.attempt, event.retry_in_s) for event in failed] == [(1, pauses[0])]
    assert isinstance(told[-2], GroupFinished)


def test_the_last_failure_says_that_it_is_not_tried_again(numbers: Dataset, tmp_path: Path) -> None:
    told: list[Event] = []
    with pytest.raises(ExecutionError):
        run_tasks(tmp_path, failing(numbers, 9, retries=1, calls=[]), observer=told.append)
    pauses = [event.retry_in_s for event in told if isinstance(event, GroupFailed)]
    assert pauses[0] is not None
    assert pauses[1:] == [None]
