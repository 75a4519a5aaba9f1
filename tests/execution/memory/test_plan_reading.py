"""What Polars says of a plan, read: what is shared, what is repeatable. A Polars that says it otherwise is noticed here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from glacier_runtime.execution.memory.plan_reading import (
    cache_of,
    explained,
    is_repeatable,
    read_plans,
)
from tests.execution.memory.budgeted_runs import source_rows

Step = Callable[[pl.LazyFrame], pl.LazyFrame]


@pytest.fixture
def rows(tmp_path: Path) -> pl.LazyFrame:
    source_rows(tmp_path)
    return pl.scan_parquet(tmp_path / "data/lake/raw.parquet")


REPEATABLE: dict[str, Step] = {
    "as it is": lambda rows: rows,
    "rows and columns": lambda rows: rows.filter(pl.col("n") > 3).select("n", m=pl.col("n") * 2),
    "of a join": lambda rows: rows.join(rows.select("g", m="n"), on="g", how="left"),
    "one after the other": lambda rows: pl.concat([rows, rows]),
    "with a cache inside": lambda rows: rows.filter(pl.col("n") > 3).cache().select("n"),
}
UNSURE: dict[str, Step] = {
    "shuffled": lambda rows: rows.select(pl.col("n").shuffle()),
    "sampled": lambda rows: rows.select(pl.col("n").sample(fraction=1.0, shuffle=True)),
    "by Python": lambda rows: rows.map_batches(lambda batch: batch),
    "by Python, below": lambda rows: rows.map_batches(lambda batch: batch).select("n").cache(),
    "by Python, a value at a time": lambda rows: rows.with_columns(
        pl.col("n").map_elements(lambda value: value, return_dtype=pl.Int64)
    ),
    "the first of each group": lambda rows: rows.group_by("g").agg(pl.col("n").first()),
    "one of each": lambda rows: rows.unique("g"),
    "some": lambda rows: rows.head(3),
    "by the order of rows": lambda rows: rows.with_columns(pl.col("n").cum_sum()),
    "numbered": lambda rows: rows.with_row_index(),
    "ranked": lambda rows: rows.select(pl.col("g").rank("random")),
}


@pytest.mark.parametrize("step", REPEATABLE.values(), ids=REPEATABLE)
def test_what_reads_files_row_by_row_is_repeatable(step: Step, rows: pl.LazyFrame) -> None:
    assert is_repeatable(cache_of(step(rows))[1])
    assert is_repeatable(cache_of(step(rows).cache())[1])


@pytest.mark.parametrize("step", UNSURE.values(), ids=UNSURE)
def test_what_could_come_out_otherwise_is_not(step: Step, rows: pl.LazyFrame) -> None:
    assert not is_repeatable(cache_of(step(rows))[1])
    assert not is_repeatable(cache_of(step(rows).cache())[1])


def test_a_shared_frame_is_found_where_it_is_read(rows: pl.LazyFrame) -> None:
    shared = rows.filter(pl.col("n") % 7 == 1).cache()
    one, two = shared.group_by("g").agg(pl.len()), shared.sort("s")
    node, _ = cache_of(shared)
    plans = read_plans(explained([one, two]))
    assert node is not None
    assert [root.kind for root in plans.roots] == ["AGGREGATE", "SORT"]
    assert plans.caches[node].inputs
    assert plans.roots[1].inputs[0].cache == node


def test_a_frame_that_is_not_shared_has_no_node(rows: pl.LazyFrame) -> None:
    assert cache_of(rows)[0] is None


def test_both_sides_of_a_join_are_read(rows: pl.LazyFrame) -> None:
    joined = rows.join(rows.group_by("g").agg(pl.len()), on="g")
    (root,) = read_plans(explained([joined])).roots
    assert root.kind == "JOIN"
    assert len(root.inputs) == 2


def test_a_plan_by_itself_is_read_like_several(rows: pl.LazyFrame) -> None:
    (root,) = read_plans(explained([rows.sort("n")])).roots
    assert root.kind == "SORT"
    assert root.inputs[0].kind == "SCAN"
    assert "ESTIMATED ROWS: 200000" in root.inputs[0].text
