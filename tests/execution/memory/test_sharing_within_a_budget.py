"""A group that does not fit into memory runs as several queries; what it makes is what one query makes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from glacier_runtime import Dataset
from glacier_runtime.errors import ExecutionError
from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.memory import sharing as sharing_module
from glacier_runtime.execution.memory.spilling import Scratch, scratch_home
from tests.execution.local_runs import Number, lake, local
from tests.execution.memory.budgeted_runs import (
    ROWS,
    one_group,
    planned,
    run_within,
    source_rows,
    ways_of,
)

ROOMY, TIGHT = 10**12, 1_000_000
Step = Callable[[pl.LazyFrame], pl.LazyFrame]


def raw_in(root: Path) -> Dataset:
    return Dataset("raw", storage=lake(root).at("raw.parquet"), source=True)


def out(root: Path, name: str) -> Dataset:
    return Dataset(name, storage=lake(root).at(f"out/{name}.parquet"))


def summed(frame: pl.LazyFrame, key: str = "g") -> pl.LazyFrame:
    return frame.group_by(key).agg(pl.col("n").sum()).sort(key)


def counted(frame: pl.LazyFrame) -> pl.LazyFrame:
    return frame.group_by("s").agg(pl.col("n").max()).sort("s")


def diamond(root: Path, step: Step, *, stored: bool = False, left: Step = summed) -> Group:
    """One step, and two group_by over what it makes."""
    raw, a, b = raw_in(root), out(root, "left"), out(root, "right")
    middle = out(root, "middle") if stored else Dataset("middle")

    @local.task
    def make(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, middle]:
        return step(rows)

    @local.task
    def go_left(rows: Annotated[pl.LazyFrame, middle]) -> Annotated[pl.LazyFrame, a]:
        return left(rows)

    @local.task
    def go_right(rows: Annotated[pl.LazyFrame, middle]) -> Annotated[pl.LazyFrame, b]:
        return counted(rows)

    return one_group(make, go_left, go_right)


def spill_folders() -> list[str]:
    mine = f"glacier-spill-{os.getpid()}-"
    return [path.name for path in scratch_home().iterdir() if path.name.startswith(mine)]


def halved(frame: pl.LazyFrame) -> pl.LazyFrame:
    return frame.filter(pl.col("n") % 2 == 0)


def test_what_fits_is_one_query(tmp_path: Path) -> None:
    source_rows(tmp_path)
    group = diamond(tmp_path, halved)
    sharing = planned(tmp_path, group, ROOMY)
    assert ways_of(sharing) == {"middle": "shared"}
    assert [batch.tasks for batch in sharing.batches] == [group.tasks]
    assert not sharing.warnings


def test_the_estimate_of_what_is_kept_is_about_what_it_takes(tmp_path: Path) -> None:
    source_rows(tmp_path)
    (decision,) = planned(tmp_path, diamond(tmp_path, halved), ROOMY).decisions
    in_memory = pl.read_parquet(tmp_path / "data/lake/raw.parquet").estimated_size()
    assert in_memory / 2 < decision.estimated_bytes < in_memory * 3


def test_only_columns_that_somebody_reads_are_counted(tmp_path: Path) -> None:
    source_rows(tmp_path)
    narrow = diamond(tmp_path, lambda rows: rows.select("n", "g", s="g"))
    wide = diamond(tmp_path, lambda rows: rows.select("n", "g", "s"))
    sizes = [planned(tmp_path, g, ROOMY).decisions[0].estimated_bytes for g in (narrow, wide)]
    assert sizes[0] < sizes[1]


def test_readers_that_take_rows_as_they_come_keep_nothing(tmp_path: Path) -> None:
    source_rows(tmp_path)
    raw, a, b = raw_in(tmp_path), out(tmp_path, "left"), out(tmp_path, "right")

    @local.task
    def even(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, a]:
        return halved(rows)

    @local.task
    def odd(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, b]:
        return rows.filter(pl.col("n") % 2 == 1)

    sharing = planned(tmp_path, one_group(even, odd), TIGHT)
    assert not any(decision.estimated_bytes for decision in sharing.decisions)
    assert len(sharing.batches) == 1


def test_steps_that_read_files_row_by_row_run_again_for_each_reader(tmp_path: Path) -> None:
    source_rows(tmp_path)
    group = diamond(tmp_path, halved)
    whole, _ = run_within(tmp_path, group, ROOMY)
    parts, sharing = run_within(tmp_path, group, TIGHT)
    assert ways_of(sharing) == {"middle": "apart"}
    assert len(sharing.batches) == 2
    for name, rows in whole.items():
        assert_frame_equal(parts[name], rows)


def noisy(frame: pl.LazyFrame) -> pl.LazyFrame:
    return frame.with_columns(pl.col("n").shuffle())


def sampled(frame: pl.LazyFrame) -> pl.LazyFrame:
    return frame.filter(pl.int_range(pl.len()).shuffle() < ROWS // 2)


def by_python(frame: pl.LazyFrame) -> pl.LazyFrame:
    return frame.map_batches(lambda rows: rows.sample(fraction=0.5))


@pytest.mark.parametrize("step", [noisy, sampled, by_python])
@pytest.mark.parametrize("stored", [False, True])
def test_what_could_come_out_otherwise_is_evaluated_once(
    step: Step, stored: bool, tmp_path: Path
) -> None:
    """Both readers, and whoever reads what is stored, see one draw of lots."""
    source_rows(tmp_path)
    as_it_is = diamond(tmp_path, step, stored=stored, left=counted)
    rows, sharing = run_within(tmp_path, as_it_is, TIGHT)
    assert ways_of(sharing)["middle"] == "spilled"
    assert len(sharing.batches) > 1
    assert_frame_equal(rows["left"], rows["right"])
    if stored:
        assert_frame_equal(rows["left"], counted(rows["middle"].lazy()).collect())
    assert spill_folders() == []


def test_two_outputs_of_one_task_are_of_one_evaluation(tmp_path: Path) -> None:
    source_rows(tmp_path)
    raw, a, b = raw_in(tmp_path), out(tmp_path, "left"), out(tmp_path, "right")
    one, two = Dataset("one"), Dataset("two")

    @local.task
    def split(
        rows: Annotated[pl.LazyFrame, raw],
    ) -> tuple[Annotated[pl.LazyFrame, one], Annotated[pl.LazyFrame, two]]:
        drawn = sampled(rows).cache()
        return drawn, drawn

    @local.task
    def go_left(rows: Annotated[pl.LazyFrame, one]) -> Annotated[pl.LazyFrame, a]:
        return counted(rows)

    @local.task
    def go_right(rows: Annotated[pl.LazyFrame, two]) -> Annotated[pl.LazyFrame, b]:
        return counted(rows)

    rows, sharing = run_within(tmp_path, one_group(split, go_left, go_right), TIGHT)
    assert len(sharing.batches) > 1
    assert_frame_equal(rows["left"], rows["right"])


def test_random_rows_far_below_what_is_shared_are_drawn_once(tmp_path: Path) -> None:
    """The draw has one reader; that reader has two, in different queries."""
    source_rows(tmp_path)
    raw, a, b = raw_in(tmp_path), out(tmp_path, "left"), out(tmp_path, "right")
    drawn, clean = Dataset("drawn"), Dataset("clean")

    @local.task
    def draw(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, drawn]:
        return sampled(rows)

    @local.task
    def keep(rows: Annotated[pl.LazyFrame, drawn]) -> Annotated[pl.LazyFrame, clean]:
        return rows.filter(pl.col("n") > 10)

    @local.task
    def go_left(rows: Annotated[pl.LazyFrame, clean]) -> Annotated[pl.LazyFrame, a]:
        return counted(rows)

    @local.task
    def go_right(rows: Annotated[pl.LazyFrame, clean]) -> Annotated[pl.LazyFrame, b]:
        return counted(rows)

    rows, sharing = run_within(tmp_path, one_group(draw, keep, go_left, go_right), TIGHT)
    assert ways_of(sharing)["clean"] == "spilled"
    assert_frame_equal(rows["left"], rows["right"])


def test_a_chain_of_stored_datasets_is_written_before_it_is_read(tmp_path: Path) -> None:
    source_rows(tmp_path)
    raw, first, second, a, b = (
        raw_in(tmp_path),
        *(out(tmp_path, name) for name in ("first", "second", "left", "right")),
    )
    between = Dataset("between")

    @local.task
    def start(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, first]:
        return noisy(rows)

    @local.task
    def middle(rows: Annotated[pl.LazyFrame, first]) -> Annotated[pl.LazyFrame, between]:
        return rows.unique("n")

    @local.task
    def rise(rows: Annotated[pl.LazyFrame, between]) -> Annotated[pl.LazyFrame, second]:
        return counted(rows)

    @local.task
    def go_left(
        rows: Annotated[pl.LazyFrame, first], other: Annotated[pl.LazyFrame, second]
    ) -> Annotated[pl.LazyFrame, a]:
        return counted(rows).join(other, on="s", suffix="_2")

    @local.task
    def go_right(rows: Annotated[pl.LazyFrame, between]) -> Annotated[pl.LazyFrame, b]:
        return counted(rows)

    rows, sharing = run_within(tmp_path, one_group(start, middle, rise, go_left, go_right), TIGHT)
    assert len(sharing.batches) > 1
    assert_frame_equal(rows["second"], counted(rows["first"].lazy()).collect())
    assert_frame_equal(rows["right"], rows["second"])
    assert rows["left"].filter(pl.col("n") != pl.col("n_2")).is_empty()
    assert spill_folders() == []


def test_a_task_that_is_too_large_by_itself_is_warned_of(tmp_path: Path) -> None:
    source_rows(tmp_path)
    warning, *_ = planned(tmp_path, diamond(tmp_path, halved), 10_000).warnings
    assert warning.code.code == "GLC614"
    assert warning.task == "go_left"
    assert "for a test" in warning.message


def test_what_cannot_be_read_of_a_plan_leaves_one_query(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another Polars may explain itself in other words; a run must not fail for that."""
    source_rows(tmp_path)
    group = diamond(tmp_path, halved)
    whole, _ = run_within(tmp_path, group, ROOMY)
    monkeypatch.setattr(sharing_module, "explained", lambda _: "SINK_MULTIPLE\n  CACHE[id: 1")
    rows, sharing = run_within(tmp_path, group, TIGHT)
    assert [batch.tasks for batch in sharing.batches] == [group.tasks]
    assert_frame_equal(rows["left"], whole["left"])


