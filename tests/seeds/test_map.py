"""The page about the documents is true: every block is run or listed, and every row leads somewhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.seeds.documents import blocks, named
from tests.seeds.renames import PAGE, Rename, renames, rows

ROOT = PAGE.parents[1]
DOCUMENTS = [
    line.removeprefix("### ")
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if re.match(r"### \d{3}: ", line)
]
PROMISES = [row for document in DOCUMENTS for row in rows(f"### {document}")]
NOT_RUN = list(rows("## Blocks that do not run"))


def told() -> set[str]:
    """Return the blocks that a test of the documents names."""
    return {
        node.value
        for file in Path(__file__).parent.glob("test_00*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"\d{3}/\d+", node.value)
    }


def test_every_block_is_run_or_listed_with_the_reason() -> None:
    listed = {row[0] for row in NOT_RUN}

    assert told() | listed == {block.name for block in blocks()}
    assert told() & listed == set()
    assert all(row[1] and row[2] and row[3] for row in NOT_RUN)


def test_documents_are_five_and_all_of_them_are_mapped() -> None:
    documents = {block.name.partition("/")[0] for block in blocks()}

    assert len(documents) == 5
    assert {document[:3] for document in DOCUMENTS} == documents


@pytest.mark.parametrize("rename", renames(), ids=lambda rename: rename.seed)
def test_every_rename_is_needed_and_no_more_than_is_needed(rename: Rename) -> None:
    changed = {block.name for block in blocks() if rename.apply(block.code) != block.code}

    assert changed & rename.only == rename.only
    assert changed


@pytest.mark.parametrize("row", PROMISES, ids=lambda row: row[0])
def test_what_is_there_is_shown_and_what_is_not_is_marked(row: list[str]) -> None:
    _, where, shown = row
    places = re.findall(r"`((?:glacier_runtime|generators|tests|examples)[\w/.-]*)`", where)

    assert (
        places or "later: *" in where or where.startswith(("left out: ", "there is none", "entry"))
    )
    assert [place for place in places if not (ROOT / place).exists()] == []
    assert shown or where.startswith("later: *")


@pytest.mark.parametrize("row", [*PROMISES, *NOT_RUN], ids=lambda row: row[0])
def test_every_test_that_is_named_is_there(row: list[str]) -> None:
    for reference in re.findall(r"`(tests/[^`]+)`", row[-1]):
        file, _, test = reference.partition("::")
        assert (ROOT / file).exists()
        assert not test or f"def {test}(" in (ROOT / file).read_text(encoding="utf-8")


def test_no_path_of_a_machine_is_in_the_documents() -> None:
    assert [block.name for block in blocks() if "/home/" in named(block.name).code] == []
