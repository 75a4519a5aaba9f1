"""What was last generated, where git could not merge what two branches had generated.

On disk, too, the work of two branches was merged, by git or by hand. So the base is what of the two is found there, block by
block or line by line: what was written there by hand stays an edit of it, and what nobody wrote does not become one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from glacier_generators.hcl.reading import Part, read
from glacier_generators.hcl.scanning import UnreadableError
from glacier_generators.merging.files import HCL
from glacier_generators.merging.marking import has_marks
from glacier_generators.merging.pairing import keyed

__all__ = ["UnpairedError", "unmarked_base"]


class UnpairedError(ValueError):
    """Marks of a conflict that do not belong together."""


def unmarked_base(path: str, base: str, mine: str | None, theirs: str | None) -> str:
    r"""Decide what git could not about a file of `.glacier/base/`.

    Args:
        path: Where the file lies that it is the base of.
        base: The base, with git's marks.
        mine: The file on disk; if it holds the same conflicts, nobody has edited it.
        theirs: What is generated for it now.

    Raises:
        UnpairedError: If marks do not belong together.

    Example:
        >>> torn = "a\n<<<<<<< HEAD\nb = 1\n=======\nb = 2\n>>>>>>> topic\n"
        >>> unmarked_base("a.txt", torn, "a\nb = 2\n", "a\nb = 3\n")
        'a\nb = 2\n'
    """
    pieces = list(_pieces(base))
    ours, others = ("".join(piece.sides[side] for piece in pieces) for side in (0, 1))
    if mine is not None and has_marks(mine):
        try:
            is_same = [piece.sides for piece in _pieces(mine)] == [one.sides for one in pieces]
        except UnpairedError:
            is_same = False
        return mine if is_same else ours
    if PurePosixPath(path).suffix in HCL:
        try:
            return _by_block(ours, others, mine or "")
        except UnreadableError:
            pass
    return "".join(_chosen(piece, mine or "", theirs or "") for piece in pieces)


def _by_block(ours: str, others: str, mine: str) -> str:
    """Take every block that one branch had, and of those that both had the one that is more like what is on disk."""
    group = read(ours)
    one, two, own = keyed(group.parts, read(others).parts, read(mine).parts)
    parts = [_likelier(part, two.get(key, part), own.get(key)) for key, part in one.items()]
    parts += [part for key, part in two.items() if key not in one]
    whole = [
        part if part.tail.endswith("\n") else replace(part, tail=f"{part.tail}\n") for part in parts
    ]
    return replace(group, parts=tuple(whole)).text


def _likelier(one: Part, two: Part, mine: Part | None) -> Part:
    lines = {*mine.text.splitlines()} if mine else set[str]()
    found = [len(lines.intersection(part.text.splitlines())) for part in (one, two)]
    return two if found[1] > found[0] else one


def _chosen(piece: _Piece, mine: str, theirs: str) -> str:
    if piece.ours == piece.theirs:
        return piece.ours
    candidates = [
        piece.ours + piece.theirs,
        piece.theirs + piece.ours,
        *sorted(piece.sides, key=len, reverse=True),
    ]
    for text in (mine, theirs):
        for candidate in candidates:
            if _holds(text, candidate):
                return candidate
    return piece.ours


def _holds(text: str, lines: str) -> bool:
    return f"\n{lines}" in f"\n{text}"


@dataclass(frozen=True, slots=True)
class _Piece:
    """Lines of a file: those of both branches, where they differ."""

    ours: str
    theirs: str

    @property
    def sides(self) -> tuple[str, str]:
        return self.ours, self.theirs


def _pieces(text: str) -> Iterator[_Piece]:
    """Cut a file with conflicts into pieces; what a branch began from, where git says that, is left out."""
    shared: list[str] = []
    sides: tuple[list[str], list[str], list[str]] | None = None
    at = 0
    for line in text.splitlines(keepends=True):
        mark = line[:7] if line[7:8] in {" ", "\r", "\n", ""} else ""
        if mark == "<" * 7 and sides is None:
            yield _Piece("".join(shared), "".join(shared))
            shared, sides, at = [], ([], [], []), 0
        elif sides is None:
            if mark == ">" * 7:
                raise UnpairedError(text)
            shared.append(line)
        elif mark == "|" * 7 and at == 0:
            at = 1
        elif mark == "=" * 7 and at < 2:  # noqa: PLR2004 (the third side)
            at = 2
        elif mark == ">" * 7 and at == 2:  # noqa: PLR2004 (the third side)
            yield _Piece("".join(sides[0]), "".join(sides[2]))
            sides = None
        elif mark in {"<" * 7, ">" * 7}:
            raise UnpairedError(text)
        else:
            sides[at].append(line)
    if sides is not None:
        raise UnpairedError(text)
    yield _Piece("".join(shared), "".join(shared))
