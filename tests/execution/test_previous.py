"""`Previous[...]`: the last published version, for tables that grow."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import pytest
from pydantic import BaseModel

from glacier_runtime import Dataset, Previous
from glacier_runtime.errors import ExecutionError, StorageError
from tests.execution.local_runs import Number, lake, local, run_tasks


@pytest.fixture(params=["history.parquet", "history.csv", "history.arrow", "history/"])
def history(request: pytest.FixtureRequest, tmp_path: Path) -> Dataset:
    return Dataset("history", storage=lake(tmp_path).at(request.param), schema=Number)


def append(root: Path, history: Dataset, value: int, *, fail: bool = False) -> list[int]:
    """Run once, adding a value to what the run before left."""

    @local.task
    def add(
        before: Previous[Annotated[pl.LazyFrame, history]], n: int
    ) -> Annotated[pl.LazyFrame, history]:
        if fail:
            raise RuntimeError
        return pl.concat([before, pl.LazyFrame({"n": [n]})])

    return run_tasks(root, add, n=value)[history].collect()["n"].to_list()


def test_the_first_run_sees_an_empty_table_and_later_ones_the_last_version(
    history: Dataset, tmp_path: Path
) -> None:
    assert [append(tmp_path, history, value) for value in (1, 2, 3, 4, 5)] == [
        [1],
        [1, 2],
        [1, 2, 3],
        [1, 2, 3, 4],
        [1, 2, 3, 4, 5],
    ]


def test_a_run_that_failed_left_nothing_behind(history: Dataset, tmp_path: Path) -> None:
    append(tmp_path, history, 1)
    with pytest.raises(ExecutionError):
        append(tmp_path, history, 2, fail=True)
    assert append(tmp_path, history, 3) == [1, 3]


def test_a_partitioned_table_grows(tmp_path: Path) -> None:
    class Keyed(BaseModel):
        key: str
        n: int

    grown = Dataset("grown", storage=lake(tmp_path).at("grown/"), schema=Keyed, partition_by="key")

    @local.task
    def add(
        before: Previous[Annotated[pl.LazyFrame, grown]], n: int
    ) -> Annotated[pl.LazyFrame, grown]:
        return pl.concat([before, pl.LazyFrame({"key": ["a", "b"], "n": [n, n]})])

    for value in (1, 2):
        result = run_tasks(tmp_path, add, n=value)
    rows = result[grown].collect().sort("n", "key").rows()
    assert rows == [("a", 1), ("b", 1), ("a", 2), ("b", 2)]


def test_the_dataset_of_a_later_task_is_seen_as_it_was_before_the_run(tmp_path: Path) -> None:
    bucket = lake(tmp_path)
    seen = Dataset("seen", storage=bucket.at("seen.parquet"), schema=Number)
    last = Dataset("last", storage=bucket.at("last.parquet"), schema=Number)

    @local.task
    def look(
        before: Previous[Annotated[pl.LazyFrame, last]],
    ) -> Annotated[pl.LazyFrame, seen]:
        return before

    @local.task
    def make(given: Annotated[pl.LazyFrame, seen], n: int) -> Annotated[pl.LazyFrame, last]:
        return pl.concat([given, pl.LazyFrame({"n": [n]})])

    for fuse in (True, False):
        for value in (1, 2, 3):
            result = run_tasks(tmp_path, look, make, n=value, fuse=fuse)
    assert result[seen].collect()["n"].to_list() == [1, 2, 3, 1, 2]
    assert result[last].collect()["n"].to_list() == [1, 2, 3, 1, 2, 3]


def test_previous_and_current_versions_are_two_inputs(tmp_path: Path) -> None:
    numbers = Dataset("numbers", storage=lake(tmp_path).at("numbers.parquet"), schema=Number)
    change = Dataset("change")

    @local.task
    def make(n: int) -> Annotated[pl.LazyFrame, numbers]:
        return pl.LazyFrame({"n": [n]})

    @local.task
    def compare(
        now: Annotated[pl.LazyFrame, numbers], before: Previous[Annotated[pl.LazyFrame, numbers]]
    ) -> Annotated[pl.LazyFrame, change]:
        return pl.concat([before, now])

    for value in (1, 2):
        result = run_tasks(tmp_path, make, compare, n=value)
    assert result[change].collect()["n"].to_list() == [1, 2]


def test_an_eager_task_takes_the_previous_version_too(tmp_path: Path) -> None:
    history = Dataset("history", storage=lake(tmp_path).at("history.parquet"), schema=Number)

    @local.task
    def add(
        before: Previous[Annotated[pl.DataFrame, history]],
    ) -> Annotated[pl.DataFrame, history]:
        return before.vstack(pl.DataFrame({"n": [before.height]}))

    for _ in range(3):
        result = run_tasks(tmp_path, add)
    assert result[history].collect()["n"].to_list() == [0, 1, 2]


@pytest.mark.parametrize(
    ("was", "what"), [({"n": [1.5]}, "Float64"), ({"m": [1]}, "lacks column 'n'")]
)
def test_a_version_from_before_the_schema_changed_is_named(
    was: dict[str, list[object]], what: str, tmp_path: Path
) -> None:
    place = lake(tmp_path).at("history.parquet")
    before_change = Dataset("history", storage=place)

    @local.task
    def make() -> Annotated[pl.LazyFrame, before_change]:
        return pl.LazyFrame(was)

    run_tasks(tmp_path, make)
    with pytest.raises(StorageError, match=what) as failure:
        append(tmp_path, Dataset("history", storage=place, schema=Number), 1)
    assert failure.value.codes == ("GLC503",)
    assert "previous version" in str(failure.value)
