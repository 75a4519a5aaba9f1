"""Processes that tests share: each takes half a second to start."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from glacier_runtime.execution.processes.workers import Workers


@pytest.fixture(scope="session")
def warm() -> Iterator[Workers]:
    with Workers(1) as pool:
        yield pool


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where values are handed over, for this test alone."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder
