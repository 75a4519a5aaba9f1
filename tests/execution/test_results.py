"""What a run returns: what was made, where it lies, and what is in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import pytest

from glacier_runtime import Dataset
from glacier_runtime.execution.results import RunResult
from glacier_runtime.tasks import AnyTask
from tests.execution.local_runs import Number, lake, local, run_tasks


@pytest.fixture
def numbers(tmp_path: Path) -> Dataset:
    return Dataset("numbers", storage=lake(tmp_path).at("made/numbers.parquet"), schema=Number)


total = Dataset("total", schema=Number)
note = Dataset("note", format="json")


def count_up(numbers: Dataset) -> AnyTask:  # noqa: ARG001 (an annotation names it)
    @local.task
    def count(rows: int = 3) -> Annotated[pl.LazyFrame, numbers]:
        return pl.LazyFrame({"n": range(rows)})

    return count


def run_all(root: Path, numbers: Dataset, **params: Any) -> RunResult:
    @local.task
    def add_up(given: Annotated[pl.LazyFrame, numbers]) -> Annotated[pl.LazyFrame, total]:
        return given.sum()

    @local.task
    def remark(given: Annotated[pl.LazyFrame, total]) -> Annotated[dict[str, object], note]:
        return {"total": given.collect().item()}

    return run_tasks(root, count_up(numbers), add_up, remark, **params)


def test_a_result_is_a_mapping_from_dataset_objects(numbers: Dataset, tmp_path: Path) -> None:
    result = run_all(tmp_path, numbers)
    assert list(result) == [numbers, total, note]
    assert len(result) == 3
    assert numbers in result
    twin = Dataset("numbers", storage=numbers.storage, schema=Number)
    assert twin not in result
    with pytest.raises(KeyError):
        result[twin]


def test_a_stored_table_says_rows_bytes_path_and_version(numbers: Dataset, tmp_path: Path) -> None:
    for number in (1, 2):
        made = run_all(tmp_path, numbers, rows=number * 10)[numbers]
        path = tmp_path / "data/lake/made/numbers.parquet"
        assert (made.rows, made.version, made.path) == (number * 10, number, path)
        assert made.size_bytes == path.stat().st_size
        assert pl.read_parquet(path).height == number * 10


def test_a_table_in_memory_says_rows_and_nothing_about_storage(
    numbers: Dataset, tmp_path: Path
) -> None:
    made = run_all(tmp_path, numbers)[total]
    assert (made.rows, made.size_bytes, made.path, made.version) == (1, None, None, None)
    assert made.collect().to_dicts() == [{"n": 3}]


def test_a_document_is_its_own_value(numbers: Dataset, tmp_path: Path) -> None:
    made = run_all(tmp_path, numbers)[note]
    assert made.value == {"total": 3}
    with pytest.raises(TypeError, match="'note' is a dict, not a table"):
        made.scan()


def test_an_earlier_result_is_pinned_to_its_version(numbers: Dataset, tmp_path: Path) -> None:
    count = count_up(numbers)
    first = run_tasks(tmp_path, count, rows=1)[numbers]
    frame = first.scan()
    second = run_tasks(tmp_path, count, rows=2)[numbers]
    assert frame.collect().height == first.collect().height == 1
    assert second.collect().height == 2


def test_a_result_holds_what_the_pinned_version_holds_and_not_a_recomputation(
    numbers: Dataset, tmp_path: Path
) -> None:
    calls = []

    @local.task
    def count() -> Annotated[pl.LazyFrame, numbers]:
        def note_call(frame: pl.DataFrame) -> pl.DataFrame:
            calls.append(frame.height)
            return frame

        return pl.LazyFrame({"n": [1]}).map_batches(note_call, schema=pl.Schema({"n": pl.Int64}))

    made = run_tasks(tmp_path, count)[numbers]
    made.collect()
    made.collect()
    assert calls == [1]


def test_a_result_can_be_read_by_a_person(numbers: Dataset, tmp_path: Path) -> None:
    text = str(run_all(tmp_path, numbers, rows=1234))
    assert text.startswith("under-test ran ")
    for said in ("numbers", "1,234 rows", "kB", "made/numbers.parquet", "total", "1 rows"):
        assert said in text
    assert "0x" not in text
    assert "Dataset(" not in text


def test_a_result_can_be_read_by_a_machine(numbers: Dataset, tmp_path: Path) -> None:
    result = run_all(tmp_path, numbers)
    data = json.loads(json.dumps(result.to_dict()))
    assert data["run"] == result.run
    assert data["datasets"]["numbers"]["rows"] == 3
    assert data["datasets"]["numbers"]["version"] == 1
    assert data["datasets"]["note"]["path"] is None
    assert [group["tasks"] for group in data["groups"]] == [["count", "add_up"], ["remark"]]


def test_groups_say_who_ran_and_which_attempt_counted(numbers: Dataset, tmp_path: Path) -> None:
    result = run_all(tmp_path, numbers)
    assert [[t.name for t in done.group.tasks] for done in result.groups] == [
        ["count", "add_up"],
        ["remark"],
    ]
    assert [done.attempt for done in result.groups] == [1, 1]
    assert result.seconds >= sum(done.seconds for done in result.groups) > 0


def test_every_run_has_a_name_of_its_own(numbers: Dataset, tmp_path: Path) -> None:
    count = count_up(numbers)
    assert len({run_tasks(tmp_path, count).run for _ in range(5)}) == 5
