"""Which part of one version is which of another, and what it is called.

Attributes and entries are known by their names, blocks by kind and labels. Blocks that share those (`statement`, `moved`)
are the same if they say the same, or call themselves the same, or else stand in the same order.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final, TypeAlias

from glacier_generators.hcl.reading import Part, inside
from glacier_generators.hcl.scanning import normal

__all__ = ["Key", "address", "keyed", "meaning"]

Key: TypeAlias = tuple[tuple[str, ...], int]

_OWN_NAMES: Final = ("sid", "alias", "from", "name", "id", "key")
_SHORT: Final = {"resource": "", "locals": "local", "variable": "var"}


def address(where: str, part: Part) -> str:
    """Return what Terraform would call something, as far as it has a name for it.

    Example:
        >>> from glacier_generators.hcl.reading import read
        >>> (block,) = read('resource "aws_s3_bucket" "lake" {}').parts
        >>> address("", block), address("module.clean", read("retries = 1").parts[0])
        ('aws_s3_bucket.lake', 'module.clean.retries')
    """
    names = list(part.name)
    if part.is_block:
        names[0] = _SHORT.get(names[0], names[0])
    return ".".join(name for name in (where, *names) if name)


def keyed(
    base: Sequence[Part], mine: Sequence[Part], theirs: Sequence[Part]
) -> tuple[dict[Key, Part], dict[Key, Part], dict[Key, Part]]:
    """Give the parts of three versions one key each, the same to what is the same."""
    old: dict[Key, Part] = {}
    for part in base:
        old[_free(part.name, old)] = part
    ours = _paired(old, mine, {})
    new = _paired(old, theirs, ours)
    return old, ours, new


def meaning(part: Part) -> Hashable:
    """Return what a part says, whatever the order, the spaces and the comments in it."""
    group = inside(part)
    if group is None:
        return part.name, normal(part.value)
    said = [meaning(one) for one in group.parts]
    return part.name, group.kind, tuple(said if group.kind == "list" else sorted(said, key=repr))


def _paired(
    known: dict[Key, Part], parts: Sequence[Part], others: dict[Key, Part]
) -> dict[Key, Part]:
    """Return parts by the keys of those that they are, of others that they say, or by new ones."""
    repeated = _repeated(known, parts, others)
    found: dict[int, Key] = {n: (p.name, 0) for n, p in enumerate(parts) if p.name not in repeated}
    candidates = {key: part for key, part in {**others, **known}.items() if key[0] in repeated}
    for same in (_is_same, _has_same_name, _is_any):
        for number, part in enumerate(parts):
            if number in found:
                continue
            pool = (
                candidates
                if same is not _is_any
                else {k: p for k, p in candidates.items() if k in known}
            )
            key = next((k for k, other in pool.items() if same(part, other)), None)
            if key is not None:
                found[number] = key
                del candidates[key]
    taken = {**known, **others}
    result: dict[Key, Part] = {}
    for number, part in enumerate(parts):
        key = found.get(number) or _free(part.name, {**taken, **result})
        result[key] = part
    return result


def _repeated(
    known: dict[Key, Part], parts: Sequence[Part], others: dict[Key, Part]
) -> set[tuple[str, ...]]:
    seen: set[tuple[str, ...]] = set()
    repeated = {name for name, number in (*known, *others) if number}
    for part in parts:
        if part.name in seen:
            repeated.add(part.name)
        seen.add(part.name)
    return repeated


def _is_same(one: Part, other: Part) -> bool:
    return one.name == other.name and (one.value == other.value or meaning(one) == meaning(other))


def _has_same_name(one: Part, other: Part) -> bool:
    own = _own_name(one)
    return one.name == other.name and own is not None and own == _own_name(other)


def _is_any(one: Part, other: Part) -> bool:
    return one.name == other.name and _own_name(one) == _own_name(other)


def _own_name(part: Part) -> str | None:
    group = inside(part)
    named = {one.name[0]: one.value for one in group.parts if one.name} if group else {}
    return next((normal(named[name]) for name in _OWN_NAMES if name in named), None)


def _free(name: tuple[str, ...], taken: dict[Key, Part]) -> Key:
    number = 0
    while (name, number) in taken:
        number += 1
    return name, number
