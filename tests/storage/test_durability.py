"""Power cuts: what the commit record names is on the disk before the record is, names of folders included."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.execution.local_runs import run
from tests.storage.durability import Move, Watch
from tests.storage.generations import SHAPES


def is_commit(move: Move) -> bool:
    return move.target.parent.name == "commits"


def needed(path: Path) -> bool:
    """Whether a version is lost with this path: not the lock, not scratch, not what tasks use."""
    return "data" in path.parts and "scratch" not in path.parts and path.name != "lock"


@pytest.mark.parametrize("shape_name", SHAPES)
@pytest.mark.parametrize("earlier_runs", [0, 1])
def test_everything_is_durable_before_the_commit_record_appears(
    shape_name: str, earlier_runs: int, tmp_path: Path
) -> None:
    shape = SHAPES[shape_name](tmp_path)
    for generation in range(1, earlier_runs + 1):
        run(shape.pipeline, tmp_path, generation=generation, rows=9)
    # What an earlier run left is durable, or was a matter of that run.
    with Watch(tmp_path) as watch:
        watch.synced |= {
            (status.st_dev, status.st_ino) for status in map(Path.stat, tmp_path.rglob("*"))
        }
        run(shape.pipeline, tmp_path, generation=9, rows=9)
    commits = list(filter(is_commit, watch.moves))
    assert len(commits) == 1
    assert commits[0].source_was_synced
    commits_folder = tmp_path / "data/lake/_glacier/commits"
    assert {path for path in commits[0].unsynced if needed(path)} <= {commits_folder}


@pytest.mark.parametrize("shape_name", SHAPES)
def test_the_commit_record_is_durable_before_anything_is_exposed_or_reported(
    shape_name: str, tmp_path: Path
) -> None:
    shape = SHAPES[shape_name](tmp_path)
    with Watch(tmp_path) as watch:
        run(shape.pipeline, tmp_path, generation=1, rows=9)
    number = next(number for number, move in enumerate(watch.moves) if is_commit(move))
    after = watch.moves[number + 1]
    record = watch.moves[number].target
    assert record not in after.unsynced
    assert not {path for path in after.unsynced if path in record.parents}
