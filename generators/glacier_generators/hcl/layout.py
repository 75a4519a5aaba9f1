"""Equals signs and comments of neighbouring lines under each other, as `terraform fmt` has them.

Only runs of lines that are not as they were are laid out anew: how somebody aligned what nobody changed is theirs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from glacier_generators.hcl.reading import Part
from glacier_generators.hcl.scanning import COMMENT

__all__ = ["aligned"]

_HEAD: Final = re.compile(r"(?P<name>[^\n]*?)[ \t]*(?P<sign>[=:])[ \t]*")
_TAIL: Final = re.compile(r"(?P<comma>,?)[ \t]*(?P<comment>" + COMMENT + r")?(?P<end>\r?\n|\Z)")


def aligned(parts: Sequence[Part], before: Sequence[Part]) -> list[Part]:
    """Align the runs of one-line attributes that did not stand together before.

    Args:
        parts: What stands in a body or an object, each on lines of its own.
        before: What stood there.

    Returns:
        The same, with other spaces before equals signs and comments.
    """
    known = {tuple(part.text for part in run) for run in _runs(before)}
    done: list[Part] = []
    for run in _runs(parts):
        is_new = tuple(part.text for part in run) not in known
        done += _commented(_assigned(run)) if is_new and _is_one_line(run[0]) else run
    return done


def _runs(parts: Sequence[Part]) -> list[list[Part]]:
    runs: list[list[Part]] = []
    for part in parts:
        follows = runs and "\n" not in part.lead and _is_one_line(part)
        if follows and _is_one_line(runs[-1][-1]) and "<<" not in runs[-1][-1].value[:2]:
            runs[-1].append(part)
        else:
            runs.append([part])
    return runs


def _is_one_line(part: Part) -> bool:
    is_short = "\n" not in part.head + part.value or part.value.startswith("<<")
    return not part.is_block and bool(part.name) and is_short and bool(_HEAD.fullmatch(part.head))


def _assigned(run: Sequence[Part]) -> list[Part]:
    heads = [_HEAD.fullmatch(part.head) for part in run]
    width = max(_columns(head["name"]) for head in heads if head)
    return [
        replace(
            part,
            head=f"{head['name']}{' ' * (width - _columns(head['name']))} {head['sign']} ",
        )
        for part, head in zip(run, heads, strict=True)
        if head
    ]


def _commented(run: Sequence[Part]) -> list[Part]:
    done: list[Part] = []
    for has_comment, some in groupby(run, key=lambda part: bool(_comment_of(part))):
        parts = list(some)
        if not has_comment:
            done += parts
            continue
        widths = [_columns(part.indent + part.head + part.value) for part in parts]
        tails = [_TAIL.fullmatch(part.tail) for part in parts]
        ends = [
            width + len(tail["comma"]) for width, tail in zip(widths, tails, strict=True) if tail
        ]
        done += [
            replace(
                part,
                tail=f"{tail['comma']}{' ' * (max(ends) - end + 1)}{tail['comment']}{tail['end']}",
            )
            for part, tail, end in zip(parts, tails, ends, strict=True)
            if tail
        ]
    return done


def _comment_of(part: Part) -> str | None:
    tail = _TAIL.fullmatch(part.tail)
    return tail["comment"] if tail and "\n" not in part.value else None


def _columns(text: str) -> int:
    """Return how many columns a text takes: `terraform fmt` counts what a reader takes for one character."""
    return sum(1 for character in text if not unicodedata.combining(character))