def test_rows_that_break_a_rule_are_refused_in_any_batch(tmp_path: Path) -> None:
    source_rows(tmp_path)
    raw, a = raw_in(tmp_path), out(tmp_path, "left")
    b = Dataset("right", storage=lake(tmp_path).at("b.parquet"), schema=Number, unique="n")

    @local.task
    def go_left(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, a]:
        return summed(rows)

    @local.task
    def go_right(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, b]:
        return rows.select(pl.col("n") // 2)

    with pytest.raises(ExecutionError, match="right"):
        run_within(tmp_path, one_group(go_left, go_right), TIGHT)


def test_what_is_kept_in_memory_is_there_at_the_end(tmp_path: Path) -> None:
    source_rows(tmp_path)
    group = diamond(tmp_path, noisy)
    middle = group.writes[0]
    rows, _ = run_within(tmp_path, group, TIGHT, frozenset({middle}))
    assert_frame_equal(rows["right"], counted(rows["middle"].lazy()).collect())


def test_what_a_killed_process_spilled_is_removed_by_the_next_that_spills() -> None:
    left = scratch_home() / f"glacier-spill-1-left-by-{os.getpid()}"
    left.mkdir()
    (left / "rows.parquet").write_bytes(b"rows")
    with Scratch() as scratch:
        scratch.writing("rows", pl.LazyFrame({"n": [1]}))
        assert not left.exists()
        assert len(spill_folders()) == 1
    assert spill_folders() == []
