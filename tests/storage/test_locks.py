"""Two runs that write one dataset: the second is told who the first is, and touches nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import polars as pl
import pytest

from glacier_runtime import Dataset
from glacier_runtime.errors import ExecutionError, StorageError
from glacier_runtime.execution.results import RunResult
from glacier_runtime.storage.locks import hold_all
from tests.execution.local_runs import Number, lake, local, run_tasks


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, in the middle of a run that writes `shared`."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.storage.holding", str(tmp_path)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "holding\n"
        yield process
        process.kill()


def write_shared(root: Path) -> RunResult:
    """Write two datasets, the one that others write too being the later by name."""
    first = Dataset("another", storage=lake(root).at("another.parquet"), schema=Number)
    shared = Dataset("shared", storage=lake(root).at("shared.parquet"), schema=Number)

    @local.task
    def write() -> tuple[Annotated[pl.LazyFrame, first], Annotated[pl.LazyFrame, shared]]:
        return pl.LazyFrame({"n": [2]}), pl.LazyFrame({"n": [2]})

    return run_tasks(root, write)


def files(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.name != "lock"
    }


def test_a_second_run_is_told_who_is_writing_and_writes_nothing(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    before = files(tmp_path)
    with pytest.raises(StorageError, match="'shared' is being written by run ") as failure:
        write_shared(tmp_path)
    assert failure.value.codes == ("GLC505",)
    assert f"process {holder.pid}" in str(failure.value)
    assert "under-test" in str(failure.value)
    assert files(tmp_path) == before


def test_a_refused_run_lets_go_of_the_locks_it_had(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert holder.poll() is None
    with pytest.raises(StorageError):
        write_shared(tmp_path)
    free = Dataset("another", storage=lake(tmp_path).at("another.parquet"), schema=Number)

    @local.task
    def write() -> Annotated[pl.LazyFrame, free]:
        return pl.LazyFrame({"n": [3]})

    assert run_tasks(tmp_path, write)[free].rows == 1


def test_a_lock_dies_with_its_killed_holder(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    result = write_shared(tmp_path)
    assert [made.version for made in result.values()] == [1, 1]


def test_a_lock_is_free_again_after_a_run_that_failed(tmp_path: Path) -> None:
    shared = Dataset("shared", storage=lake(tmp_path).at("shared.parquet"), schema=Number)

    @local.task
    def fail() -> Annotated[pl.LazyFrame, shared]:
        raise RuntimeError

    with pytest.raises(ExecutionError, match="RuntimeError"):
        run_tasks(tmp_path, fail)
    assert [made.version for made in write_shared(tmp_path).values()] == [1, 1]


def test_locks_are_held_all_or_none(tmp_path: Path) -> None:
    locks = {name: tmp_path / name for name in ("a", "b", "c")}
    with hold_all({"b": locks["b"]}, "somebody"):
        with pytest.raises(StorageError, match="somebody"), hold_all(locks, "us"):
            pytest.fail("one of the locks was not free")
        with hold_all({name: locks[name] for name in "ac"}, "us"):
            pass
    with hold_all(locks, "us"):
        pass


def test_the_holder_is_named_whatever_was_written_there_before(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with hold_all({"data": lock}, "a holder with a very long name"):
        pass
    with hold_all({"data": lock}, "short"):
        with pytest.raises(StorageError) as failure, hold_all({"data": lock}, "second"):
            pytest.fail("the lock was not free")
        assert failure.value.problems[0].message.endswith("by short")


def test_a_child_process_does_not_inherit_a_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with hold_all({"data": lock}, "parent"):
        child = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
        )
    try:
        with hold_all({"data": lock}, "next"):
            pass
    finally:
        child.communicate()
