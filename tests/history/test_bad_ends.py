"""A run that is killed leaves a log that says how far it came; one whose log cannot be written finishes all the same."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from glacier_runtime.errors import Code, ExecutionError, Problem
from glacier_runtime.history.files import LOG_NAME, log_folders
from glacier_runtime.history.reading import read_log, recent_runs, unfinished
from tests.history.dying import three_steps
from tests.history.recorded import execute, numbers_pipeline, quiet

ROOT = Path(__file__).parents[2]


def dying(how: str, root: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.history.dying", how, str(root), *more]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_a_killed_run_says_how_far_it_came(tmp_path: Path) -> None:
    with dying("killed", tmp_path) as child:
        child.communicate(timeout=60)
    assert child.returncode == -9
    [run] = recent_runs(tmp_path).runs
    assert run.status == "killed"
    assert {task.task: task.outcome for task in run.tasks} == {
        "begin": "ran",
        "go_on": "failed",
        "end": "not reached",
    }
    assert list(run.datasets) == ["one"]
    assert run.params == {"size": 3}
    assert run.seconds > 0
    left = unfinished(tmp_path, "steps")
    assert left is not None
    assert left.run == run.run


def test_a_run_that_is_at_work_is_told_from_one_that_was_killed(tmp_path: Path) -> None:
    with dying("waiting", tmp_path) as child:
        while not (tmp_path / "waiting").exists():
            assert child.poll() is None, child.communicate()
            time.sleep(0.02)
        [run] = recent_runs(tmp_path).runs
        assert run.status == "running"
        assert run.pid == child.pid
        assert [group.outcome for group in run.groups] == ["ran", "running", "not reached"]
        assert unfinished(tmp_path, "steps") is None  # nobody resumes what is at work
        child.kill()
    [run] = recent_runs(tmp_path).runs
    assert run.status == "killed"
    assert unfinished(tmp_path, "steps") is not None


def test_a_line_that_was_cut_off_is_no_damage(tmp_path: Path) -> None:
    execute(numbers_pipeline(tmp_path), tmp_path, quiet(tmp_path))
    [folder] = log_folders(tmp_path)
    log = folder / LOG_NAME
    whole = log.read_bytes()
    begin = whole.index(b"\n") + 1
    for size in range(begin, len(whole), 7):
        log.write_bytes(whole[:size])
        record, damage = read_log(log)
        assert damage == ()
        assert record is not None
        assert record.status in {"killed", "done"}


def test_a_full_disk_costs_the_log_and_not_the_run(tmp_path: Path) -> None:
    with dying("full", tmp_path, "2000") as child:
        answer, errors = child.communicate(timeout=60)
    assert child.returncode == 0, errors
    [problem] = json.loads(answer.splitlines()[-1])
    assert problem["code"] == "GLC615"
    assert "no space is left" in problem["message"]
    assert (tmp_path / "data/lake/three.parquet").exists()
    [run] = recent_runs(tmp_path).runs
    assert run.status == "killed"  # for all that the log can say
    assert recent_runs(tmp_path).damage == ()


def test_with_room_enough_the_same_run_has_a_log(tmp_path: Path) -> None:
    with dying("full", tmp_path, "1000000") as child:
        answer, _ = child.communicate(timeout=60)
    assert json.loads(answer.splitlines()[-1]) == []
    assert recent_runs(tmp_path).runs[0].status == "done"


@pytest.mark.parametrize("in_the_way", [".glacier", ".glacier/runs"])
def test_a_folder_that_cannot_be_made_is_one_warning(in_the_way: str, tmp_path: Path) -> None:
    place = tmp_path / in_the_way
    place.parent.mkdir(exist_ok=True)
    place.write_text("a file")
    told: list[Problem] = []
    result = execute(numbers_pipeline(tmp_path), tmp_path, quiet(tmp_path, told))
    assert result["doubled"].rows == 3
    assert [problem.code for problem in told] == [Code.HISTORY_UNWRITABLE]
    assert recent_runs(tmp_path).runs == ()


def test_a_log_that_vanishes_meanwhile_does_not_matter(tmp_path: Path) -> None:
    def remove() -> None:
        [folder] = log_folders(tmp_path)
        (folder / LOG_NAME).unlink()
        folder.rmdir()

    told: list[Problem] = []
    result = execute(three_steps(tmp_path, remove), tmp_path, quiet(tmp_path, told))
    assert result["three"].rows == 1
    assert told == []


def test_a_run_that_somebody_stopped_says_so(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        execute(numbers_pipeline(tmp_path), tmp_path, quiet(tmp_path), fail="by hand")
    [run] = recent_runs(tmp_path).runs
    assert run.status == "interrupted"
    assert run.error is not None
    assert run.error.type == "KeyboardInterrupt"


def test_a_run_that_failed_can_be_gone_on_with(tmp_path: Path) -> None:
    with pytest.raises(ExecutionError):
        execute(numbers_pipeline(tmp_path), tmp_path, quiet(tmp_path), rows=7, fail="boom")
    left = unfinished(tmp_path, "doubling")
    assert left is not None
    assert left.status == "failed"
    assert left.params["rows"] == 7
    assert unfinished(tmp_path, "another") is None
