"""Each test has an environment and modules of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

# Test folders are no packages; the helpers beside this file are found from the repository's root.
sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.unit.modules import importable


@pytest.fixture(autouse=True)
def _own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("GLACIER_CLOUD", "GLACIER_DATA", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Callable[[str], ModuleType]]:
    """Write a module of a user's project and import it; child processes can import it, too."""
    with importable(tmp_path / "modules") as write_and_import:
        yield write_and_import
