"""What others left beside the data: summaries of runs, and the results of deployed tasks, read from an emulated S3."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from glacier_runtime import Pipeline
from glacier_runtime.errors import ParameterError, Problem
from glacier_runtime.execution.events import RunFinished
from glacier_runtime.history.files import LOG_NAME, log_folder
from glacier_runtime.history.log import RunLog
from glacier_runtime.history.reading import find_run, recent_runs
from glacier_runtime.history.records import RunRecord
from tests.history.recorded import started
from tests.run_task.conftest import environment
from tests.run_task.emulated_s3 import EmulatedS3
from tests.run_task.shop import Shop, attempt, shop

BUCKETS = {"lake": "lake-history", "mart": "mart-history"}


@pytest.fixture(scope="module")
def emulator() -> Iterator[EmulatedS3]:
    with EmulatedS3().serving() as server:
        for name in BUCKETS.values():
            server.make_bucket(name)
        yield server


@pytest.fixture
def deployed(emulator: EmulatedS3, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shop:
    """A shop whose buckets are in S3, where its source lies."""
    for name, value in environment(emulator, BUCKETS).items():
        monkeypatch.setenv(name, value)
    emulator.put(BUCKETS["lake"], "raw/orders.csv", b"n,day\n1,mo\n2,tu\n")
    emulator.put(BUCKETS["lake"], "raw/visits/a.ndjson", b'{"n": 7, "day": "mo"}\n')
    return shop(tmp_path / "drawn")


def test_deployed_tasks_are_a_run(deployed: Shop, tmp_path: Path) -> None:
    for task in ("split", "collect", "tell"):
        attempt(deployed, task, tmp_path, "e1")
    run = find_run(tmp_path, "e1")
    assert (run.pipeline, run.status) == ("shop", "unknown")
    assert run.note.startswith("3 deployed tasks reported, all done")
    assert [(task.task, task.outcome) for task in run.tasks] == [
        ("split", "ran"),
        ("collect", "ran"),
        ("tell", "ran"),
    ]
    assert run.datasets["totals"].rows == 4
    assert run.datasets["report"].version is not None  # it lies in the other bucket
    assert run.run in [one.run for one in recent_runs(tmp_path).runs]


def test_a_deployed_task_that_failed_fails_its_run(deployed: Shop, tmp_path: Path) -> None:
    attempt(deployed, "split", tmp_path, "e2")
    with pytest.raises(ParameterError):
        attempt(deployed, "split", tmp_path, "e3", keep="many")
    run = find_run(tmp_path, "e3")
    assert run.status == "failed"
    assert run.error is not None
    assert run.error.problems[0].code == "GLC603"


def test_a_task_that_was_asked_again_counts_once(deployed: Shop, tmp_path: Path) -> None:
    for number in (0, 1):
        attempt(deployed, "split", tmp_path, "e4", number)
    run = find_run(tmp_path, "e4")
    assert [(task.task, task.outcome) for task in run.tasks] == [("split", "skipped")]
    assert run.groups[0].attempts == 2


def test_a_run_of_another_machine_is_read_from_its_summary(deployed: Shop, tmp_path: Path) -> None:
    pipeline = Pipeline(name="shop", tasks=list(deployed.tasks.values()))
    there, here = tmp_path / "there", tmp_path / "here"
    told: list[Problem] = []
    with RunLog(there, observers=(), warn=told.append) as log:
        log(started(pipeline, "r9"))
        assert _until_noted(here).status == "unknown"
        assert "whether it is still at work cannot be seen from here" in _until_noted(here).note
        log(RunFinished("r9", 2.5))
    run = find_run(here, "r9")
    assert (run.status, run.seconds) == ("done", 2.5)
    assert [task.task for task in run.tasks] == ["split", "collect", "tell", "draw", "look"]
    assert told == []


def _until_noted(root: Path) -> RunRecord:
    while True:
        found = [run for run in recent_runs(root).runs if run.run == "r9"]
        if found:
            return found[0]


def test_a_run_of_this_machine_is_read_from_its_own_log(deployed: Shop, tmp_path: Path) -> None:
    pipeline = Pipeline(name="shop", tasks=list(deployed.tasks.values()))
    with RunLog(tmp_path, observers=()) as log:
        log(started(pipeline, "r10"))
        log(RunFinished("r10", 1.0))
    assert [run.run for run in recent_runs(tmp_path).runs].count("r10") == 1
    assert (log_folder(tmp_path, "r10") / LOG_NAME).exists()


@pytest.mark.usefixtures("deployed")
def test_what_is_no_note_of_ours_is_passed_over(emulator: EmulatedS3, tmp_path: Path) -> None:
    before = len(recent_runs(tmp_path).runs)
    for name in ("run.json", "clean.json", "readme.txt"):
        emulator.put(BUCKETS["lake"], f"_glacier/runs/strange/{name}", b"hello")
    assert len(recent_runs(tmp_path).runs) == before


@pytest.mark.usefixtures("deployed")
def test_without_bindings_nobody_is_asked(
    emulator: EmulatedS3, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("GLACIER_BINDINGS")
    with emulator.listening() as asked:
        assert recent_runs(tmp_path).runs == ()
    assert asked == []


def test_a_store_that_refuses_is_a_warning_to_a_run(
    deployed: Shop, emulator: EmulatedS3, tmp_path: Path
) -> None:
    pipeline = Pipeline(name="shop", tasks=list(deployed.tasks.values()))
    told: list[Problem] = []
    with (
        emulator.listening(lambda verb, _, __: verb != "Put"),
        RunLog(tmp_path, observers=(), warn=told.append) as log,
    ):
        log(started(pipeline, "r11"))
        log(RunFinished("r11", 1.0))
    [problem] = told
    assert problem.code.code == "GLC615"
    assert log.record is not None
    assert log.record.status == "done"
