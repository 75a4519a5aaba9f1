"""Generated files and hand edits: what is written, what is left alone, and what stops everything.

`.glacier/base/` holds every file as it was last generated. Beside the file on disk (mine), the base, and what would be
generated now (theirs), every question has one answer:

| mine, against the base | theirs, against the base | what happens |
|---|---|---|
| same | same | nothing |
| same | changed, new or gone | written or removed |
| edited or deleted | same | left as it is, and listed |
| edited or deleted | changed or gone | a conflict, unless both say the same |

One conflict, and nothing at all is changed. Whatever kills a generation halfway, the next one knows what was an edit and
what was not (`disk.py`), and finishes the rest.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path, PurePosixPath

from glacier_generators.disk import (
    BASE,
    Note,
    is_noted,
    put,
    put_note,
    read,
    read_note,
    remembered,
    sweep,
)
from glacier_runtime.errors import Code, GenerationError, Problem

__all__ = [
    "Change",
    "FileState",
    "State",
    "apply",
    "conflicts",
    "kept",
    "survey",
    "unified_diff",
]


class State(StrEnum):
    """What a file on disk is: as it was, or would be, generated, or otherwise."""

    CLEAN = "clean"
    EDITED = "edited"
    DELETED = "deleted"
    NEW = "new"


class Change(StrEnum):
    """What generation would do to a file."""

    NOTHING = "nothing"
    WRITE = "write"
    REMOVE = "remove"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class FileState:
    """One generated file, in its three versions; None stands for a file that is not there.

    Attributes:
        path: Where it lies, from the project's root.
        base: What was last generated.
        mine: What is on disk.
        theirs: What would be generated now.
        is_recorded: Whether the base is what `.glacier/base/` holds; if not, a generation was killed before it wrote it.
        keep_edit: Whether what is on disk stays where it is in conflict, and counts as an edit of what is generated now.
    """

    path: str
    base: str | None
    mine: str | None
    theirs: str | None
    is_recorded: bool = True
    keep_edit: bool = False

    @property
    def state(self) -> State:
        """What it is on disk, against what was last generated, or would be now."""
        if self.mine == self.theirs:
            return State.CLEAN
        if self.base is None:
            return State.NEW if self.mine is None else State.EDITED
        if self.mine is None:
            return State.DELETED
        return State.CLEAN if self.mine == self.base else State.EDITED

    @property
    def change(self) -> Change:
        """What generation would do to it."""
        if self.theirs in {self.mine, self.base}:
            return Change.NOTHING
        if self.mine != self.base:
            return Change.NOTHING if self.keep_edit else Change.CONFLICT
        return Change.REMOVE if self.theirs is None else Change.WRITE

    @property
    def base_is_behind(self) -> bool:
        """Whether what is remembered differs from what would be generated."""
        return self.base != self.theirs or not self.is_recorded


def survey(
    root: Path, generated: Mapping[str, str], within: str | None = None
) -> tuple[FileState, ...]:
    """Look at every file that is generated now, or was before.

    Args:
        root: The project's root.
        generated: What would be generated now, by path from the root.
        within: The only folder of the root that is looked at; None looks at all of them.

    Returns:
        The files, by path.

    Raises:
        GenerationError: GLC805, for paths that lead out of the project; GLC806, if a file cannot be read.
    """
    note = read_note(root)
    paths = sorted(
        path
        for path in remembered(root) | generated.keys() | note.keys()
        if _is_within(path, within)
    )
    problems = [problem for path in paths if (problem := _unsafe(root, path)) is not None]
    if problems:
        raise GenerationError(problems)
    try:
        found = [_state(root, path, generated.get(path), note) for path in paths]
    except OSError as error:
        raise GenerationError(_failed(error)) from error
    # A file that a killed generation meant to make may be nobody's, or somebody else's, by now.
    return tuple(
        file for file in found if {file.base, file.theirs} != {None} or not file.is_recorded
    )


def conflicts(files: Iterable[FileState]) -> list[Problem]:
    """Return a problem for each file that was changed by hand and would have to change."""
    return [_conflict(file) for file in files if file.change is Change.CONFLICT]


def kept(files: Iterable[FileState]) -> tuple[FileState, ...]:
    """Settle conflicts in favour of what is on disk: it counts as an edit of what is generated now."""
    return tuple(replace(file, keep_edit=True) for file in files)


def apply(root: Path, files: Iterable[FileState], within: str | None = None) -> None:
    """Write and remove what has to be, and remember it.

    Args:
        root: The project's root.
        files: What `survey` found, or what `kept` made of it.
        within: The folder that it looked at; what is remembered of others stays.

    Raises:
        GenerationError: GLC803, with every conflict, and nothing was changed; GLC806, if something cannot be written,
            after which another try goes on where this one stopped.
    """
    listed = tuple(files)
    if problems := conflicts(listed):
        raise GenerationError(problems)
    try:
        others = {p: d for p, d in read_note(root).items() if not _is_within(p, within)}
        sweep(root, [file.path for file in listed])
        for file in listed:
            if not file.is_recorded:
                put(root, f"{BASE}/{file.path}", file.base)
        becoming = {file.path: file.theirs for file in listed if file.change is not Change.NOTHING}
        if becoming:
            put_note(root, becoming, others)
        for file in listed:
            if file.path in becoming:
                put(root, file.path, file.theirs)
            if file.base_is_behind:
                put(root, f"{BASE}/{file.path}", file.theirs)
        put_note(root, {}, others)
    except OSError as error:
        raise GenerationError(_failed(error)) from error


def unified_diff(files: Iterable[FileState]) -> str:
    """Return what generation would change, and what it would have to, as a unified diff."""
    lines: list[str] = []
    for file in files:
        if file.change is Change.NOTHING:
            continue
        before = file.mine if file.change is not Change.CONFLICT else file.base
        lines += difflib.unified_diff(
            (before or "").splitlines(keepends=True),
            (file.theirs or "").splitlines(keepends=True),
            f"a/{file.path}" if before is not None else "/dev/null",
            f"b/{file.path}" if file.theirs is not None else "/dev/null",
        )
    text = "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _is_within(path: str, folder: str | None) -> bool:
    return folder is None or path.startswith(f"{folder}/")


def _state(root: Path, path: str, theirs: str | None, note: Note) -> FileState:
    mine, base = read(root / path), read(root / BASE / path)
    ours = is_noted(note, path, mine)
    return FileState(path, mine if ours else base, mine, theirs, not ours or mine == base)


def _unsafe(root: Path, path: str) -> Problem | None:
    """Refuse paths that leave the project, and links on the way: what lies behind them is not the project's."""
    parts = PurePosixPath(path).parts
    linked = None
    if path != "/".join(parts) or not parts or {"/", ".."} & {*parts} or {"\\", "\0"} & {*path}:
        problem = f"generated file {path!r:.200} would lie outside the project"
    elif linked := next(filter(Path.is_symlink, _way_to(root, path)), None):
        problem = f"generated file {path!r:.200} would lie behind the link {linked}"
    else:
        return None
    fix = "put a file or folder in place of the link" if linked else "mend the generator"
    return Problem(code=Code.UNSAFE_PATH, message=problem, fix=fix)


def _way_to(root: Path, path: str) -> Iterable[Path]:
    """Yield a generated file, what is remembered of it, and every folder on the way there."""
    for whole in (PurePosixPath(path), PurePosixPath(BASE, path)):
        yield from (root / step for step in (*reversed(whole.parents), whole) if step.parts)


def _conflict(file: FileState) -> Problem:
    if file.base is None:
        what = "is there, was not written by Glacier, and would be replaced"
    elif file.mine is None:
        what = "was deleted by hand, and generation would have to change it"
    elif file.theirs is None:
        what = "was edited by hand, and is no longer generated"
    else:
        what = "was edited by hand, and generation would have to change it"
    return Problem(
        code=Code.HAND_EDITED,
        message=f"{file.path} {what}; nothing was written",
        fix="see what changes: glacier generate --diff; carry over what you want of it, then: glacier generate --keep-edits. "
        f"Or take what is generated: delete the file and {BASE}/{file.path}",
    )


def _failed(error: OSError) -> Problem:
    return Problem(
        code=Code.GENERATE_FAILED,
        message=f"generated files cannot be read or written: {error}",
        fix="mend it and generate again; what was written stands, and the rest follows",
    )
