"""Ten queries of TPC-H as small tasks give what Polars gives by hand: fused, task by task, and within any budget."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from benchmarks.tpch import by_hand
from benchmarks.tpch.tables import RESULTS, generate, generator
from benchmarks.tpch.with_glacier import make_pipeline
from glacier_runtime import LocalExecutor
from glacier_runtime.datasets import Dataset
from glacier_runtime.execution.attempt import Inputs, run_group
from glacier_runtime.execution.fusion import group_tasks
from glacier_runtime.execution.inputs import pin
from glacier_runtime.execution.memory.budget import MemoryBudget
from glacier_runtime.execution.memory.sharing import Sharing
from glacier_runtime.execution.outputs import Target
from glacier_runtime.storage.stores import open_store

pytestmark = pytest.mark.skipif(
    generator() is None, reason="what makes the tables is missing: pip install tpchgen-cli"
)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tpch") / "raw"
    generate(folder, 0.01)
    return folder


@pytest.fixture(scope="module")
def expected(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    target = tmp_path_factory.mktemp("by-hand") / "out"
    by_hand.run(tables, target)
    return {name: pl.read_parquet(target / f"{name}.parquet") for name in RESULTS}


@pytest.fixture
def place(tables: Path, tmp_path: Path) -> Path:
    (tmp_path / "data/lake/out").mkdir(parents=True)
    (tmp_path / "data/lake/raw").symlink_to(tables)
    return tmp_path


def test_every_query_finds_something(expected: dict[str, pl.DataFrame]) -> None:
    """Else equal results would say nothing."""
    assert not [name for name, rows in expected.items() if rows.is_empty()]


@pytest.mark.parametrize("fuse", [True, False])
def test_tasks_give_what_one_query_gives(
    fuse: bool, place: Path, expected: dict[str, pl.DataFrame]
) -> None:
    made = LocalExecutor(fuse=fuse, root=place).execute(make_pipeline(place), {})
    assert len(made.groups) == (1 if fuse else 15)
    for name, rows in expected.items():
        assert_frame_equal(made[name].collect(), rows)


@pytest.mark.parametrize("limit_bytes", [2**20, 8 * 2**20])
def test_queries_that_run_one_after_the_other_give_the_same(
    limit_bytes: int, place: Path, expected: dict[str, pl.DataFrame]
) -> None:
    graph = make_pipeline(place).graph
    (group,) = group_tasks(graph)
    pinned = {source: found for source in graph.sources if (found := pin(source, place))}
    told: list[Sharing] = []

    def target(dataset: Dataset) -> Target:
        assert dataset.storage is not None
        return Target(open_store(dataset.storage.bucket, place), dataset.storage.key)

    budget = MemoryBudget(limit_bytes, "for a test")
    run_group(group, Inputs(pinned, {}, {}, {}), target, frozenset(), budget, told=told.append)
    assert len(told[0].batches) > 2
    for name, rows in expected.items():
        assert_frame_equal(pl.read_parquet(place / f"data/lake/out/{name}.parquet"), rows)
