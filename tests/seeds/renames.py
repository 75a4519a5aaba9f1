"""The renames of `docs/seeds.md`, read from its tables, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from tests.seeds.documents import Block

__all__ = ["Rename", "renamed", "renames", "rows"]

PAGE = Path(__file__).parents[2] / "docs" / "seeds.md"


@dataclass(frozen=True, slots=True)
class Rename:
    """One row: what stands in the seeds, what is run instead, and in which blocks.

    Attributes:
        seed: The seeds' words.
        ours: What replaces them.
        only: The blocks that are meant; empty for all.
    """

    seed: str
    ours: str
    only: frozenset[str]

    def apply(self, code: str) -> str:
        """Replace whole words."""
        before = r"(?<![\w.])" if self.seed[0].isalnum() else ""
        after = r"(?!\w)" if self.seed[-1].isalnum() else ""
        return re.sub(before + re.escape(self.seed) + after, lambda _: self.ours, code)


def rows(heading: str) -> Iterator[list[str]]:
    """Yield the rows of the tables below a heading of the page, cell by cell, until the next heading of its kind."""
    _, _, below = PAGE.read_text(encoding="utf-8").partition(f"\n{heading}\n")
    level = heading.partition(" ")[0]
    lines = below.splitlines()
    for line, following in pairwise([*lines, ""]):
        if re.match(rf"#{{1,{len(level)}}} ", line):
            return
        if line.startswith("| ") and not following.startswith("|---"):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


@cache
def renames() -> tuple[Rename, ...]:
    """Return all renames, in the page's order, which is the order in which they are made."""
    return tuple(
        Rename(_code(seed), _code(ours), frozenset(re.findall(r"\d{3}/\d+", only)))
        for seed, ours, only, *_ in rows("## Renames")
    )


def renamed(block: Block) -> str:
    """Return the code of a block in the words of this version."""
    code = block.code
    for rename in renames():
        if not rename.only or block.name in rename.only:
            code = rename.apply(code)
    return code


def _code(cell: str) -> str:
    return cell.strip("`").replace(r"\|", "|")
