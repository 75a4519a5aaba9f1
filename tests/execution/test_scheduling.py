"""Groups side by side: what reads waits, what fails stops the rest, and what does not hang together does not wait."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Annotated

import polars as pl
import pytest

from glacier_runtime import Dataset, LocalExecutor, Pipeline
from glacier_runtime.errors import ExecutionError
from glacier_runtime.execution.fusion import Group, group_tasks
from glacier_runtime.execution.scheduling import needs_of, run_groups
from glacier_runtime.tasks import AnyTask
from tests.execution.local_runs import Number, lake, local

PATIENCE_S = 20


def makers(root: Path, count: int, barrier: threading.Barrier | None = None) -> list[AnyTask]:
    """Tasks that have nothing to do with each other; with a barrier none ends before all have begun."""
    return [
        _maker(
            Dataset(f"part_{n}", storage=lake(root).at(f"part_{n}.parquet"), schema=Number), barrier
        )
        for n in range(count)
    ]


def _maker(made: Dataset, barrier: threading.Barrier | None) -> AnyTask:
    @local.task(name=f"make_{made.name}", retries=1)
    def make() -> Annotated[pl.LazyFrame, made]:
        if barrier is not None:
            barrier.wait(PATIENCE_S)
        return pl.LazyFrame({"n": [1]})

    return make


def test_what_does_not_hang_together_runs_at_once(tmp_path: Path) -> None:
    tasks = makers(tmp_path, 3, threading.Barrier(3))
    result = LocalExecutor(root=tmp_path, parallel=3).execute(Pipeline(tasks, name="wide"), {})
    assert [dataset.name for dataset in result] == ["part_0", "part_1", "part_2"]
    assert [done.group.number for done in result.groups] == [1, 2, 3]


def test_one_at_a_time_is_one_at_a_time(tmp_path: Path) -> None:
    barrier = threading.Barrier(2)
    tasks = makers(tmp_path, 2, barrier)
    threading.Timer(1, barrier.abort).start()  # the first waits in vain
    with pytest.raises(ExecutionError, match="BrokenBarrierError"):
        LocalExecutor(root=tmp_path, parallel=1).execute(Pipeline(tasks, name="wide"), {})


def test_after_a_failure_nothing_begins_and_what_has_begun_ends(tmp_path: Path) -> None:
    tasks = makers(tmp_path, 6)
    groups = group_tasks(Pipeline(tasks, name="wide").graph)
    needs = {group: frozenset[Group]() for group in groups}
    begun, ended = list[int](), list[int]()

    def work(group: Group) -> None:
        begun.append(group.number)
        if group.number == 1:
            raise RuntimeError(group.label)
        time.sleep(0.3)
        ended.append(group.number)

    with pytest.raises(RuntimeError, match="make_part_0"):
        run_groups(groups, needs, work, 2)
    assert sorted(begun) == [1, 2]
    assert ended == [2]


def test_what_reads_waits_for_what_makes(tmp_path: Path) -> None:
    bucket = lake(tmp_path)
    first = Dataset("first", storage=bucket.at("first.parquet"), schema=Number)
    second = Dataset("second", storage=bucket.at("second.parquet"), schema=Number)

    @local.task(retries=1)
    def make() -> Annotated[pl.LazyFrame, first]:
        return pl.LazyFrame({"n": [1]})

    @local.task(retries=1)
    def read(rows: Annotated[pl.LazyFrame, first]) -> Annotated[pl.LazyFrame, second]:
        return rows

    @local.task(depends_on=[read])
    def tell() -> None: ...

    pipeline = Pipeline([tell, read, make], name="chain")
    groups = group_tasks(pipeline.graph)
    needs = needs_of(groups, pipeline.graph)
    by_name = {group.label: {needed.label for needed in needs[group]} for group in groups}
    assert by_name == {"make": set(), "read": {"make"}, "tell": {"read"}}
    assert LocalExecutor(root=tmp_path, parallel=4).execute(pipeline, {})[second].rows == 1
