"""Conflicts as marks in a file, as git writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from glacier_generators.merging.sequences import chunks

__all__ = ["has_marks", "marked"]

_MINE: Final = "<<<<<<< on disk"
_BASE: Final = "||||||| generated before"
_MIDDLE: Final = "======="
_THEIRS: Final = ">>>>>>> generated now"
_OPENS: Final = re.compile(r"^<{7}(?: |\r?$)", re.MULTILINE)
_CLOSES: Final = re.compile(r"^>{7}(?: |\r?$)", re.MULTILINE)


def has_marks(text: str | None) -> bool:
    """Say whether a file holds a conflict that nobody has decided.

    Example:
        >>> has_marks("<<<<<<< HEAD" + chr(10) + "a = 1"), has_marks("a = 1 # <<<<<<< no")
        (True, False)
    """
    if text is None or ("<" * 7 not in text and ">" * 7 not in text):
        return False  # which is told a hundred times faster
    return bool(_OPENS.search(text) or _CLOSES.search(text))


def marked(base: str, mine: str, theirs: str, *, are_decided: bool = False) -> str:
    r"""Merge by lines, with marks around those that both sides changed.

    Args:
        base: What was generated last.
        mine: What is on disk.
        theirs: What is generated now.
        are_decided: Whether the three are one merge, decided for one side each: then all that differs is in conflict.

    Example:
        >>> print(marked("a\nb\n", "a\nmine\n", "a\ntheirs\n"), end="")
        a
        <<<<<<< on disk
        mine
        ||||||| generated before
        b
        =======
        theirs
        >>>>>>> generated now
    """
    of_base, of_mine, of_theirs = (text.splitlines(keepends=True) for text in (base, mine, theirs))
    ending = "\r\n" if "\r\n" in mine else "\n"
    done: list[str] = []
    for chunk in chunks(of_base, of_mine, of_theirs):
        was, ours, new = of_base[chunk.base], of_mine[chunk.mine], of_theirs[chunk.theirs]
        if ours == new or (was == new and not are_decided):
            done += ours
        elif was == ours and not are_decided:
            done += new
        else:
            for mark, lines in ((_MINE, ours), (_BASE, was), (_MIDDLE, new)):
                done += [f"{mark}{ending}", *_whole(lines, ending)]
            done.append(f"{_THEIRS}{ending}")
    return "".join(done)


def _whole(lines: Sequence[str], ending: str) -> list[str]:
    """Let the last line end."""
    if lines and not lines[-1].endswith("\n"):
        return [*lines[:-1], lines[-1] + ending]
    return list(lines)
