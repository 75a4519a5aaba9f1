"""A task whose time is over is stopped, whatever it does; a process that dies is reported; nothing is left of either."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from glacier_runtime.errors import ExecutionError
from glacier_runtime.execution.processes.lifeline import watch
from glacier_runtime.execution.processes.workers import Workers
from glacier_runtime.tasks import AnyTask
from tests.execution.processes import workloads
from tests.execution.processes.apart_runs import (
    children,
    gone_within,
    is_alive,
    left_in,
    run_apart,
    write_numbers,
)

STARTED_CPU_S = 2.0  # more than it takes to import Polars and the task
ROOT = Path(__file__).parents[3]
STOPPED: tuple[AnyTask, ...] = (
    workloads.cross,
    workloads.spin,
    workloads.match,
    workloads.sleep_on,
)


@pytest.mark.parametrize("task", STOPPED, ids=lambda task: task.name)
def test_a_task_whose_time_is_over_is_stopped(task: AnyTask, tmp_path: Path, scratch: Path) -> None:
    write_numbers(tmp_path, [1])
    run_apart(workloads.double, tmp_path)
    before = children()

    with pytest.raises(ExecutionError, match=f"did not end within {task.timeout_s:g} s") as caught:
        run_apart(task, tmp_path)

    problem = caught.value.problems[0]
    assert (problem.code.code, problem.task) == ("GLC610", task.name)
    assert children() == before
    assert left_in(scratch) == []
    assert pl.read_parquet(tmp_path / "data/lake/doubled.parquet")["n"].to_list() == [2]
    assert not list(tmp_path.rglob("attempts/*/doubled.parquet"))[1:]


def test_what_a_stopped_task_has_started_is_stopped_with_it(tmp_path: Path) -> None:
    write_numbers(tmp_path, [1])
    file = tmp_path / "pids"

    with pytest.raises(ExecutionError, match="GLC610"):
        run_apart(workloads.breed, tmp_path, params={"pids": str(file)})

    pids = [int(pid) for pid in file.read_text().split()]
    assert len(pids) == 3
    assert gone_within(2.0, pids)


def test_the_time_of_a_task_does_not_count_the_start_of_its_process(tmp_path: Path) -> None:
    write_numbers(tmp_path, [1])

    written = run_apart(workloads.double, tmp_path, timeout_s=0.3)  # importing takes longer

    assert [file.rows for file in written["doubled"].files] == [1]


@pytest.mark.parametrize(
    ("task", "how"),
    [
        (workloads.crash, "crashed by SIGSEGV in native code"),
        (workloads.be_killed, "was killed by SIGKILL .* want of memory"),
        (workloads.leave, "ended its process with exit code 3"),
        (workloads.eat, "ended its process by SIGABRT .* gets no memory"),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_a_process_that_dies_is_reported(task: AnyTask, how: str, tmp_path: Path) -> None:
    write_numbers(tmp_path, [1])

    with pytest.raises(ExecutionError, match=how) as caught:
        run_apart(task, tmp_path)

    problem = caught.value.problems[0]
    assert (problem.code.code, problem.task) == ("GLC611", task.name)
    assert left_in(tmp_path) == []


def test_after_a_task_that_was_stopped_a_pool_goes_on(tmp_path: Path) -> None:
    write_numbers(tmp_path, [1])
    with Workers(1) as pool:
        for task in (workloads.spin, workloads.crash):
            with pytest.raises(ExecutionError):
                run_apart(task, tmp_path, workers=pool, timeout_s=0.3)

        written = run_apart(workloads.double, tmp_path, workers=pool)

    assert [file.rows for file in written["doubled"].files] == [1]


@pytest.mark.parametrize("name", ["spin", "match", "breed"])
def test_nothing_lives_on_when_the_parent_is_killed(name: str, tmp_path: Path) -> None:
    write_numbers(tmp_path, [1])
    file = tmp_path / "pids"
    program = (
        "import sys; from pathlib import Path; from tests.execution.processes import apart_runs, workloads; "
        f"apart_runs.run_apart(workloads.{name}, Path(sys.argv[1]), timeout_s=300, params="
        f"{{'pids': {str(file)!r}}} if {name == 'breed'} else {{}})"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT) as parent:
        pids = wait_for_children(parent.pid, file if name == "breed" else None)
        parent.kill()

    assert gone_within(2.0, pids)


def wait_for_children(parent: int, named: Path | None) -> list[int]:
    """Wait until a process has one that is at work, and return all that are to go with it."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = [pid for pid in children(parent) if cpu_s(pid) > STARTED_CPU_S or named]
        if found and named is None:
            return found
        if named is not None and named.exists() and len(named.read_text().split()) == 3:
            return [int(pid) for pid in named.read_text().split()]
        time.sleep(0.05)
    raise AssertionError


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_without_the_kernel_a_thread_sees_to_it() -> None:
    inner, outer = os.pipe()
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from {watch.__module__} import watch; watch({inner})"
    with subprocess.Popen(
        [sys.executable, "-c", program], pass_fds=[inner], start_new_session=True
    ) as child:
        os.close(inner)
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(0.3)
        os.close(outer)

        assert child.wait(5) == -signal.SIGKILL


def test_no_zombie_is_left(tmp_path: Path) -> None:
    write_numbers(tmp_path, [1])
    before = children()

    run_apart(workloads.double, tmp_path)

    assert children() == before
    assert is_alive(os.getpid())
