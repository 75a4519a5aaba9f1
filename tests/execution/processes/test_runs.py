"""Whole runs with tasks in processes of their own: retried, fed from memory, and reported as any other."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from glacier_runtime.errors import ExecutionError
from glacier_runtime.execution.events import Event, GroupFailed
from tests.execution.local_runs import run
from tests.execution.processes import workloads
from tests.execution.processes.apart_runs import children, left_in, write_numbers


def test_a_task_that_ran_out_of_time_is_tried_again_and_its_rows_go_on(tmp_path: Path) -> None:
    write_numbers(tmp_path, [1, 2])
    events: list[Event] = []
    before = children()

    result = run(
        workloads.hesitating, tmp_path, observer=events.append, marker=str(tmp_path / "marker")
    )

    failed = [event for event in events if isinstance(event, GroupFailed)]
    assert ["GLC610" in str(event.error) for event in failed] == [True]
    assert result[workloads.doubled].collect()["n"].to_list() == [2, 4]
    grown = result[workloads.more_rows].value
    assert isinstance(grown, pl.DataFrame)
    assert grown["process"].unique().item() != os.getpid()
    assert children() == before


def test_a_task_that_runs_out_of_time_every_time_fails_its_run(
    tmp_path: Path, scratch: Path
) -> None:
    write_numbers(tmp_path, [1])

    with pytest.raises(ExecutionError, match="GLC610 task 'spin'"):
        run(workloads.spinning, tmp_path)

    assert left_in(tmp_path) == []
    assert [*scratch.iterdir()] == []
