"""Where what is new goes in a file on disk, and with which spaces, commas and line breaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from glacier_generators.hcl.layout import aligned
from glacier_generators.hcl.reading import Group, Kind, Part
from glacier_generators.hcl.scanning import comments
from glacier_generators.merging.pairing import Key

__all__ = ["placed", "rebuilt"]

_STEP: Final = "  "


def placed(rows: Mapping[Key, Part], order: Sequence[Key], added: Mapping[Key, Part]) -> list[Part]:
    """Put new parts behind what they are generated behind; what is on disk keeps its order.

    Args:
        rows: What stays of what is on disk.
        order: The keys of all that is generated, in its order.
        added: What is new.

    Returns:
        Both.
    """
    followers: dict[Key | None, list[Part]] = {}
    anchor: Key | None = None
    for key in order:
        if key in added:
            followers.setdefault(anchor, []).append(added[key])
        elif key in rows:
            anchor = key
    result = followers.get(None, [])
    for key, part in rows.items():
        result += [part, *followers.get(key, [])]
    return result


def rebuilt(mine: Group, rows: Sequence[Part], theirs: Group, indent: str) -> str:
    """Write a group of parts, most of which stood in it.

    Args:
        mine: The group as it was.
        rows: What stands in it now.
        theirs: The group that new parts come from.
        indent: The spaces before the line that it begins on.

    Returns:
        Its text.
    """
    parts, stood = list(rows), {id(part) for part in mine.parts}
    if not parts and mine.kind is not Kind.BODY and not comments(mine.opening + mine.closing):
        return f"{mine.opening[0]}{mine.closing[-1]}"
    if mine.is_inline and not mine.parts and not comments(mine.opening + mine.closing):
        mine = replace(theirs, parts=())
    elif mine.is_inline and mine.kind is Kind.BODY and len(parts) > 1:
        ending = "\r\n" if "\r\n" in theirs.text else "\n"
        mine = replace(mine, opening=f"{'{'}{ending}", closing=f"{indent}{'}'}", is_inline=False)
        parts = [_on_a_line(part, indent + _STEP, ending) for part in parts]
    elif mine.is_inline != theirs.is_inline:
        parts = [part if id(part) in stood else _fitted(part, mine) for part in parts]
    if mine.is_inline and parts and mine.parts:
        parts = _in_a_row(parts, mine)
    parts = _separated(parts, mine)
    if not mine.is_inline and mine.kind is not Kind.LIST:
        parts = aligned(parts, mine.parts)
    return replace(mine, parts=tuple(parts)).text


def _fitted(part: Part, mine: Group) -> Part:
    """Give a part from a group of one line the form of those in a group of many, or the other way round."""
    if mine.is_inline:
        return replace(part, lead=" ", tail="")
    indent = mine.parts[-1].indent if mine.parts else ""
    return _on_a_line(part, indent, "\r\n" if "\r\n" in mine.text else "\n")


def _in_a_row(parts: Sequence[Part], mine: Group) -> list[Part]:
    """Let parts on one line begin and end as those did that stood there, with one space between two."""
    first, last = mine.parts[0].lead, mine.parts[-1].tail
    row = [replace(part, lead=part.lead or " ", tail=part.tail.rstrip()) for part in parts]
    row[0] = replace(row[0], lead=first)
    row[-1] = replace(row[-1], tail=last)
    return row


def _on_a_line(part: Part, indent: str, ending: str) -> Part:
    if part.tail.endswith("\n"):
        return part
    return replace(part, lead=indent, tail=f"{part.tail.rstrip(' ,')}{ending}")


def _separated(parts: Sequence[Part], mine: Group) -> list[Part]:
    """Let every part end where the next one may begin: by a comma, or a line break."""
    ending = "\r\n" if "\r\n" in mine.text else "\n"
    done: list[Part] = []
    for number, part in enumerate(parts):
        is_last = number == len(parts) - 1
        has_comma = part.tail.lstrip().startswith(",")
        ended = part
        if mine.kind is Kind.BODY:
            if not is_last and not part.tail.endswith("\n"):
                ended = replace(part, tail=part.tail + ending)
        elif not is_last and not has_comma and (mine.kind is Kind.LIST or "\n" not in part.tail):
            ended = replace(part, tail=f",{part.tail}")
        if mine.kind is Kind.LIST and not mine.is_inline and not ended.tail.endswith("\n"):
            has_comma = ended.tail.startswith(",")
            ended = replace(ended, tail=f"{'' if has_comma else ','}{ended.tail}{ending}")
        done.append(ended)
    return done
