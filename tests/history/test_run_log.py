"""What a run log holds, written by real runs."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import pytest

import glacier_runtime
from glacier_runtime import Dataset, Pipeline
from glacier_runtime.errors import Code, ExecutionError, Problem
from glacier_runtime.execution.decisions import Decision
from glacier_runtime.execution.events import GroupFailed, RunFailed, RunFinished
from glacier_runtime.execution.fusion import group_tasks
from glacier_runtime.history.documents import EventDocument, RunStartedDocument, parse_event
from glacier_runtime.history.files import log_folders
from glacier_runtime.history.log import RunLog
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.storage.records import Fingerprint
from tests.execution.local_runs import Number, local
from tests.history.log_schema import PUBLISHED, render_log_schema
from tests.history.recorded import execute, lines, note, numbers_pipeline, quiet, started
from tests.unit.json_schema import violations


def test_the_published_schema_is_that_of_the_code() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == render_log_schema(), "nox -s regenerate"


def test_every_line_keeps_the_published_schema(tmp_path: Path) -> None:
    pipeline = numbers_pipeline(tmp_path)
    schema = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    schema.pop("$schema")
    execute(pipeline, tmp_path, quiet(tmp_path), rows=2)
    with pytest.raises(ExecutionError):
        execute(pipeline, tmp_path, quiet(tmp_path), rows=3, fail="boom")
    texts = [
        line
        for folder in log_folders(tmp_path)
        for line in (folder / "events.jsonl").read_bytes().splitlines()
    ]
    assert len(texts) == 6 + 6
    for text in texts:
        assert violations(json.loads(text), schema) == []
    begun = json.loads(texts[0])
    assert violations(begun | {"event": "run_begun"}, schema) != []
    assert violations(begun | {"time": "noon"}, schema) != []


def test_a_run_is_told_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    result = execute(numbers_pipeline(tmp_path), tmp_path, quiet(tmp_path), rows=4)
    told = lines(tmp_path)
    assert [line["event"] for line in told] == [
        "run_started",
        *["group_started", "group_finished"] * 2,
        "run_finished",
    ]
    assert {line["run"] for line in told} == {result.run}
    clock = [line["monotonic_s"] for line in told]
    assert clock == sorted(clock)
    times = [datetime.fromisoformat(line["time"]) for line in told]
    assert all(time.utcoffset() == timedelta(0) for time in times)
    assert datetime.now(UTC) - times[0] < timedelta(minutes=1)


def test_the_beginning_says_what_is_about_to_happen(tmp_path: Path) -> None:
    execute(numbers_pipeline(tmp_path), tmp_path, quiet(tmp_path), rows=4)
    begun = lines(tmp_path)[0]
    assert begun["pipeline"] == "doubling"
    assert begun["pid"] == os.getpid()
    assert begun["glacier"] == glacier_runtime.__version__
    assert begun["python"] == platform.python_version()
    assert begun["params"] == {"rows": 4, "least": 0, "fail": "", "column": "twice"}
    assert begun["tasks"]["double"] == {"reads": ["numbers"], "writes": ["doubled"]}
    assert begun["datasets"]["numbers"] == {
        "bucket": "lake",
        "path": "numbers.parquet",
        "format": "parquet",
        "address": str(tmp_path / "data/lake/numbers.parquet"),
        "columns": [{"name": "n", "dtype": "Int64", "description": ""}],
        "source": False,
    }
    assert [group["tasks"] for group in begun["groups"]] == [["count"], ["double"]]


def test_what_a_run_makes_itself_it_does_not_read(tmp_path: Path) -> None:
    pipeline = numbers_pipeline(tmp_path)
    pinned = {"numbers": "version 1", "doubled": "version 1"}
    note(tmp_path, started(pipeline, "r1", read=pinned), RunFinished("r1", 1.0))
    assert lines(tmp_path)[0]["read"] == {}
    only_double = Pipeline(name="doubling", tasks=pipeline.tasks[1:])
    note(tmp_path, started(only_double, "r2", read=pinned), RunFinished("r2", 1.0))
    assert lines(tmp_path)[0]["read"] == {"numbers": "version 1"}


def test_what_was_made_is_told_with_rows_bytes_version_columns_and_broken_rules(
    tmp_path: Path,
) -> None:
    result = execute(numbers_pipeline(tmp_path), tmp_path, quiet(tmp_path), rows=4, least=-1)
    made = [
        entry
        for line in lines(tmp_path)
        for entry in line.get("datasets", [])
        if line["event"] == "group_finished"
    ]
    assert made == [
        {
            "name": "numbers",
            "rows": 4,
            "size_bytes": result["numbers"].size_bytes,
            "version": 1,
            "violations": {"n: ge=0": 1},
        },
        {
            "name": "doubled",
            "rows": 4,
            "size_bytes": result["doubled"].size_bytes,
            "version": 1,
            # it declares no columns, so those that it has are told
            "columns": [
                {"name": "n", "dtype": "Int64", "description": ""},
                {"name": "twice", "dtype": "Int64", "description": ""},
            ],
            "violations": {},
        },
    ]


def test_a_failure_is_told_with_code_task_and_way_out(tmp_path: Path) -> None:
    with pytest.raises(ExecutionError) as failure:
        execute(numbers_pipeline(tmp_path), tmp_path, quiet(tmp_path), fail="boom")
    failed, over = lines(tmp_path)[-2:]
    assert failed["event"] == "group_failed"
    assert "retry_in_s" not in failed
    assert over["event"] == "run_failed"
    assert failed["error"] == over["error"]
    [problem] = over["error"]["problems"]
    assert over["error"]["type"] == "ExecutionError"
    assert (problem["code"], problem["task"]) == ("GLC601", "double")
    assert problem["message"] == failure.value.problems[0].message
    assert problem["fix"] == failure.value.problems[0].fix


def test_of_an_error_that_is_none_of_glaciers_only_the_kind_is_told(tmp_path: Path) -> None:
    pipeline = numbers_pipeline(tmp_path)
    secret = RuntimeError("password=hunter2")
    [first, *_] = group_tasks(pipeline.graph)
    note(
        tmp_path,
        started(pipeline, "r1"),
        GroupFailed(first, 1, secret, None),
        RunFailed("r1", 1.0, secret),
    )
    assert lines(tmp_path)[-1]["error"] == {"type": "RuntimeError", "problems": []}
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"hunter2" not in everything


def test_decisions_are_told_with_reason_partition_and_fingerprint(tmp_path: Path) -> None:
    pipeline = numbers_pipeline(tmp_path)
    count, double = pipeline.tasks
    day = PartitionKey((("day", "2024-01-01"),))
    decisions = (
        Decision(
            count, False, "current since run r0", day, Fingerprint(code={"m.count": "code:1"})
        ),
        Decision(double, True, "code of m.double changed"),
    )
    note(tmp_path, started(pipeline, "r1", decisions=decisions), RunFinished("r1", 1.0))
    first, second = lines(tmp_path)[0]["decisions"]
    assert first == {
        "task": "count",
        "runs": False,
        "reason": "current since run r0",
        "partition": "day=2024-01-01",
        "fingerprint": {
            "code": {"m.count": "code:1"},
            "parameters": {},
            "inputs": {},
            "declared": {},
            "libraries": {},
        },
    }
    assert second == {"task": "double", "runs": True, "reason": "code of m.double changed"}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("caf" + chr(0xDCE9), "caf\\udce9"),  # a file name that is not UTF-8, as Python holds it
        ("x" * 20_000, "x" * 10_000 + "… (20,000 characters)"),
        (["y" * 9_000] * 20, "180,061 bytes, not kept"),
        ({"a": {1.5, 2.5}}, None),
        (b"\xff\xfe", "__4="),
        (float("nan"), None),
        (datetime(2024, 1, 1, tzinfo=UTC), "2024-01-01T00:00:00Z"),
    ],
    ids=["not UTF-8", "lengthy", "enormous", "a set", "bytes", "not a number", "a moment"],
)
def test_a_log_holds_whatever_parameter_it_is_given(given: Any, kept: Any, tmp_path: Path) -> None:
    pipeline = numbers_pipeline(tmp_path)
    note(tmp_path, started(pipeline, "r1", params={"given": given}), RunFinished("r1", 1.0))
    [begun, _] = lines(tmp_path)
    if isinstance(given, dict):
        assert sorted(begun["params"]["given"]["a"]) == [1.5, 2.5]
    else:
        assert begun["params"]["given"] == kept


def test_what_outputs_were_made_from_is_told_when_they_are_published(tmp_path: Path) -> None:
    execute(numbers_pipeline(tmp_path), tmp_path, quiet(tmp_path))
    first, second = (line for line in lines(tmp_path) if line["event"] == "group_finished")
    assert set(first["fingerprints"]["count"]["parameters"]) == {"rows", "least"}
    assert set(second["fingerprints"]["double"]["inputs"]) == {"numbers"}


def test_names_that_no_folder_can_have_are_logged_under_a_digest(tmp_path: Path) -> None:
    pipeline = numbers_pipeline(tmp_path)
    for run in ("../../outside", "a" * 5_000, "with/slash", "caf" + chr(0xDCE9)):
        log = note(tmp_path, started(pipeline, run), RunFinished(run, 1.0))
        assert log.record is not None
    assert len(log_folders(tmp_path)) == 4
    assert {path.parent.parent for path in tmp_path.rglob("events.jsonl")} == {
        tmp_path / ".glacier/runs"
    }
    assert not list(tmp_path.parent.glob("outside"))


def test_logs_are_kept_out_of_git_and_what_lies_beside_them_is_not(tmp_path: Path) -> None:
    base = tmp_path / ".glacier/base"
    base.mkdir(parents=True)
    execute(numbers_pipeline(tmp_path), tmp_path, quiet(tmp_path))
    assert (tmp_path / ".glacier/runs/.gitignore").read_text() == "*\n"
    assert not (tmp_path / ".glacier/.gitignore").exists()
    assert list(base.iterdir()) == []


def test_only_the_newest_runs_are_kept(tmp_path: Path) -> None:
    pipeline = numbers_pipeline(tmp_path)
    for number in range(7):
        run = f"2024010{number}T000000Z"
        note(tmp_path, started(pipeline, run), RunFinished(run, 1.0), keep=3)
    kept = [folder.name[:8] for folder in log_folders(tmp_path)]
    assert kept == ["20240106", "20240105", "20240104"]


def test_a_run_that_is_at_work_is_never_swept(tmp_path: Path) -> None:
    pipeline = numbers_pipeline(tmp_path)
    with quiet(tmp_path) as old:
        old(started(pipeline, "20240101T000000Z"))
        for number in (2, 3, 4):
            run = f"2024010{number}T000000Z"
            note(tmp_path, started(pipeline, run), RunFinished(run, 1.0), keep=1)
        assert [folder.name[:8] for folder in log_folders(tmp_path)] == ["20240104", "20240101"]


def test_nothing_is_written_of_a_run_that_never_began(tmp_path: Path) -> None:
    note(tmp_path, RunFailed("r1", 0.0, ValueError()))
    assert not (tmp_path / ".glacier").exists()


def test_a_log_can_be_read_as_documents(tmp_path: Path) -> None:
    result = execute(numbers_pipeline(tmp_path), tmp_path, quiet(tmp_path))
    [folder] = log_folders(tmp_path)
    assert folder.name == result.run
    texts = (folder / "events.jsonl").read_bytes().splitlines()
    first: EventDocument = parse_event(texts[0])
    assert isinstance(first, RunStartedDocument)
    assert first.groups[1].label == "double"


def test_the_log_says_what_it_knows_while_the_run_goes_on(tmp_path: Path) -> None:
    seen: list[str] = []
    log = quiet(tmp_path)
    numbers = Dataset("numbers", schema=Number)

    @local.task
    def look() -> Annotated[pl.DataFrame, numbers]:
        assert log.record is not None
        seen.append(f"{log.record.status}: {log.record.tasks[0].outcome}")
        return pl.DataFrame({"n": [1]})

    execute(Pipeline(name="looking", tasks=[look]), tmp_path, log)
    assert seen == ["running: running"]
    assert log.record is not None
    assert log.record.status == "done"


def test_a_summary_lies_beside_the_data_when_a_run_begins_and_when_it_ends(tmp_path: Path) -> None:
    pipeline = numbers_pipeline(tmp_path)
    file = tmp_path / "data/lake/_glacier/runs/r1/run.json"
    problems: list[Problem] = []
    with RunLog(tmp_path, observers=(), warn=problems.append) as log:
        log(started(pipeline, "r1"))
        assert json.loads(file.read_text())["status"] == "running"
        log(RunFinished("r1", 1.0))
        assert json.loads(file.read_text())["status"] == "done"
    assert problems == []


def test_a_summary_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    pipeline = numbers_pipeline(tmp_path)
    (tmp_path / "data").write_text("in the way")
    problems: list[Problem] = []
    with quiet(tmp_path, problems) as log:
        log(started(pipeline, "r1"))
        log(RunFinished("r1", 1.0))
    assert [problem.code for problem in problems] == [Code.HISTORY_UNWRITABLE]
    assert "lake:_glacier/runs/r1/run.json" in problems[0].message


def test_without_a_list_of_its_own_a_log_warns_as_python_does(tmp_path: Path) -> None:
    (tmp_path / ".glacier").write_text("in the way")
    log = RunLog(tmp_path, observers=(), beside_data=False)
    with pytest.warns(RuntimeWarning, match="GLC615"):
        log(started(numbers_pipeline(tmp_path), "r1"))
