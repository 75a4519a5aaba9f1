"""Renames that nobody declared, but that look like some: told, never assumed."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from glacier_generators.file_states import FileState
from glacier_generators.hcl.reading import Part, inside, read
from glacier_generators.hcl.scanning import UnreadableError
from glacier_generators.merging.pairing import meaning
from glacier_generators.merging.renames import Name, steps

__all__ = ["LikelyRename", "likely_renames"]

_TASK: Final = "task_"
_DATA: Final = ("reads", "writes")
# They follow from the name, or are about it.
_NAMING: Final = frozenset({"name", "task", "description"})
_Calls: TypeAlias = Mapping[str, Part]


@dataclass(frozen=True, slots=True)
class LikelyRename:
    """Something that went, and something that came and is the same but for its name.

    Attributes:
        kind: What it is: `task` or `dataset`.
        old: Its name before.
        new: Its name now.
    """

    kind: str
    old: str
    new: str

    @property
    def text(self) -> str:
        """What to do about it, for people."""
        follows = {
            "task": "what it has deployed, its log and edits of its Terraform go with it",
            "dataset": "it stays where its data lies",
        }
        return (
            f'{self.kind} {self.new} looks like {self.old} renamed: say renamed_from="{self.old}", '
            f"and {follows[self.kind]}"
        )


def likely_renames(files: Iterable[FileState]) -> tuple[LikelyRename, ...]:
    """Compare what was last generated with what is generated now: tasks that touch the same, data of another name alone.

    Args:
        files: What was found, in its versions.

    Returns:
        Renames that are likely, if there is no other candidate; not those that `moved` blocks speak of.
    """
    changed = [file for file in files if file.path.endswith(".tf") and file.base != file.theirs]
    if not any(file.base for file in changed):
        return ()
    try:
        before, now = ([*_parts(texts)] for texts in _texts(changed))
    except UnreadableError:
        return ()
    old, new = _calls(before), _calls(now)
    moved = steps(now)
    return (*_tasks(old, new, moved), *_datasets(old, new))


def _texts(files: Iterable[FileState]) -> tuple[list[str], list[str]]:
    listed = list(files)
    return [file.base or "" for file in listed], [file.theirs or "" for file in listed]


def _parts(texts: Iterable[str]) -> Iterator[Part]:
    for text in texts:
        yield from read(text).parts


def _calls(parts: Iterable[Part]) -> _Calls:
    """Return the calls that make tasks, by the task's name."""
    return {
        part.name[1].removeprefix(_TASK): part
        for part in parts
        if part.name[:1] == ("module",) and part.name[-1].startswith(_TASK)
    }


def _tasks(old: _Calls, new: _Calls, moved: Mapping[Name, Name]) -> Iterator[LikelyRename]:
    gone = {name: part for name, part in old.items() if name not in new}
    came = {name: part for name, part in new.items() if name not in old}
    if not gone or not came:
        return
    known = {name[-1].removeprefix(_TASK) for pair in moved.items() for name in pair}
    before, now = (
        _by_work({n: p for n, p in some.items() if n not in known}) for some in (gone, came)
    )
    for work, names in now.items():
        others = before.get(work, [])
        if len(names) == len(others) == 1:
            yield LikelyRename("task", others[0], names[0])


def _by_work(calls: _Calls) -> dict[Hashable, list[str]]:
    """Sort tasks that touch any data by what they touch, and what they run on."""
    found: dict[Hashable, list[str]] = {}
    for name, part in calls.items():
        said = _said(part)
        if any(_entries(said.get(which)) for which in _DATA):
            work = frozenset((key, meaning(one)) for key, one in said.items() if key not in _NAMING)
            found.setdefault(work, []).append(name)
    return found


def _datasets(old: _Calls, new: _Calls) -> Iterator[LikelyRename]:
    found: dict[tuple[str, str], None] = {}
    for name in old.keys() & new.keys():
        if old[name].value != new[name].value:
            before, now = _said(old[name]), _said(new[name])
            for which in _DATA:
                found.update(
                    dict.fromkeys(_renamed(_entries(before.get(which)), _entries(now.get(which))))
                )
    for former, name in sorted(found):
        yield LikelyRename("dataset", former, name)


def _renamed(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Find the one dataset that went, if the one that came lies elsewhere only because of its name."""
    gone, came = [*(old.keys() - new.keys())], [*(new.keys() - old.keys())]
    if len(gone) != 1 or len(came) != 1:
        return
    (former,), (name,) = gone, came
    would_be = re.sub(rf'"{re.escape(former)}(?=[./"])', f'"{name}', old[former])
    if would_be == new[name] != old[former]:
        yield former, name


def _said(part: Part) -> dict[str, Part]:
    group = inside(part)
    return {one.name[0]: one for one in group.parts if one.name} if group else {}


def _entries(part: Part | None) -> dict[str, str]:
    return {} if part is None else {name: one.value for name, one in _said(part).items()}
