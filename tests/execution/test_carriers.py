"""A dataset reaches each task as the type that the task asks for, stored or in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import pytest
from pydantic import BaseModel

from glacier_runtime import Dataset
from glacier_runtime.errors import DefinitionError
from glacier_runtime.storage.locations import Location
from tests.execution.local_runs import Number, lake, local, run_tasks


@pytest.fixture(params=["memory", "parquet", "csv", "ndjson", "arrow"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Location | None:
    suffix = str(request.param)
    return None if suffix == "memory" else lake(tmp_path).at(f"numbers.{suffix}")


@pytest.mark.parametrize("fuse", [True, False])
def test_frames_change_between_lazy_and_eager(
    fuse: bool, place: Location | None, tmp_path: Path
) -> None:
    lazy = Dataset("lazy", storage=place, schema=Number)
    eager, back = Dataset("eager", schema=Number), Dataset("back", schema=Number)

    @local.task
    def make() -> Annotated[pl.LazyFrame, lazy]:
        return pl.LazyFrame({"n": [1, 2]})

    @local.task
    def double(given: Annotated[pl.DataFrame, lazy]) -> Annotated[pl.DataFrame, eager]:
        assert isinstance(given, pl.DataFrame)
        return given * 2

    @local.task
    def add(given: Annotated[pl.LazyFrame, eager]) -> Annotated[pl.LazyFrame, back]:
        assert isinstance(given, pl.LazyFrame)
        return given.with_columns(pl.col("n") + 1)

    result = run_tasks(tmp_path, make, double, add, fuse=fuse)
    assert result[back].collect()["n"].to_list() == [3, 5]
    assert result[eager].rows == 2


def test_an_eager_output_can_be_stored(place: Location | None, tmp_path: Path) -> None:
    numbers = Dataset("numbers", storage=place, schema=Number)

    @local.task
    def make() -> Annotated[pl.DataFrame, numbers]:
        return pl.DataFrame({"n": [3, 1]})

    made = run_tasks(tmp_path, make)[numbers]
    assert made.rows == 2
    assert made.collect()["n"].to_list() == [3, 1]


def test_one_task_may_take_a_dataset_in_two_types(place: Location | None, tmp_path: Path) -> None:
    numbers = Dataset("numbers", storage=place, schema=Number)
    both = Dataset("both")

    @local.task
    def make() -> Annotated[pl.LazyFrame, numbers]:
        return pl.LazyFrame({"n": [1, 2]})

    @local.task
    def compare(
        lazy: Annotated[pl.LazyFrame, numbers], eager: Annotated[pl.DataFrame, numbers]
    ) -> Annotated[pl.DataFrame, both]:
        return pl.concat([lazy.collect(), eager])

    assert run_tasks(tmp_path, make, compare)[both].rows == 4


def test_columns_come_in_declared_order_whatever_the_task_returns(
    place: Location | None, tmp_path: Path
) -> None:
    class Pair(BaseModel):
        first: int
        second: str

    pairs = Dataset("pairs", storage=place, schema=Pair)

    @local.task
    def make() -> Annotated[pl.LazyFrame, pairs]:
        return pl.LazyFrame({"second": ["a"], "first": [1]})

    assert run_tasks(tmp_path, make)[pairs].collect().rows(named=True) == [
        {"first": 1, "second": "a"}
    ]


def test_a_dataset_without_a_schema_keeps_what_it_is_given(
    place: Location | None, tmp_path: Path
) -> None:
    anything = Dataset("anything", storage=place)

    @local.task
    def make() -> Annotated[pl.LazyFrame, anything]:
        return pl.LazyFrame({"text": ["a", "b"], "number": [1.5, 2.5]})

    frame = run_tasks(tmp_path, make)[anything].collect()
    assert frame.to_dict(as_series=False) == {"text": ["a", "b"], "number": [1.5, 2.5]}


def test_extra_columns_are_kept_where_the_schema_allows_them(
    place: Location | None, tmp_path: Path
) -> None:
    class Open(BaseModel, extra="allow"):
        n: int

    if place is not None and place.suffix == ".ndjson":
        with pytest.raises(DefinitionError, match="extra columns"):
            Dataset("opened", storage=place, schema=Open)
        return
    opened = Dataset("opened", storage=place, schema=Open)
    read_back = Dataset("read_back")

    @local.task
    def make() -> Annotated[pl.LazyFrame, opened]:
        return pl.LazyFrame({"extra": ["x"], "n": [1]})

    @local.task(retries=1)
    def read(given: Annotated[pl.LazyFrame, opened]) -> Annotated[pl.LazyFrame, read_back]:
        return given

    frame = run_tasks(tmp_path, make, read)[read_back].collect()
    assert frame.select("extra", "n").rows() == [("x", 1)]


def test_tasks_without_inputs_or_outputs_run(tmp_path: Path) -> None:
    said = []

    @local.task
    def tell() -> None:
        said.append("hello")

    assert len(run_tasks(tmp_path, tell)) == 0
    assert said == ["hello"]


def test_a_task_without_outputs_reads_what_others_make(tmp_path: Path) -> None:
    numbers = Dataset("numbers", schema=Number)
    said = []

    @local.task
    def make() -> Annotated[pl.LazyFrame, numbers]:
        return pl.LazyFrame({"n": [1, 2]})

    @local.task
    def tell(given: Annotated[pl.LazyFrame, numbers]) -> None:
        said.append(given.collect().height)

    run_tasks(tmp_path, make, tell)
    assert said == [2]
