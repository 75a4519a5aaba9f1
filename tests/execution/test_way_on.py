"""What is said to whoever stops a run: how to go on, where that is possible."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Annotated

import polars as pl
import pytest

from glacier_runtime import Dataset, LocalExecutor, Pipeline
from tests.execution.local_runs import lake, local

pytestmark = pytest.mark.usefixtures("interruptible")


def stopping_pipeline(root: Path) -> Pipeline:
    numbers = Dataset("numbers", storage=lake(root).at("numbers.parquet"))

    @local.task(dry_run=False)
    def count() -> Annotated[pl.DataFrame, numbers]:
        if not (root / "goes on").exists():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(10)
        return pl.DataFrame({"n": [1]})

    return Pipeline([count], name="counting")


def stopped(pipeline: Pipeline, root: Path, *, log: bool) -> str:
    with pytest.raises(KeyboardInterrupt) as raised:
        LocalExecutor(root=root, log=log).execute(pipeline, {})
    return str(raised.value)


def test_what_is_not_written_down_is_not_gone_on_with(tmp_path: Path) -> None:
    said = stopped(stopping_pipeline(tmp_path), tmp_path, log=False)

    assert said == "interrupted: nothing was published, and what was there before stands"


def test_a_program_is_told_how_to_go_on_and_can(tmp_path: Path) -> None:
    pipeline = stopping_pipeline(tmp_path)
    said = stopped(pipeline, tmp_path, log=True)
    (tmp_path / "goes on").touch()

    assert said.endswith("; go on with: LocalExecutor(resume=True)")
    made = LocalExecutor(root=tmp_path, log=True, resume=True).execute(pipeline, {})
    assert made["numbers"].rows == 1


def test_a_history_that_cannot_be_written_is_not_gone_on_with(tmp_path: Path) -> None:
    (tmp_path / ".glacier").write_text("in the way")

    with pytest.warns(RuntimeWarning, match="GLC615"):
        said = stopped(stopping_pipeline(tmp_path), tmp_path, log=True)

    assert "go on with" not in said
