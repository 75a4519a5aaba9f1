"""A pool of warm processes: shared by threads, replaced when one dies or has done enough, gone when it is closed."""

from __future__ import annotations

import json
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from glacier_runtime import Provider
from glacier_runtime.config import LocalConfig
from glacier_runtime.errors import ExecutionError
from glacier_runtime.execution.processes.spawned import Interrupted
from glacier_runtime.execution.processes.workers import Workers
from tests.execution.processes import workloads
from tests.execution.processes.apart_runs import children, gone_within, run_apart, write_numbers


def told(root: Path) -> dict[str, int]:
    found: dict[str, int] = json.loads((root / "data/lake/note.json").read_text())
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_numbers(tmp_path, [1])
    return tmp_path


def process_of(root: Path, pool: Workers) -> int:
    run_apart(workloads.who, root, workers=pool)
    return told(root)["process"]


def test_a_process_is_used_again_and_shares_the_processors(root: Path) -> None:
    with Workers(2) as pool:
        first, second = process_of(root, pool), process_of(root, pool)

        assert first == second != os.getpid()
        assert told(root)["threads"] == max(1, pl.thread_pool_size() // 2)
        assert children().count(first) == 1

    assert gone_within(2.0, [first])


def test_none_starts_before_it_is_needed() -> None:
    before = children()

    with Workers(4):
        assert children() == before


def test_threads_wait_for_each_other_when_there_are_not_enough() -> None:
    most = 0
    guard = threading.Lock()
    running = 0
    # However long a process takes to start, nobody gives one back before there are two.
    two = threading.Barrier(2)

    def borrow(pool: Workers) -> None:
        nonlocal most, running
        with pool.lent():
            with guard:
                running += 1
                most = max(most, running)
            two.wait(timeout=60)
            threading.Event().wait(0.05)
            with guard:
                running -= 1

    with Workers(2) as pool, ThreadPoolExecutor(6) as threads:
        for done in [threads.submit(borrow, pool) for _ in range(6)]:
            done.result()

    assert most == 2


def test_one_that_has_done_enough_is_replaced(root: Path) -> None:
    with Workers(1, groups_each=2) as pool:
        seen = [process_of(root, pool) for _ in range(3)]

        assert seen[0] == seen[1] != seen[2]
        assert gone_within(2.0, [seen[0]])


def test_one_that_died_between_two_groups_is_replaced(root: Path) -> None:
    with Workers(1) as pool:
        first = process_of(root, pool)
        os.kill(first, signal.SIGKILL)
        assert gone_within(2.0, [first])

        assert process_of(root, pool) != first


def test_a_failure_costs_no_process(root: Path) -> None:
    with Workers(1) as pool:
        first = process_of(root, pool)
        with pytest.raises(ExecutionError, match="GLC601"):
            run_apart(workloads.fail, root, workers=pool)

        assert process_of(root, pool) == first


def test_a_closed_pool_gives_none() -> None:
    pool = Workers(1)
    pool.close()

    with pytest.raises(Interrupted), pool.lent():
        pass


def test_a_task_knows_how_many_its_place_has() -> None:
    provider = Provider(config=LocalConfig())

    @provider.local(workers=3).task
    def busy() -> None: ...

    @provider.serverless().task
    def elsewhere() -> None: ...

    assert (busy.workers, elsewhere.workers) == (3, None)
