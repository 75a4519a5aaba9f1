"""What people are told at the end of a run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from glacier_runtime.errors import ExecutionError
from glacier_runtime.execution.decisions import Decision
from glacier_runtime.execution.events import RunFinished
from glacier_runtime.history.reading import find_run
from glacier_runtime.history.records import RunRecord, TaskOutcome
from glacier_runtime.history.summary import summary_lines
from tests.history.recorded import execute, note, numbers_pipeline, quiet, started

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_a_run_is_told_in_one_line(tmp_path: Path) -> None:
    log = quiet(tmp_path)
    result = execute(numbers_pipeline(tmp_path), tmp_path, log, rows=1500)
    assert log.record is not None
    [line] = summary_lines(log.record)
    assert line.startswith("doubling: 2 tasks ran, 2 datasets published (3,000 rows, ")
    assert line.endswith(f" s; run {result.run}")


def test_rules_that_rows_break_are_told(tmp_path: Path) -> None:
    log = quiet(tmp_path)
    execute(numbers_pipeline(tmp_path), tmp_path, log, rows=3, least=-2)
    assert log.record is not None
    assert list(summary_lines(log.record))[1:] == ["  numbers: 2 rows break n: ge=0"]


def test_a_failed_run_says_why_and_what_was_not_reached(tmp_path: Path) -> None:
    with pytest.raises(ExecutionError):
        execute(numbers_pipeline(tmp_path), tmp_path, quiet(tmp_path), fail="boom")
    first, why = summary_lines(find_run(tmp_path))
    assert first.startswith("doubling: failed; 1 of 2 tasks ran")
    assert why.startswith("  GLC601 ")
    assert "boom" in why


def test_what_was_left_out_is_told_by_its_reason(tmp_path: Path) -> None:
    pipeline = numbers_pipeline(tmp_path)
    decisions = tuple(Decision(task, False, "current since run r0") for task in pipeline.tasks)
    begun = started(pipeline, "r1", decisions=decisions)
    log = note(tmp_path, type(begun)("r1", (), "doubling", decisions), RunFinished("r1", 0.1))
    assert log.record is not None
    assert list(summary_lines(log.record)) == [
        "doubling: nothing to do, 0.10 s; run r1",
        "  left out: count, double: current since run r0",
    ]


def test_hundreds_of_reasons_are_not_hundreds_of_lines() -> None:
    tasks = tuple(
        TaskOutcome(task=f"t{number}", outcome="skipped", reason=f"why {number:03}")
        for number in range(300)
    )
    record = RunRecord(run="r", pipeline="p", status="done", started_at=NOON, tasks=tasks)
    told = list(summary_lines(record))
    assert len(told) == 14
    assert told[-1] == "  and 288 more reasons"
