"""Going on with a run: its parameters and its tasks are of one run, though others end early meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import pytest

from glacier_runtime import Dataset, Pipeline
from glacier_runtime.errors import ExecutionError
from glacier_runtime.execution.local import LocalExecutor
from glacier_runtime.executors import settled
from glacier_runtime.history.reading import find_run
from tests.execution.local_runs import lake, local


def failing_pipeline(root: Path) -> Pipeline:
    first = Dataset("first", storage=lake(root).at("first.parquet"))
    second = Dataset("second", storage=lake(root).at("second.parquet"))

    @local.task(dry_run=False)
    def one(rows: int = 1) -> Annotated[pl.LazyFrame, first]:
        if not (root / "works").exists():
            message = "not today"
            raise OSError(message)
        return pl.LazyFrame({"n": range(rows)})

    @local.task(dry_run=False)
    def two(rows: int = 1) -> Annotated[pl.LazyFrame, second]:
        message = "never"
        raise OSError(message, rows)

    return Pipeline([one, two], name="failing")


def fail(pipeline: Pipeline, root: Path, task: str, rows: int) -> str:
    with pytest.raises(ExecutionError):
        LocalExecutor(root=root, log=True, only=[task]).execute(pipeline, {"rows": rows})
    return find_run(root).run


def test_what_ends_early_after_the_look_changes_nothing(tmp_path: Path) -> None:
    pipeline = failing_pipeline(tmp_path)
    before = fail(pipeline, tmp_path, "one", rows=3)

    executor, implied = settled(LocalExecutor(root=tmp_path, log=True, resume=True), pipeline)
    fail(pipeline, tmp_path, "two", rows=5)
    (tmp_path / "works").touch()
    result = executor.execute(pipeline, implied)

    assert {dataset.name: made.rows for dataset, made in result.items()} == {"first": 3}
    assert find_run(tmp_path, result.run).resumes == before
