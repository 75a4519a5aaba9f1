"""Three versions of a sequence, cut where all of them agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

__all__ = ["Chunk", "chunks"]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Where one stretch of a sequence stands in each of its versions."""

    base: slice
    mine: slice
    theirs: slice


def chunks(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> Iterable[Chunk]:
    """Cut three versions into stretches: all alike, or changed by somebody, in turns.

    Example:
        >>> [(c.base, c.mine, c.theirs) for c in chunks("abc", "axc", "abcd")][1]
        (slice(1, 2, None), slice(1, 2, None), slice(1, 2, None))
    """
    to_mine, to_theirs = _matches(base, mine), _matches(base, theirs)
    shared = [one for one in range(len(base)) if one in to_mine and one in to_theirs]
    at = (0, 0, 0)
    for one in shared:
        found = (one, to_mine[one], to_theirs[one])
        if found != at:
            yield _between(at, found)
        at = (found[0] + 1, found[1] + 1, found[2] + 1)
        yield _between(found, at)
    end = (len(base), len(mine), len(theirs))
    if at != end:
        yield _between(at, end)


def _between(first: tuple[int, int, int], last: tuple[int, int, int]) -> Chunk:
    return Chunk(*(slice(start, end) for start, end in zip(first, last, strict=True)))


def _matches(base: Sequence[str], other: Sequence[str]) -> dict[int, int]:
    matcher = SequenceMatcher(None, base, other, autojunk=False)
    return {
        block.a + step: block.b + step
        for block in matcher.get_matching_blocks()
        for step in range(block.size)
    }
