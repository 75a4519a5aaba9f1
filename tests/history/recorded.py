"""Runs that are written down: a pipeline of numbers, run by the local executor with a run log that watches."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from pydantic import BaseModel, Field

from glacier_runtime import Dataset, LocalExecutor, Pipeline
from glacier_runtime.errors import Problem
from glacier_runtime.execution.events import RunStarted
from glacier_runtime.execution.fusion import group_tasks
from glacier_runtime.execution.results import RunResult
from glacier_runtime.history.files import log_folders
from glacier_runtime.history.log import RunLog
from glacier_runtime.parameters import resolve
from tests.execution.local_runs import lake, local

__all__ = ["execute", "lines", "note", "numbers_pipeline", "quiet", "started"]


class Row(BaseModel):
    n: Annotated[int, Field(ge=0)]


def numbers_pipeline(root: Path) -> Pipeline:
    """Make `numbers`, of which negative ones are only warned of; double them; and fail when told to."""
    bucket = lake(root)
    numbers = Dataset(
        "numbers", storage=bucket.at("numbers.parquet"), schema=Row, on_violation="warn"
    )
    doubled = Dataset("doubled", storage=bucket.at("doubled.parquet"))

    @local.task
    def count(rows: int = 3, least: int = 0) -> Annotated[pl.DataFrame, numbers]:
        return pl.DataFrame({"n": range(least, least + rows)})

    @local.task
    def double(
        given: Annotated[pl.LazyFrame, numbers], fail: str = "", column: str = "twice"
    ) -> Annotated[pl.LazyFrame, doubled]:
        if fail == "by hand":
            raise KeyboardInterrupt
        if fail:
            raise ValueError(fail)
        return given.with_columns((pl.col("n") * 2).alias(column))

    return Pipeline(name="doubling", tasks=[count, double])


def execute(pipeline: Pipeline, root: Path, log: RunLog, **params: object) -> RunResult:
    """Run a pipeline, watched by a log alone; without the checks before it."""
    executor = LocalExecutor(root=root, observer=log, log=False)
    with log:
        return executor.execute(pipeline, resolve(pipeline.parameters, params))


def quiet(root: Path, told: list[Problem] | None = None, **options: Any) -> RunLog:
    """Return a log that tells nobody, and puts what goes wrong on a list."""
    problems = [] if told is None else told
    return RunLog(root, **{"observers": (), **options}, warn=problems.append)


def note(root: Path, *events: Any, **options: Any) -> RunLog:
    """Write events down without running anything."""
    problems: list[Problem] = []
    with quiet(root, problems, **options) as log:
        for event in events:
            log(event)
    assert problems == []
    return log


def started(pipeline: Pipeline, run: str, **more: Any) -> RunStarted:
    """Return the beginning of a run that is only told."""
    return RunStarted(run, group_tasks(pipeline.graph), pipeline.name, **more)


def lines(root: Path) -> list[Mapping[str, Any]]:
    """Return the lines of the newest log."""
    text = (log_folders(root)[0] / "events.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]
