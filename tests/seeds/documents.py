"""The five documents that Glacier comes from, as their headings and code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Block", "blocks", "named"]

_FOLDER = Path(__file__).with_name("documents")
_HEADING = re.compile(r"#{1,6} (?P<heading>.+)")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of Python or of shell commands.

    Attributes:
        name: Document and number, such as `002/7`.
        heading: What stands above it.
        language: `python` or `bash`.
        code: Its text, as it is.
    """

    name: str
    heading: str
    language: str
    code: str


def blocks() -> Iterator[Block]:
    """Yield the code of all documents; pictures drawn with letters name no language, and are none."""
    for document in sorted(_FOLDER.glob("*.md")):
        yield from _blocks(document.stem, document.read_text(encoding="utf-8").splitlines())


def _blocks(document: str, lines: list[str]) -> Iterator[Block]:
    heading, number, language = "", 0, None
    code: list[str] = []
    for line in lines:
        if language is None and (found := _HEADING.match(line)):
            heading = found["heading"]
        elif language is None and line.startswith("```"):
            language, code = line[3:], []
        elif language is not None and line == "```":
            if language:
                number += 1
                yield Block(f"{document}/{number}", heading, language, "\n".join(code) + "\n")
            language = None
        else:
            code.append(line)


def named(name: str) -> Block:
    """Return the block of a name such as `002/7`."""
    return next(block for block in blocks() if block.name == name)
