"""The example pipeline on its real data: fused and task by task, the same tables."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from glacier_runtime import LocalExecutor, Pipeline

FLIGHTS = Path(__file__).parents[2] / "examples" / "flights"


@pytest.fixture
def flights(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    monkeypatch.syspath_prepend(FLIGHTS / "src")
    pipeline: Pipeline = importlib.import_module("flights.pipeline").pipeline
    yield pipeline
    for name in [name for name in sys.modules if name.partition(".")[0] == "flights"]:
        del sys.modules[name]


def project(folder: Path) -> Path:
    shutil.copytree(FLIGHTS / "data" / "lake" / "raw", folder / "data" / "lake" / "raw")
    return folder


def test_all_tasks_are_one_query(flights: Pipeline) -> None:
    assert [len(group.tasks) for group in LocalExecutor().plan(flights.graph)] == [6]


def test_fused_and_task_by_task_make_equal_tables(flights: Pipeline, tmp_path: Path) -> None:
    fused = flights.run(executor=LocalExecutor(root=project(tmp_path / "fused")))
    apart = flights.run(executor=LocalExecutor(root=project(tmp_path / "apart"), fuse=False))

    assert len(apart.groups) == 6
    assert {dataset.name for dataset in fused} == {made.name for made in flights.graph.producers}
    for dataset, made in fused.items():
        assert made.rows
        one, other = made.collect(), apart[dataset].collect()
        assert_frame_equal(one, other, check_row_order=False, rel_tol=1e-9)
