"""Fused tasks share their work: whatever several need is computed once, and all of them see the same rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import polars as pl
import pytest
from pydantic import BaseModel, Field

from glacier_runtime import Dataset
from glacier_runtime.errors import ExecutionError
from tests.execution.local_runs import Number, lake, local, run_tasks

Numbers = pl.Schema({"n": pl.Int64})


class Counter:
    """Counts how often a step is computed, and over how many rows."""

    def __init__(self) -> None:
        self.rows: list[int] = []

    def __call__(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        def note(batch: pl.DataFrame) -> pl.DataFrame:
            self.rows.append(batch.height)
            return batch

        return frame.map_batches(note, schema=Numbers)


def numbers(count: int = 10) -> pl.LazyFrame:
    return pl.LazyFrame({"n": range(count)})


def stored(root: Path, name: str) -> Dataset:
    return Dataset(name, storage=lake(root).at(f"{name}.parquet"), schema=Number)


def doubled(frame: pl.LazyFrame) -> pl.LazyFrame:
    return frame.with_columns(pl.col("n") * 2)


def test_what_two_tasks_read_is_computed_once(tmp_path: Path) -> None:
    counter = Counter()
    shared = Dataset("shared", schema=Number)
    left, right = stored(tmp_path, "left"), stored(tmp_path, "right")

    @local.task
    def make() -> Annotated[pl.LazyFrame, shared]:
        return counter(numbers())

    @local.task
    def go_left(given: Annotated[pl.LazyFrame, shared]) -> Annotated[pl.LazyFrame, left]:
        return given.filter(pl.col("n") > 5)

    @local.task
    def go_right(given: Annotated[pl.LazyFrame, shared]) -> Annotated[pl.LazyFrame, right]:
        return given.filter(pl.col("n") < 3)

    result = run_tasks(tmp_path, make, go_left, go_right)
    assert counter.rows == [10]
    assert result[left].collect()["n"].to_list() == [6, 7, 8, 9]
    assert result[right].collect()["n"].to_list() == [0, 1, 2]


def test_every_floor_of_a_graph_is_computed_once(tmp_path: Path) -> None:
    """A stored dataset feeds a stored dataset feeds two: sharing inside of what is shared."""
    ground, upper = Counter(), Counter()
    first, second = stored(tmp_path, "first"), stored(tmp_path, "second")
    left, right = stored(tmp_path, "left"), stored(tmp_path, "right")

    @local.task
    def start() -> Annotated[pl.LazyFrame, first]:
        return ground(numbers())

    @local.task
    def rise(given: Annotated[pl.LazyFrame, first]) -> Annotated[pl.LazyFrame, second]:
        return upper(doubled(given))

    @local.task
    def go_left(given: Annotated[pl.LazyFrame, second]) -> Annotated[pl.LazyFrame, left]:
        return doubled(given)

    @local.task
    def go_right(
        given: Annotated[pl.LazyFrame, second], base: Annotated[pl.LazyFrame, first]
    ) -> Annotated[pl.LazyFrame, right]:
        return pl.concat([given, base])

    result = run_tasks(tmp_path, start, rise, go_left, go_right)
    assert (ground.rows, upper.rows) == ([10], [10])
    assert result[left].collect()["n"].sum() == 4 * 45
    assert result[right].rows == 20


def test_what_nobody_needs_is_not_computed(tmp_path: Path) -> None:
    class Anything(BaseModel):
        n: int | None

    counter = Counter()
    unused = Dataset("unused", schema=Anything)
    wanted = stored(tmp_path, "wanted")

    @local.task
    def make() -> tuple[Annotated[pl.LazyFrame, unused], Annotated[pl.LazyFrame, wanted]]:
        return counter(numbers()), numbers()

    final = stored(tmp_path, "final")

    @local.task
    def read(
        given: Annotated[pl.LazyFrame, wanted], ignored: Annotated[pl.LazyFrame, unused]
    ) -> Annotated[pl.LazyFrame, final]:
        assert isinstance(ignored, pl.LazyFrame)
        return given

    result = run_tasks(tmp_path, make, read)
    assert counter.rows == []
    assert result[unused].value is None
    assert result[unused].rows is None


def pick_at_random(frame: pl.LazyFrame) -> pl.LazyFrame:
    return frame.filter(pl.int_range(pl.len()).shuffle() < 3)


def add_noise(frame: pl.LazyFrame) -> pl.LazyFrame:
    return frame.select(pl.col("n").shuffle())


@pytest.mark.parametrize("change", [pick_at_random, add_noise])
def test_all_readers_see_the_rows_that_are_stored_even_if_they_are_random(
    change: Callable[[pl.LazyFrame], pl.LazyFrame], tmp_path: Path
) -> None:
    first, copy = stored(tmp_path, "first"), stored(tmp_path, "copy")

    @local.task
    def draw() -> Annotated[pl.LazyFrame, first]:
        return change(numbers(1000))

    @local.task
    def pass_on(given: Annotated[pl.LazyFrame, first]) -> Annotated[pl.LazyFrame, copy]:
        return given

    for _ in range(5):
        result = run_tasks(tmp_path, draw, pass_on)
        assert result[first].collect().equals(result[copy].collect())


def test_rules_are_checked_on_the_rows_that_are_written_even_if_they_are_random(
    tmp_path: Path,
) -> None:
    class Large(BaseModel):
        n: int = Field(ge=500)
        other: int
        text: str | None

    large = Dataset("large", storage=lake(tmp_path).at("large.parquet"), schema=Large)

    @local.task
    def draw() -> Annotated[pl.LazyFrame, large]:
        wide = numbers(1000).with_columns(other="n", text=pl.lit("x"))
        return wide.filter(pl.int_range(pl.len()).shuffle() < 1)

    outcomes = set()
    for _ in range(40):
        try:
            smallest = run_tasks(tmp_path, draw)[large].collect()["n"].min()
        except ExecutionError as error:
            outcomes.add("refused" if "ge=500 (1)" in str(error) else str(error))
        else:
            outcomes.add("published" if isinstance(smallest, int) and smallest >= 500 else "broken")
    assert outcomes == {"published", "refused"}
