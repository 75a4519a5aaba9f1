"""What would fit into memory is made again for each reader all the same, where that takes less than to hold it for all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from glacier_runtime import Dataset
from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.memory import facts as facts_module
from glacier_runtime.storage.locations import Location
from glacier_runtime.tasks import AnyTask
from tests.execution.local_runs import lake, local
from tests.execution.memory.budgeted_runs import (
    ROWS,
    one_group,
    planned,
    run_within,
    source_rows,
    ways_of,
)

ROOMY = 10**8
Step = Callable[[pl.LazyFrame], pl.LazyFrame]


def same(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows


def source(root: Path, file: str = "raw.parquet") -> Dataset:
    return Dataset("raw", storage=lake(root).at(file), source=True)


def mart(root: Path, name: str, read: Dataset, query: Step) -> AnyTask:
    made = Dataset(name, storage=lake(root).at(f"out/{name}.parquet"))

    def make(rows: pl.LazyFrame) -> pl.LazyFrame:
        return query(rows)

    make.__name__ = f"make_{name}"
    make.__annotations__ = {
        "rows": Annotated[pl.LazyFrame, read],
        "return": Annotated[pl.LazyFrame, made],
    }
    return local.task(make)


def marts(root: Path, read: Dataset, queries: Sequence[Step]) -> list[AnyTask]:
    return [mart(root, f"mart_{n}", read, query) for n, query in enumerate(queries)]


def over(step: Step, root: Path, queries: Sequence[Step], storage: Location | None = None) -> Group:
    """One step over all rows, and marts that read what it makes."""
    raw, middle = source(root), Dataset("middle", storage=storage)

    @local.task
    def make(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, middle]:
        return step(rows)

    return one_group(make, *marts(root, middle, queries))


def slices(count: int) -> list[Step]:
    """Queries that need few rows each, and one that needs few columns; without it, Polars itself would share nothing."""

    def of(number: int) -> Step:
        return lambda rows: rows.filter(pl.col("g") == number).group_by("s").agg(pl.col("n").sum())

    return [*map(of, range(count)), lambda rows: rows.group_by("g").len()]


def totals(count: int) -> list[Step]:
    """Queries that need all rows each."""

    def of(number: int) -> Step:
        return lambda rows: rows.group_by(pl.col("g") + number).agg(
            pl.col("n").sum(), pl.col("s").max()
        )

    return [of(number) for number in range(count)]


def test_a_few_rows_each_are_read_again(tmp_path: Path) -> None:
    source_rows(tmp_path)
    group = over(same, tmp_path, slices(3))
    shared, _ = run_within(tmp_path, group, ROOMY)
    again, sharing = run_within(tmp_path, group, ROOMY, light_bytes=0)
    assert ways_of(sharing) == {"middle": "apart"}
    assert len(sharing.batches) == 4
    for name, rows in shared.items():
        assert_frame_equal(again[name], rows, check_row_order=False)


def test_the_reason_says_that_it_would_have_fitted(tmp_path: Path) -> None:
    source_rows(tmp_path)
    (decision,) = planned(tmp_path, over(same, tmp_path, slices(2)), ROOMY, light_bytes=0).decisions
    assert decision.estimated_bytes > ROWS
    assert decision.reason == (
        "that takes less than to hold it for all; each reads its files again"
    )


def test_little_is_held_without_asking(tmp_path: Path) -> None:
    """Then no task is called twice."""
    source_rows(tmp_path)
    called = []

    def step(rows: pl.LazyFrame) -> pl.LazyFrame:
        called.append(rows)
        return rows

    group = over(step, tmp_path, slices(3))
    assert ways_of(planned(tmp_path, group, ROOMY)) == {"middle": "shared"}
    assert len(called) == 1
    assert ways_of(planned(tmp_path, group, ROOMY, light_bytes=0)) == {"middle": "apart"}
    assert len(called) > 1


def joined(rows: pl.LazyFrame) -> pl.LazyFrame:
    others = rows.select("n", other="g", text="s")
    return rows.join(others, on="n").join(others, left_on="n", right_on="other", suffix="_2")


def searched(rows: pl.LazyFrame) -> pl.LazyFrame:
    text = pl.col("s").str
    return rows.with_columns(
        text.replace_all("1+", "one").alias("s"), n=text.count_matches("[0-4]")
    )


def by_chance(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.with_columns(pl.col("n").shuffle())


@pytest.mark.parametrize("step", [joined, searched])
def test_what_is_work_is_done_once(step: Step, tmp_path: Path) -> None:
    source_rows(tmp_path)
    sharing = planned(tmp_path, over(step, tmp_path, totals(6)), ROOMY, light_bytes=0)
    assert ways_of(sharing)["middle"] == "shared"
    assert len(sharing.batches) == 1


def test_what_would_have_to_be_written_is_held(tmp_path: Path) -> None:
    """As long as it fits."""
    source_rows(tmp_path)
    group = over(by_chance, tmp_path, slices(3))
    sharing = planned(tmp_path, group, ROOMY, light_bytes=0)
    assert ways_of(sharing)["middle"] == "shared"


def test_what_a_task_stores_is_held(tmp_path: Path) -> None:
    source_rows(tmp_path)
    stored = lake(tmp_path).at("out/middle.parquet")
    group = over(same, tmp_path, slices(3), stored)
    assert ways_of(planned(tmp_path, group, ROOMY, light_bytes=0))["middle"] == "shared"


def test_files_far_away_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source_rows(tmp_path)
    group = over(same, tmp_path, slices(3))
    monkeypatch.setattr(facts_module, "LocalStore", type("Nowhere", (), {}))
    assert ways_of(planned(tmp_path, group, ROOMY, light_bytes=0)) == {"middle": "shared"}


def seen_plans(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note what Polars is going to do, query by query."""
    seen: list[str] = []
    collect_all = pl.collect_all

    def note(plans: Sequence[pl.LazyFrame], **options: Any) -> list[pl.DataFrame]:
        if plans:
            seen.append(pl.explain_all(plans))
        found: list[pl.DataFrame] = collect_all(plans, **options)
        return found

    monkeypatch.setattr(pl, "collect_all", note)
    return seen


@pytest.mark.parametrize("limit_bytes", [ROOMY, 1_000_000])
def test_filters_reach_the_files_where_one_query_reads_them_alone(
    limit_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source_rows(tmp_path)
    group = over(same, tmp_path, slices(3))
    seen = seen_plans(monkeypatch)
    run_within(tmp_path, group, limit_bytes, light_bytes=0)
    assert not any("CACHE" in plan for plan in seen)
    assert sum("SELECTION" in plan for plan in seen) == 3


def test_readers_in_one_query_share_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source_rows(tmp_path)
    seen = seen_plans(monkeypatch)
    run_within(tmp_path, over(same, tmp_path, slices(3)), ROOMY)
    (plan,) = seen
    assert "CACHE" in plan


def test_a_source_of_text_is_written_once_for_queries_that_run_apart(tmp_path: Path) -> None:
    source_rows(tmp_path)
    folder = tmp_path / "data/lake"
    pl.read_parquet(folder / "raw.parquet").write_csv(folder / "raw.csv")
    group = one_group(*marts(tmp_path, source(tmp_path, "raw.csv"), totals(3)))
    shared, _ = run_within(tmp_path, group, ROOMY, light_bytes=0)
    spilled, sharing = run_within(tmp_path, group, 1_000_000)
    assert ways_of(sharing) == {"raw": "spilled"}
    assert len(sharing.batches) > 1
    for name, rows in shared.items():
        assert_frame_equal(spilled[name], rows, check_row_order=False)
