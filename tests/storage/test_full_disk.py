"""A disk without space: the old data stands, nothing half-written is left, and the next run finishes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.execution.local_runs import run
from tests.storage.generations import SHAPES, Shape

MANY_ROWS = 200_000


def run_limited(shape_name: str, root: Path, limit_bytes: int, rows: int) -> dict[str, object]:
    command = [sys.executable, "-m", "tests.storage.limited", shape_name]
    done = subprocess.run(
        [*command, str(root), str(limit_bytes), str(rows)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return answer


def used_bytes(root: Path) -> int:
    seen = {path.stat().st_ino: path.stat().st_size for path in root.rglob("*") if path.is_file()}
    return sum(seen.values())


def assert_old_data_stands_and_the_next_run_finishes(shape: Shape, root: Path) -> None:
    assert shape.visible() == [1, 1]
    assert shape.exposed() == [1, 1]
    names = {path.name for path in (root / "data/lake").iterdir()}
    assert names - {"_glacier"} <= {"flat.parquet", "nested", "summary.json", "pages"}
    run(shape.pipeline, root, generation=3, rows=9)
    assert shape.visible() == shape.exposed() == [3, 3]


@pytest.mark.parametrize(
    ("shape_name", "limit_bytes", "rows"),
    [
        ("fused_tables", 30_000, MANY_ROWS),  # Polars cannot write the file
        ("fused_tables", 100, 9),  # nor its first bytes
        ("documents", 10, 9),  # Python cannot write the document
        ("documents", 70, 9),  # the document fits, the ticket does not
        ("documents", 400, 9),  # the ticket fits, the commit record does not
    ],
)
def test_a_run_without_space_publishes_nothing_and_says_why(
    shape_name: str, limit_bytes: int, rows: int, tmp_path: Path
) -> None:
    shape = SHAPES[shape_name](tmp_path)
    run(shape.pipeline, tmp_path, generation=1, rows=9)
    answer = run_limited(shape_name, tmp_path, limit_bytes, rows)
    assert answer["codes"] == ["GLC508"], answer
    assert "free space" in str(answer["text"])
    assert_old_data_stands_and_the_next_run_finishes(shape, tmp_path)


def test_a_run_without_space_gives_back_what_it_took(tmp_path: Path) -> None:
    shape = SHAPES["fused_tables"](tmp_path)
    run(shape.pipeline, tmp_path, generation=1, rows=9)
    before = used_bytes(tmp_path)
    run_limited("fused_tables", tmp_path, 30_000, MANY_ROWS)
    assert used_bytes(tmp_path) <= before + 1000  # the name of the holder, in the lock


def test_with_space_enough_the_same_run_finishes(tmp_path: Path) -> None:
    shape = SHAPES["fused_tables"](tmp_path)
    assert run_limited("fused_tables", tmp_path, 1 << 30, MANY_ROWS)["codes"] == []
    assert shape.visible() == [2, 2]
