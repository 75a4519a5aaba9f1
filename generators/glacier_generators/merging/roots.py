"""A folder of Terraform is one module: a block is what it is in whichever of its files it stands.

Before files are merged one by one, every block that is generated is brought, in all three versions, to the file where it
belongs by now, and under its new name if `moved` blocks say that it has one:

| on disk it stands | it is generated | it belongs |
|---|---|---|
| where it was generated | elsewhere than before | where it is generated now |
| in another file, because somebody moved it | anywhere | where it stands |
| nowhere | anywhere | where it is generated now, as something that was deleted |

Blocks without labels (`locals`, `terraform`), and those that are there twice, stay what they are: part of their file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from glacier_generators.hcl.reading import Group, Kind, Part, read
from glacier_generators.hcl.scanning import UnreadableError, comments
from glacier_generators.merging.renames import Name, renamed, says_moved, steps
from glacier_generators.merging.versions import Versions

__all__ = ["may_differ", "settle"]

_Tree: TypeAlias = dict[str, Group]
_NONE: Final = Versions(None, None, None)
_EMPTY: Final = Group(Kind.BODY, "", (), "", is_inline=False)


@dataclass(frozen=True, slots=True)
class _Module:
    """A folder in one version: its files, where each block stands, and how often."""

    files: _Tree
    places: Mapping[Name, str]
    names: Counter[Name]

    @classmethod
    def of(cls, files: _Tree) -> _Module:
        """Look where every block stands; none that is there twice."""
        found = [
            (part.name, path)
            for path, group in files.items()
            for part in group.parts
            if part.is_block and len(part.name) > 1
        ]
        count = Counter(name for name, _ in found)
        return cls(files, {name: path for name, path in found if count[name] == 1}, count)


def may_differ(files: Mapping[str, Versions]) -> bool:
    """Say whether anything is to be merged at all: something is generated otherwise, and something was edited or renamed."""
    generated = [one for one in files.values() if one.base is not None or one.theirs is not None]
    if all(one.base == one.theirs for one in generated):
        return False
    return any(one.base != one.mine or says_moved(one.theirs) for one in generated)


def settle(files: Mapping[str, Versions]) -> dict[str, Versions]:
    """Bring blocks of a folder to the files and the names that they have by now.

    Args:
        files: All its files, by path; also those that are not generated.

    Returns:
        Those that are other ones for it; in these, files that have become empty are not there.
    """
    trees = _read(files)
    base, mine, theirs = (_Module.of(tree) for tree in trees)
    names = _renames(base, mine, theirs)
    if names:
        base, mine = (_Module.of(_renamed(one.files, names)) for one in (base, mine))
    homes = _homes(base, mine, theirs)
    texts = [_texts(one, homes) for one in (base, mine, theirs)]
    found = {
        path: _mergeable(Versions(*(text.get(path) for text in texts)), files.get(path, _NONE))
        for text in texts
        for path in text
    }
    return {
        path: versions
        for path, versions in found.items()
        if versions not in {one := files.get(path, _NONE), _mergeable(one, one)}
    }


def _mergeable(settled: Versions, file: Versions) -> Versions:
    """Let a file that somebody edited be merged by address, though nothing of it is generated, or nothing is left on disk."""
    is_foreign = file.base is None and file.theirs is not None
    if settled.mine is None and settled.base and settled.theirs and file.mine is not None:
        return replace(settled, mine="")
    if settled.mine in {None, settled.base} or is_foreign:
        return settled
    return Versions(settled.base or "", settled.mine, settled.theirs or "")


def _read(files: Mapping[str, Versions]) -> tuple[_Tree, _Tree, _Tree]:
    """Cut all files that can be read in each of their versions."""
    trees: tuple[_Tree, _Tree, _Tree] = ({}, {}, {})
    for path, one in files.items():
        texts = (one.base, one.mine, one.theirs)
        try:
            groups = [None if text is None else read(text) for text in texts]
        except UnreadableError:
            continue
        for tree, group in zip(trees, groups, strict=True):
            if group is not None:
                tree[path] = group
    return trees


def _renames(base: _Module, mine: _Module, theirs: _Module) -> dict[Name, Name]:
    """Return the blocks that have another name from now on."""
    moved = steps(part for group in theirs.files.values() for part in group.parts)
    return {
        old: new
        for old, new in moved.items()
        if old in base.places
        and new in theirs.places
        and old not in theirs.names
        and new not in base.names
        and not (old in mine.names and new in mine.names)
    }


def _renamed(files: _Tree, names: Mapping[Name, Name]) -> _Tree:
    return {
        path: replace(group, parts=renamed(group.parts, names)) for path, group in files.items()
    }


def _homes(base: _Module, mine: _Module, theirs: _Module) -> dict[Name, str]:
    """Return the file where each block belongs."""
    homes: dict[Name, str] = {}
    for name in {**theirs.places, **base.places}:
        stands, was, comes = (one.places.get(name) for one in (mine, base, theirs))
        if stands is None:
            if name not in mine.names:
                homes[name] = comes or was or ""
        elif stands != was:
            homes[name] = stands
        else:
            homes[name] = comes or stands
    return homes


def _texts(module: _Module, homes: Mapping[Name, str]) -> dict[str, str | None]:
    """Write a version down with its blocks where they belong."""
    leaving = {
        name: path
        for name, path in module.places.items()
        if (home := homes.get(name)) is not None and home != path
    }
    if not leaving:
        return {path: group.text for path, group in module.files.items()}
    coming: dict[str, list[Part]] = {}
    texts: dict[str, str | None] = {}
    for group in module.files.values():
        for part in group.parts:
            if part.name in leaving:
                coming.setdefault(homes[part.name], []).append(part)
    for path in module.files.keys() | coming.keys():
        group = module.files.get(path, _EMPTY)
        kept = [part for part in group.parts if leaving.get(part.name) != path]
        if len(kept) == len(group.parts) and path not in coming:
            texts[path] = group.text
        else:
            texts[path] = _text(group, kept, coming.get(path, ()))
    return texts


def _text(group: Group, kept: list[Part], added: Iterable[Part]) -> str | None:
    """Write a file with what stays in it, and what comes to it; None, if that is nothing."""
    ending = "\r\n" if "\r\n" in group.text else "\n"
    parts = list(kept)
    if parts and group.parts and parts[0] is not group.parts[0]:
        parts[0] = replace(parts[0], lead=parts[0].lead.lstrip("\r\n"))
    for part in added:
        lead, head, value, tail = (
            text.replace("\r\n", "\n").replace("\n", ending)
            for text in (part.lead, part.head, part.value, part.tail)
        )
        if parts and not parts[-1].tail.endswith("\n"):
            parts[-1] = replace(parts[-1], tail=parts[-1].tail + ending)
        lead = lead.lstrip("\r\n")
        parts.append(
            replace(part, lead=ending + lead if parts else lead, head=head, value=value, tail=tail)
        )
    if not parts and not comments(group.closing):
        return None
    return replace(group, parts=tuple(parts)).text
