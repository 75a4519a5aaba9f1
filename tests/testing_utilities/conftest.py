"""Helpers beside the tests are found from the repository's root: test folders are no packages."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder, so that whatever is read or written by mistake is seen."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for variable in ("GLACIER_CLOUD", "GLACIER_DATA", "API_TOKEN"):
        monkeypatch.delenv(variable, raising=False)
