"""File systems without hard links, such as exFAT: copies take their place, as safely."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tests.execution.local_runs import run
from tests.storage.durability import Watch
from tests.storage.generations import fused_tables


def refuse_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: object, target: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted", source, None, target)

    monkeypatch.setattr(os, "link", refuse)


def test_runs_publish_and_refresh_their_stable_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_links(monkeypatch)
    shape = fused_tables(tmp_path)
    for generation in (1, 2, 3, 4, 5):
        run(shape.pipeline, tmp_path, generation=generation, rows=9)
        assert shape.visible() == shape.exposed() == [generation, generation]


def test_a_copy_is_durable_before_it_takes_the_place_of_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_links(monkeypatch)
    shape = fused_tables(tmp_path)
    with Watch(tmp_path) as watch:
        run(shape.pipeline, tmp_path, generation=1, rows=9)
    moved = [move for move in watch.moves if move.target == tmp_path / "data/lake/flat.parquet"]
    assert len(moved) == 1
    assert moved[0].source_was_synced
