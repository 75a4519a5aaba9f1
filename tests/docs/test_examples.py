"""Every example of the pages that people read runs, a page's examples one after another."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib import invalidate_caches
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.docs.pages import PAGES, ROOT, Block, blocks, links

PYTHON = [page for page in PAGES if any(block.language == "python" for block in blocks(page))]
TOML = [
    pytest.param(block, id=f"{page}:{block.line}")
    for page in PAGES
    for block in blocks(page)
    if block.language == "toml"
]

FRAGMENTS = {"docs/provider.md": 1}
"""How many examples of a page are not run; each says why where it stands."""


class Reader:
    """Reads a page as somebody does who types what it shows into a notebook, in an empty folder."""

    def __init__(self, page: str, packages: Path) -> None:
        self.page = page
        self.packages = packages
        self.module = ModuleType("page")
        self.printed = ""

    def read(self, block: Block) -> None:
        if block.language == "python" and block.fragment is None:
            self._run(block)
        elif block.language == "text" and self.printed:
            assert block.code.split() == self.printed.split(), f"{self.page}:{block.line}"
            self.printed = ""
        elif block.language == "toml":
            self._install(tomllib.loads(block.code))

    def _run(self, block: Block) -> None:
        if file := re.match(r"# (\w+\.py)\n", block.code):
            (self.packages / file[1]).write_text(block.code, encoding="utf-8")
        code = "\n" * (block.line - 1) + block.code  # a traceback names the line of the page
        with redirect_stdout(StringIO()) as out:
            exec(compile(code, str(ROOT / self.page), "exec"), vars(self.module))
        self.printed = out.getvalue()

    def _install(self, settings: dict[str, Any]) -> None:
        groups = settings.get("project", {}).get("entry-points", {})
        if groups:
            name = settings["project"].get("name", "mine").replace("-", "_")
            folder = self.packages / f"{name}-1.0.dist-info"
            folder.mkdir()
            lines = (
                f"[{group}]\n" + "".join(f"{name} = {at}\n" for name, at in points.items())
                for group, points in groups.items()
            )
            (folder / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
            invalidate_caches()
            (folder / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n", encoding="utf-8")


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that Python imports from, as long as a page is read; the working directory is another one, and empty."""
    for variable in ("GLACIER_CLOUD", "GLACIER_DATA", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for folder in ("project", "packages"):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.syspath_prepend(tmp_path / "packages")
    before = set(sys.modules)
    yield tmp_path / "packages"
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.parametrize("page", PYTHON)
def test_the_examples_of_a_page_run(
    page: str, packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader(page, packages)
    monkeypatch.setitem(sys.modules, "page", reader.module)

    for block in blocks(page):
        reader.read(block)

    assert {name for name in vars(reader.module) if not name.startswith("__")}


def test_fragments_are_few_and_counted() -> None:
    counted = {page: sum(block.fragment is not None for block in blocks(page)) for page in PYTHON}

    assert {page: number for page, number in counted.items() if number} == FRAGMENTS


@pytest.mark.parametrize("block", TOML)
def test_settings_shown_are_toml(block: Block) -> None:
    assert tomllib.loads(block.code)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files(page: str) -> None:
    folder = (ROOT / page).parent

    assert [target for target in links(page) if not (folder / target).exists()] == []
