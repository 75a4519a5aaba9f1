"""Who is at fault: of a failing query, the one task that cannot be run; and never whom it hit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import pytest

from glacier_runtime import Dataset
from glacier_runtime.errors import ExecutionError
from glacier_runtime.execution.events import Event, GroupFailed
from tests.execution.local_runs import Number, lake, local, run_tasks

Text = pl.Schema({"text": pl.String})


def failing_at_run_time(frame: pl.LazyFrame) -> pl.LazyFrame:
    """A cast that only the data can tell to be impossible."""
    text = pl.when(pl.col("n") >= 0).then(pl.lit("no number"))
    return frame.select(n=text.cast(pl.Int64))


def raising(error: Exception) -> pl.LazyFrame:
    def call_out(_: pl.DataFrame) -> pl.DataFrame:
        raise error

    return pl.LazyFrame({"n": [1]}).map_batches(call_out, schema=pl.Schema({"n": pl.Int64}))


@pytest.mark.parametrize("guilty", ["first", "second", "third"])
@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("fuse", [True, False])
def test_of_three_fused_tasks_the_one_whose_cast_fails_is_named(
    guilty: str, stored: bool, fuse: bool, tmp_path: Path
) -> None:
    def dataset(name: str) -> Dataset:
        place = lake(tmp_path).at(f"{name}.parquet") if stored else None
        return Dataset(name, storage=place, schema=Number)

    def step(name: str, frame: pl.LazyFrame) -> pl.LazyFrame:
        return failing_at_run_time(frame) if name == guilty else frame

    one, two, three = dataset("one"), dataset("two"), dataset("three")

    @local.task
    def first() -> Annotated[pl.LazyFrame, one]:
        return step("first", pl.LazyFrame({"n": [1, 2]}))

    @local.task
    def second(given: Annotated[pl.LazyFrame, one]) -> Annotated[pl.LazyFrame, two]:
        return step("second", given)

    @local.task
    def third(given: Annotated[pl.LazyFrame, two]) -> Annotated[pl.LazyFrame, three]:
        return step("third", given)

    with pytest.raises(ExecutionError) as failure:
        run_tasks(tmp_path, first, second, third, fuse=fuse)
    assert [problem.task for problem in failure.value.problems] == [guilty]
    assert failure.value.codes == ("GLC601",)
    assert "conversion" in str(failure.value)
    assert not list(tmp_path.rglob("*-why*")), "looking for the guilty task left files behind"


@pytest.mark.parametrize(
    "error", [ValueError("boom"), ConnectionError("boom"), KeyError("boom"), OSError(5, "boom")]
)
@pytest.mark.parametrize("fuse", [True, False])
def test_whatever_a_function_inside_a_query_raises_its_task_is_named(
    error: Exception, fuse: bool, tmp_path: Path
) -> None:
    one, two = Dataset("one", schema=Number), Dataset("two", schema=Number)

    @local.task
    def innocent() -> Annotated[pl.LazyFrame, one]:
        return pl.LazyFrame({"n": [1]})

    @local.task
    def guilty(given: Annotated[pl.LazyFrame, one]) -> Annotated[pl.LazyFrame, two]:
        return pl.concat([given, raising(error)])

    with pytest.raises(ExecutionError, match="boom") as failure:
        run_tasks(tmp_path, innocent, guilty, fuse=fuse)
    assert failure.value.codes == ("GLC601",)
    assert failure.value.problems[0].task == "guilty"


def test_a_task_that_reads_a_file_it_never_declared_is_named(tmp_path: Path) -> None:
    numbers = Dataset("numbers", storage=lake(tmp_path).at("numbers.parquet"), schema=Number)

    @local.task
    def guilty() -> Annotated[pl.LazyFrame, numbers]:
        return pl.scan_parquet(tmp_path / "nowhere.parquet")

    with pytest.raises(ExecutionError, match=r"nowhere\.parquet") as failure:
        run_tasks(tmp_path, guilty)
    assert failure.value.problems[0].task == "guilty"
    assert failure.value.codes == ("GLC601",)


def test_a_task_that_exits_or_recurses_for_ever_is_named(tmp_path: Path) -> None:
    numbers = Dataset("numbers", schema=Number)

    @local.task
    def guilty() -> Annotated[pl.LazyFrame, numbers]:
        def deeper(level: int) -> int:
            return deeper(level + 1)

        return pl.LazyFrame({"n": [deeper(0)]})

    with pytest.raises(ExecutionError, match="RecursionError") as failure:
        run_tasks(tmp_path, guilty)
    assert failure.value.problems[0].task == "guilty"


def test_the_error_of_a_task_is_the_cause_of_what_is_raised(tmp_path: Path) -> None:
    numbers = Dataset("numbers", schema=Number)
    boom = RuntimeError("first line\nsecond line")

    @local.task
    def guilty() -> Annotated[pl.LazyFrame, numbers]:
        raise boom

    with pytest.raises(ExecutionError) as failure:
        run_tasks(tmp_path, guilty)
    causes = []
    error: BaseException | None = failure.value
    while error is not None:
        causes.append(error)
        error = error.__cause__
    assert boom in causes
    assert "second line" not in failure.value.problems[0].message
    place = failure.value.problems[0].place
    assert place is not None
    assert place.file == __file__


def test_a_keyboard_interrupt_is_nobodys_fault(tmp_path: Path) -> None:
    numbers = Dataset("numbers", storage=lake(tmp_path).at("numbers.parquet"), schema=Number)

    @local.task
    def interrupted() -> Annotated[pl.LazyFrame, numbers]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_tasks(tmp_path, interrupted)
    assert not (tmp_path / "data/lake/numbers.parquet").exists()
    assert not list(tmp_path.glob("data/lake/_glacier/numbers.parquet/attempts/*"))


def test_a_failed_group_is_told_to_whoever_watches(tmp_path: Path) -> None:
    numbers = Dataset("numbers", schema=Number)
    told: list[Event] = []

    @local.task
    def guilty() -> Annotated[pl.LazyFrame, numbers]:
        return raising(OSError(5, "boom"))

    with pytest.raises(ExecutionError) as failure:
        run_tasks(tmp_path, guilty, observer=told.append)
    assert isinstance(told[-2], GroupFailed)
    assert told[-2].error is failure.value
    assert told[-2].retry_in_s is None


def test_groups_before_the_failure_stay_published(tmp_path: Path) -> None:
    bucket = lake(tmp_path)
    one = Dataset("one", storage=bucket.at("one.parquet"), schema=Number)
    two = Dataset("two", storage=bucket.at("two.parquet"), schema=Number)

    @local.task
    def first() -> Annotated[pl.DataFrame, one]:
        return pl.DataFrame({"n": [1]})

    @local.task
    def second(given: Annotated[pl.DataFrame, one]) -> Annotated[pl.DataFrame, two]:
        message = f"{given.height} row"
        raise RuntimeError(message)

    with pytest.raises(ExecutionError, match="1 row"):
        run_tasks(tmp_path, first, second)
    assert (tmp_path / "data/lake/one.parquet").exists()
    assert not (tmp_path / "data/lake/two.parquet").exists()
