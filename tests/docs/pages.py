"""The pages that people read, as the code and the commands in them.

A block of Python is run, unless the line above it is `<!-- fragment: why it cannot run -->`. What a page's examples need and no
reader wants to see stands in a comment that begins with `<!-- unseen` and holds such blocks, too. A block of `text` right
below one of Python is what that prints. A block of Python that begins with the name of a file is that file; entry points in
TOML above it are installed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PAGES", "ROOT", "Block", "blocks", "commands", "links"]

ROOT = Path(__file__).parents[2]
PAGES = tuple(
    path.relative_to(ROOT).as_posix()
    for path in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *sorted((ROOT / "docs").glob("*.md")),
    )
)
_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)$")
_FRAGMENT = re.compile(r"^<!-- fragment: (?P<reason>.+) -->$")
_LINK = re.compile(r"\]\((?!https?://|mailto:|#)(?P<target>[^)#\s]+)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block.

    Attributes:
        language: What the fence says it is.
        line: The number of its first line, from 1.
        code: Its text.
        fragment: Why it cannot run; None if it must.
    """

    language: str
    line: int
    code: str
    fragment: str | None


def blocks(page: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page, those in comments included."""
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    start, indent, language = 0, "", None
    for number, line in enumerate(lines, 1):
        fence = _FENCE.match(line)
        if language is None and fence:
            start, indent, language = number + 1, fence["indent"], fence["language"]
        elif language is not None and line == f"{indent}```":
            code = "".join(
                f"{text.removeprefix(indent)}\n" for text in lines[start - 1 : number - 1]
            )
            marker = _FRAGMENT.match(lines[start - 3]) if start > 2 else None
            yield Block(language, start, code, marker["reason"] if marker else None)
            language = None


def commands(page: str) -> Iterator[tuple[int, str]]:
    """Yield the command lines of a page, each with its line number."""
    for block in blocks(page):
        if block.language == "console":
            for offset, line in enumerate(block.code.splitlines()):
                if line.startswith("$ "):
                    yield block.line + offset, line.removeprefix("$ ")


def links(page: str) -> Iterator[str]:
    """Yield the files that a page leads to."""
    text = (ROOT / page).read_text(encoding="utf-8")
    yield from (found["target"] for found in _LINK.finditer(re.sub(r"(?s)```.*?```", "", text)))
