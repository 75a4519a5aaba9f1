"""Every example of the pages that people read runs, a page's examples one after another."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.docs.pages import PAGES, ROOT, Block, blocks, links

PYTHON = [page for page in PAGES if any(block.language == "python" for block in blocks(page))]
TOML = [
    pytest.param(block, id=f"{page}:{block.line}")
    for page in PAGES
    for block in blocks(page)
    if block.language == "toml"
]

FRAGMENTS: dict[str, int] = {}
"""How many examples of a page are not run; each says why where it stands."""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module that no file holds, as in a notebook, in an empty folder."""
    for variable in ("GLACIER_CLOUD", "GLACIER_DATA", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    made = ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", made)
    return made


@pytest.mark.parametrize("page", PYTHON)
def test_the_examples_of_a_page_run(page: str, module: ModuleType) -> None:
    ran = [run(page, block, module) for block in python(page) if block.fragment is None]

    assert ran or FRAGMENTS[page]


def run(page: str, block: Block, module: ModuleType) -> int:
    code = "\n" * (block.line - 1) + block.code  # a traceback names the line of the page
    exec(compile(code, str(ROOT / page), "exec"), vars(module))
    return block.line


def python(page: str) -> Iterator[Block]:
    yield from (block for block in blocks(page) if block.language == "python")


def test_fragments_are_few_and_counted() -> None:
    counted = {page: sum(block.fragment is not None for block in python(page)) for page in PYTHON}

    assert {page: number for page, number in counted.items() if number} == FRAGMENTS


@pytest.mark.parametrize("block", TOML)
def test_settings_shown_are_toml(block: Block) -> None:
    assert tomllib.loads(block.code)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files(page: str) -> None:
    folder = (ROOT / page).parent

    assert [target for target in links(page) if not (folder / target).exists()] == []
