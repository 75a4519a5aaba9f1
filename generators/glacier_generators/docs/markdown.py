"""Markdown in which nothing of a user's means more than its letters: on GitHub, on GitLab, and in Sphinx by MyST."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from glacier_generators.hcl.strings import visible

__all__ = ["LONGEST", "code", "fenced", "item", "plain", "table"]

LONGEST: Final = 1000
_MARKUP: Final = re.compile(r"([\\`*_{}\[\]<>&|~$])")
_OPENING: Final = re.compile(r"^(?=[-+=#%:!(])|^(\d{1,9})(?=[.)])")
_NOT_IN_TICKS: Final = re.compile(r"[`|\\]")
_UNSAFE_IN_HTML: Final = re.compile(r"[^A-Za-z0-9 .,;/]")


def plain(text: str) -> str:
    r"""Return text as one line that reads as it is written.

    Args:
        text: Anything; what nobody sees is left out, and what is longer than any description is cut.

    Example:
        >>> plain("# <b>not</b>\na *heading*")
        '\\# \\<b\\>not\\</b\\> a \\*heading\\*'
    """
    return _OPENING.sub(r"\1\\", _MARKUP.sub(r"\\\1", _line(text)))


def code(text: str) -> str:
    """Return text as code, in a sentence or in a table.

    Tables end cells at bars even in code, and parsers differ about a backslash before one; so what holds such is written in HTML.

    Example:
        >>> code("ge=0"), code("pattern=^(a|b)$")
        ('`ge=0`', '<code>pattern&#61;&#94;&#40;a&#124;b&#41;&#36;</code>')
    """
    line = _line(text)
    if not line:
        return ""
    if _NOT_IN_TICKS.search(line):
        return f"<code>{_UNSAFE_IN_HTML.sub(lambda one: f'&#{ord(one[0])};', line)}</code>"
    return f"`{line}`"


def fenced(text: str, language: str) -> list[str]:
    """Return a block of code as lines.

    Args:
        text: What stands in it; its own lines stay.
        language: What it is: `mermaid`, `text`.
    """
    runs = re.findall(r"`+", text)
    fence = "`" * max(3, 1 + max(map(len, runs), default=0))
    return [f"{fence}{language}", *text.split("\n"), fence]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table as lines, without padding: a longer name changes one line.

    Args:
        heads: What stands above its columns.
        rows: Cells that are Markdown already.
    """
    return [_row(heads), "|" + "---|" * len(heads), *map(_row, rows)]


def item(head: str, what: str) -> str:
    """Return one line of a list: what it is about, and what is said."""
    return f"- **{head}:** {what}"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _line(text: str) -> str:
    line = " ".join(visible(" ".join(text.split())).split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…"
