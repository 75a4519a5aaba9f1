"""Blocks that are the same under another name, as `moved` blocks say, and what refers to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from glacier_generators.hcl.reading import Part, inside
from glacier_generators.hcl.scanning import normal

__all__ = ["Name", "renamed", "says_moved", "steps"]

Name: TypeAlias = tuple[str, ...]
"""Kind and labels of a block: `("module", "task_clean")`."""

_ADDRESS: Final = re.compile(r"(\w[\w-]*)\.(\w[\w-]*)")
_MOVED: Final = re.compile(r"^moved\b", re.MULTILINE)
# They say what was, and go on to be right about that.
_HISTORY: Final = frozenset({"moved", "removed"})


def says_moved(text: str | None) -> bool:
    """Say whether a file may hold `moved` blocks."""
    return text is not None and _MOVED.search(text) is not None


def steps(parts: Iterable[Part]) -> dict[Name, Name]:
    r"""Return which block is called what by now, as far as `moved` blocks among some parts say it of whole blocks.

    Example:
        >>> from glacier_generators.hcl.reading import read
        >>> steps(read("moved {\n  from = module.a\n  to = module.b\n}\n").parts)
        {('module', 'a'): ('module', 'b')}
    """
    said: dict[Name, Name] = {}
    for part in parts:
        group = inside(part) if part.name == ("moved",) else None
        ends = {one.name[0]: _name(normal(one.value)) for one in group.parts} if group else {}
        old, new = ends.get("from"), ends.get("to")
        if old and new:
            said[old] = new
    return {old: _last(said, old) for old in said}


def renamed(parts: Iterable[Part], names: Mapping[Name, Name]) -> tuple[Part, ...]:
    """Give blocks their new names, and whatever refers to them, too."""
    if not names:
        return tuple(parts)
    said = {_address(old): _address(new) for old, new in names.items()}
    found = re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, said))})(?![\w-])")

    def changed(text: str) -> str:
        return found.sub(lambda match: said[match[0]], text)

    return tuple(
        (
            part
            if part.name[:1] and part.name[0] in _HISTORY
            else _titled(
                replace(
                    part,
                    lead=changed(part.lead),
                    value=changed(part.value),
                    tail=changed(part.tail),
                ),
                names,
            )
        )
        for part in parts
    )


def _titled(part: Part, names: Mapping[Name, Name]) -> Part:
    new = names.get(part.name) if part.is_block else None
    if new is None:
        return part
    before, old, after = part.head.rpartition(part.name[-1])
    assert old
    return replace(part, name=new, head=f"{before}{new[-1]}{after}")


def _last(said: Mapping[Name, Name], name: Name) -> Name:
    seen = {name}
    while (following := said.get(name)) is not None and following not in seen:
        seen.add(following)
        name = following
    return name


def _name(address: str) -> Name | None:
    matched = _ADDRESS.fullmatch(address)
    if matched is None or matched[1] == "data":
        return None
    return matched.groups() if matched[1] == "module" else ("resource", *matched.groups())


def _address(name: Name) -> str:
    return ".".join(name[1:] if name[0] == "resource" else name)
