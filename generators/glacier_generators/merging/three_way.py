"""Three versions of HCL, merged by address: block, attribute, key, element. Order means nothing; comments stay.

| mine, against the base | theirs, against the base | what becomes of an attribute |
|---|---|---|
| same | changed, new or gone | as generated, where it stands in the file on disk |
| changed, new or gone | same | as on disk |
| changed | changed | merged inside, if both are blocks, objects or lists; else a conflict, unless both say the same |
| gone | changed | a conflict; but a block that was deleted by hand stays deleted |
| changed | gone | a conflict |

The result is the file on disk with what changed put into it, so that whatever nobody changed keeps its formatting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from glacier_generators.hcl.reading import Group, Kind, Part, inside, read
from glacier_generators.hcl.scanning import comments, normal
from glacier_generators.merging.conflicts import Choice, Conflict, Merged, Side
from glacier_generators.merging.lines import merge_leads
from glacier_generators.merging.marking import marked
from glacier_generators.merging.pairing import Key, address, keyed, meaning
from glacier_generators.merging.placing import placed, rebuilt
from glacier_generators.merging.sequences import Chunk, chunks

__all__ = ["merge_hcl"]

_T = TypeVar("_T")
_BYTE_ORDER_MARK: Final = "\ufeff"


def merge_hcl(base: str, mine: str, theirs: str, choice: Choice = Choice.ABORT) -> Merged:
    r"""Merge a file.

    Args:
        base: What was generated last.
        mine: What is on disk.
        theirs: What is generated now.
        choice: Who decides where both changed the same thing otherwise.

    Returns:
        The file on disk with what changed since the base put into it.

    Raises:
        UnreadableError: If one of them is no HCL.

    Example:
        >>> merge_hcl("a = 1\n", "a = 2 # mine\n", "a = 1\nb = 3\n").text
        'a = 2 # mine\nb = 3\n'
    """
    mark = _BYTE_ORDER_MARK if mine.startswith(_BYTE_ORDER_MARK) else ""
    mine = mine.removeprefix(mark)
    if "\r\n" in mine and "\n" not in mine.replace("\r\n", ""):
        base, theirs = base.replace("\n", "\r\n"), theirs.replace("\n", "\r\n")
    groups = read(base), read(mine), read(theirs)
    merging = _Merging(Side.THEIRS if choice is Choice.THEIRS else Side.MINE)
    text = merging.group(*groups, "", "")
    torn = tuple(merging.conflicts) if choice.is_open else ()
    if torn and choice is Choice.INLINE:
        before, after = (_Merging(side).group(*groups, "", "") for side in (Side.BASE, Side.THEIRS))
        text = marked(before, text, after, are_decided=True)
    return Merged(mark + text, torn, tuple(merging.left_out))


@dataclass(slots=True)
class _Merging:
    """One merge on its way down, decided for one side, and what it had to decide."""

    side: Side
    conflicts: list[Conflict] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def group(self, base: Group, mine: Group, theirs: Group, where: str, indent: str) -> str:
        """Merge what stands between brackets, or in a file."""
        spared, closing = "", mine.closing
        if mine.kind is Kind.LIST:
            rows = self._elements(base, mine, theirs, where)
        else:
            rows, spared = self._named(base, mine, theirs, where)
        if not (base.is_inline or mine.is_inline or theirs.is_inline):
            bracket = mine.closing[-1:] if mine.opening else ""
            ends = (one.closing.removesuffix(bracket) for one in (base, mine, theirs))
            closing = merge_leads(*ends) + bracket
        return rebuilt(replace(mine, closing=spared + closing), rows, theirs, indent)

    def _named(self, base: Group, mine: Group, theirs: Group, where: str) -> tuple[list[Part], str]:
        """Merge parts that have names; comments at the end whose subject is gone come beside them."""
        before, ours, new = keyed(base.parts, mine.parts, theirs.parts)
        rows: dict[Key, Part] = {}
        spared = ""
        for key, part in ours.items():
            merged = self._part(before.get(key), part, new.get(key), where)
            if merged is None:
                spared += _own_comments(before[key].lead, part.lead)
                continue
            rows[key] = replace(merged, lead=_below(spared, merged.lead)) if spared else merged
            spared = ""
        added = {
            key: missing
            for key, part in new.items()
            if key not in ours
            and (missing := self._missing(before.get(key), part, where)) is not None
        }
        return placed(rows, [*new], added), spared

    def _part(self, base: Part | None, mine: Part, theirs: Part | None, where: str) -> Part | None:
        """Merge one part that is on disk; None, if it goes."""
        here = address(where, mine)
        if base is None:
            if theirs is None or _is_same(mine, theirs):
                return mine
            return self._decide(here, (None, mine, theirs), _valued)
        if theirs is None:
            before = replace(mine, value=base.value)
            return (
                None
                if _is_unchanged(base, mine)
                else self._decide(here, (before, mine, None), _valued)
            )
        lead, tail = merge_leads(base.lead, mine.lead, theirs.lead), mine.tail
        if mine.tail == base.tail and not mine.is_block:
            tail = theirs.tail if comments(theirs.tail) != comments(base.tail) else tail
        return replace(mine, lead=lead, value=self._value(base, mine, theirs, here), tail=tail)

    def _value(self, base: Part, mine: Part, theirs: Part, here: str) -> str:
        if theirs.value in {mine.value, base.value}:
            return mine.value
        if mine.value == base.value:
            return theirs.value
        groups = inside(base), inside(mine), inside(theirs)
        if (
            groups[0]
            and groups[1]
            and groups[2]
            and len({group.kind for group in groups if group}) == 1
        ):
            return self.group(groups[0], groups[1], groups[2], here, mine.indent)
        if _is_unchanged(base, mine):
            return theirs.value
        if normal(mine.value) == normal(theirs.value) or normal(theirs.value) == normal(base.value):
            return mine.value
        return self._decide(here, (base.value, mine.value, theirs.value), str)

    def _missing(self, base: Part | None, theirs: Part, where: str) -> Part | None:
        """Merge one part that is not on disk; None, if it stays so."""
        if base is None:
            return theirs
        if _is_same(base, theirs):
            return None
        here = address(where, theirs)
        if theirs.is_block:
            self.left_out.append(here)
            return None
        return self._decide(here, (base, None, theirs), _valued)

    def _elements(self, base: Group, mine: Group, theirs: Group, where: str) -> list[Part]:
        versions = [[normal(part.value) for part in one.parts] for one in (base, mine, theirs)]
        rows: list[Part] = []
        for chunk in chunks(*versions):
            stretches = (
                base.parts[chunk.base], mine.parts[chunk.mine], theirs.parts[chunk.theirs],
            )  # fmt: skip
            was, ours, new = ([normal(part.value) for part in some] for some in stretches)
            if new in (ours, was):
                rows += stretches[1]
            else:
                rows += self._stretch(chunk, stretches, where)
        return rows

    def _stretch(
        self, chunk: Chunk, stretches: tuple[Sequence[Part], ...], where: str
    ) -> Sequence[Part]:
        """Merge neighbouring elements, some of which changed."""
        base, mine, theirs = stretches
        here = f"{where}[{chunk.mine.start}]"
        was, ours, new = ([normal(part.value) for part in some] for some in stretches)
        if len(base) == len(mine) == len(theirs):
            return [
                replace(one, value=self._value(before, one, now, f"{where}[{number}]"))
                for number, (before, one, now) in enumerate(
                    zip(*stretches, strict=True), start=chunk.mine.start
                )
            ]
        both_dropped = {*was} - {*ours} - {*new}
        lost = [part for part, text in zip(mine, ours, strict=True) if text in {*was} - {*new}]
        of_base = [note for part in base for note in comments(part.text)]
        is_torn = any(note not in of_base for part in lost for note in comments(part.text))
        if (both_dropped and {*ours} - {*was} != {*new} - {*was}) or is_torn:
            return self._decide(here, (base, mine, theirs), _joined)
        kept = [
            part for part, text in zip(mine, ours, strict=True) if text in new or text not in was
        ]
        fresh = [
            p for p, text in zip(theirs, new, strict=True) if text not in was and text not in ours
        ]
        return [*kept, *fresh]

    def _decide(self, here: str, sides: tuple[_T, _T, _T], shown: Callable[[_T], str | None]) -> _T:
        """Take the version of one side of what both changed, and note that it had to be decided."""
        base, mine, theirs = sides
        self.conflicts.append(Conflict(here, shown(mine), shown(theirs)))
        if self.side is Side.BASE:
            return base
        return theirs if self.side is Side.THEIRS else mine


def _valued(part: Part | None) -> str | None:
    return None if part is None else part.value


def _joined(parts: Sequence[Part]) -> str | None:
    return "".join(part.text for part in parts).strip() or None


def _is_same(one: Part, other: Part) -> bool:
    return one.value == other.value or meaning(one) == meaning(other)


def _is_unchanged(base: Part, mine: Part) -> bool:
    """Say whether a part means what it did, and nobody wrote a comment into it."""
    if base.value == mine.value and base.tail == mine.tail:
        return True
    old, own = base.value + base.tail, mine.value + mine.tail
    return _is_same(base, mine) and not {*comments(own)} - {*comments(old)}


def _own_comments(base: str, mine: str) -> str:
    """Return the comments above something that somebody wrote there."""
    old = {line.strip() for line in base.splitlines()}
    return "".join(
        line for line in mine.splitlines(keepends=True) if line.strip() and line.strip() not in old
    )


def _below(spared: str, lead: str) -> str:
    """Put comments whose subject is gone above what follows, apart from its own."""
    return f"{spared}{lead}" if lead.startswith(("\n", "\r\n")) else f"{spared}\n{lead}"
