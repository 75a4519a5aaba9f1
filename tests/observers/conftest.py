"""Helpers beside the tests are found from the repository's root; observers are installed for a test, as pip would."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import invalidate_caches
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install modules and the observers in them, by entry point: `install({"watchers": CODE}, loud="watchers:Loud")`."""
    folder = tmp_path / "packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    modules: list[str] = []

    def installing(sources: dict[str, str], **points: str) -> None:
        for name, source in sources.items():
            (folder / f"{name}.py").write_text(source, encoding="utf-8")
            modules.append(name)
        about = folder / "watchers-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text("Name: watchers\nVersion: 1.0\n")
        lines = "".join(f"{name} = {at}\n" for name, at in points.items())
        (about / "entry_points.txt").write_text(f"[glacier.observers]\n{lines}")
        invalidate_caches()

    yield installing
    for name in modules:
        sys.modules.pop(name, None)
