"""Stable paths that people changed: what Glacier did not write it does not replace."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from glacier_runtime.errors import StorageError
from tests.execution.local_runs import run
from tests.storage.generations import Shape, fused_tables


@pytest.fixture
def shape(tmp_path: Path) -> Shape:
    made = fused_tables(tmp_path)
    run(made.pipeline, tmp_path, generation=1, rows=9)
    return made


def refused(shape: Shape, root: Path, path: str) -> None:
    """The next run stops with one problem that names the path, and publishes nothing."""
    before = shape.visible()
    with pytest.raises(StorageError) as failure:
        run(shape.pipeline, root, generation=2, rows=9)
    assert failure.value.codes == ("GLC509",)
    assert str(root / "data/lake" / path) in str(failure.value)
    assert shape.visible() == before


def test_a_file_that_somebody_put_in_place_of_ours_is_kept(shape: Shape, tmp_path: Path) -> None:
    stable = tmp_path / "data/lake/flat.parquet"
    stable.unlink()
    stable.write_text("mine")
    refused(shape, tmp_path, "flat.parquet")
    assert stable.read_text() == "mine"


def test_a_file_that_a_tool_rewrote_is_kept(shape: Shape, tmp_path: Path) -> None:
    stable = tmp_path / "data/lake/flat.parquet"
    frame = pl.read_parquet(stable).with_columns(pl.col("number") + 100)
    stable.unlink()
    frame.write_parquet(stable)
    refused(shape, tmp_path, "flat.parquet")
    assert pl.read_parquet(stable).equals(frame)


def test_a_folder_with_a_file_of_somebody_else_is_kept(shape: Shape, tmp_path: Path) -> None:
    mine = tmp_path / "data/lake/nested/by_day/notes.txt"
    mine.write_text("mine")
    refused(shape, tmp_path, "nested/by_day")
    assert mine.read_text() == "mine"


def test_a_folder_in_place_of_our_file_is_kept(shape: Shape, tmp_path: Path) -> None:
    stable = tmp_path / "data/lake/flat.parquet"
    stable.unlink()
    stable.mkdir()
    (stable / "mine").write_text("mine")
    refused(shape, tmp_path, "flat.parquet")
    assert (stable / "mine").read_text() == "mine"


def test_a_file_in_place_of_our_folder_is_kept(shape: Shape, tmp_path: Path) -> None:
    stable = tmp_path / "data/lake/nested/by_day"
    shutil.rmtree(stable)
    stable.write_text("mine")
    refused(shape, tmp_path, "nested/by_day")
    assert stable.read_text() == "mine"


def test_every_path_that_was_taken_is_named_at_once(shape: Shape, tmp_path: Path) -> None:
    for name in ("flat.parquet", "nested/by_day"):
        stable = tmp_path / "data/lake" / name
        shutil.rmtree(stable) if stable.is_dir() else stable.unlink()
        stable.write_text("mine")
    with pytest.raises(StorageError) as failure:
        run(shape.pipeline, tmp_path, generation=2, rows=9)
    assert failure.value.codes == ("GLC509", "GLC509")


def test_data_that_was_there_before_the_first_run_is_kept(tmp_path: Path) -> None:
    mine = tmp_path / "data/lake/flat.parquet"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    shape = fused_tables(tmp_path)
    refused(shape, tmp_path, "flat.parquet")
    assert mine.read_text() == "mine"
    assert not (tmp_path / "data/lake/nested").exists()


def test_a_dangling_link_in_place_of_our_file_is_not_followed(shape: Shape, tmp_path: Path) -> None:
    stable = tmp_path / "data/lake/flat.parquet"
    stable.unlink()
    stable.symlink_to(tmp_path / "elsewhere.parquet")
    with pytest.raises(StorageError, match="GLC509"):
        run(shape.pipeline, tmp_path, generation=2, rows=9)
    assert stable.is_symlink()
    assert not (tmp_path / "elsewhere.parquet").exists()


def test_a_stable_path_that_was_deleted_comes_back_with_the_next_run(
    shape: Shape, tmp_path: Path
) -> None:
    (tmp_path / "data/lake/flat.parquet").unlink()
    shutil.rmtree(tmp_path / "data/lake/nested/by_day")
    assert shape.visible() == [1, 1]
    run(shape.pipeline, tmp_path, generation=2, rows=9)
    assert shape.exposed() == [2, 2]


def test_without_its_records_glacier_does_not_replace_its_own_data(
    shape: Shape, tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "data/lake/_glacier")
    with pytest.raises(StorageError) as failure:
        run(shape.pipeline, tmp_path, generation=2, rows=9)
    assert failure.value.codes == ("GLC509", "GLC509")
    assert shape.exposed() == [1, 1]


def test_a_copied_project_goes_on_where_the_original_was(shape: Shape, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path / "data", copy / "data")
    copied = fused_tables(copy)
    assert copied.visible() == [1, 1]
    assert copied.exposed() == [1, 1]
    run(copied.pipeline, copy, generation=2, rows=9)
    assert copied.visible() == copied.exposed() == [2, 2]
    assert shape.visible() == shape.exposed() == [1, 1]


def test_a_moved_project_goes_on(shape: Shape, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    moved.mkdir()
    (tmp_path / "data").rename(moved / "data")
    there = fused_tables(moved)
    assert there.visible() == [1, 1]
    run(there.pipeline, moved, generation=2, rows=9)
    assert there.visible() == there.exposed() == [2, 2]
    assert shape.visible() == [None, None]
