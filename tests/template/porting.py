"""Edits of a rendered file, carried back to the lines of the template that they came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

__all__ = ["NotPorted", "ported"]

# How many lines around a change are looked for with it: first none, and more where that is not clear.
_AROUND = ((0, 0), (1, 1), (1, 0), (0, 1), (2, 2), (3, 3))
_JINJA = ("{{", "{%", "{#")


class NotPorted(Exception):  # noqa: N818 (nothing failed)
    """A change that cannot be carried back, and why."""


@dataclass(frozen=True)
class _Hunk:
    """Lines of a rendered file, and what they became.

    Attributes:
        start: The first of them, from 0.
        end: The one behind the last.
        new: What stands in their place.
    """

    start: int
    end: int
    new: Sequence[str]


def ported(old: str, new: str, sources: Mapping[str, str]) -> dict[str, str]:
    """Return those of the sources that change, when a rendered file does.

    Args:
        old: The file as it was rendered.
        new: The file as it was edited.
        sources: What it was made of, by name; a change goes where its lines stand word for word, once.

    Raises:
        NotPorted: With the hunk, and why it can go nowhere.
    """
    texts = {name: text.splitlines(keepends=True) for name, text in sources.items()}
    lines = old.splitlines(keepends=True)
    # From below, so that lines above keep their numbers.
    for hunk in reversed([*_hunks(lines, new.splitlines(keepends=True))]):
        name, place, before, after = _place(lines, hunk, texts)
        block = [
            *lines[hunk.start - before : hunk.start],
            *hunk.new,
            *lines[hunk.end : hunk.end + after],
        ]
        texts[name][place : place + before + hunk.end - hunk.start + after] = block
    merged = {name: "".join(text) for name, text in texts.items()}
    return {name: text for name, text in merged.items() if text != sources[name]}


def _hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[_Hunk]:
    for kind, start, end, new_start, new_end in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if kind != "equal":
            yield _Hunk(start, end, new[new_start:new_end])


def _place(
    lines: Sequence[str], hunk: _Hunk, texts: Mapping[str, Sequence[str]]
) -> tuple[str, int, int, int]:
    """Return the source, the line in it, and how many lines around the hunk were found with it."""
    found: list[tuple[str, int]] = []
    for before, after in _AROUND:
        start, end = hunk.start - before, hunk.end + after
        if start < 0 or end > len(lines) or start == end:
            continue
        block = lines[start:end]
        found = [(name, at) for name, text in texts.items() for at in _found_at(text, block)]
        if len(found) == 1:
            return (*found[0], before, after)
    raise NotPorted(_why(lines, hunk, texts))


def _found_at(text: Sequence[str], block: Sequence[str]) -> list[int]:
    last = len(text) - len(block) + 1
    return [at for at in range(last) if [*text[at : at + len(block)]] == [*block]]


def _why(lines: Sequence[str], hunk: _Hunk, texts: Mapping[str, Sequence[str]]) -> str:
    old = lines[hunk.start : hunk.end] or lines[max(hunk.start - 1, 0) : hunk.start + 1]
    literal = {line for text in texts.values() for line in text}
    made = [line for line in old if line not in literal]
    if made:
        has_jinja = any(mark in line for line in literal for mark in _JINJA)
        why = f"Jinja makes this line: {made[0].strip()}" if has_jinja else "its source has changed"
    else:
        why = "these lines stand in several places of the template, or apart"
    shown = [f"-{line}" for line in lines[hunk.start : hunk.end]] + [
        f"+{line}" for line in hunk.new
    ]
    text = "".join(line if line.endswith("\n") else f"{line}\n" for line in shown)
    return f"{why}\n@@ line {hunk.start + 1} @@\n{text}".rstrip("\n")
