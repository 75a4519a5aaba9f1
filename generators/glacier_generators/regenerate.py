"""Generated files and hand edits: what is written, what is left alone, and what stops everything.

`.glacier/base/` holds every file as it was last generated. Beside the file on disk (mine), the base, and what would be
generated now (theirs), every question has one answer:

| mine, against the base | theirs, against the base | what happens |
|---|---|---|
| same | same | nothing |
| same | changed, new or gone | written or removed |
| edited or deleted | same | left as it is, and listed |
| edited | changed | merged: HCL by address (`merging/`), Markdown by lines, anything else is a conflict |
| edited or deleted | gone or changed | a conflict, unless both say the same |

One conflict, and nothing at all is changed, unless somebody said who decides. Whatever kills a generation halfway, the next one knows what was an edit and
what was not (`disk.py`), and finishes the rest.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Final

from glacier_generators.disk import (
    BASE,
    Note,
    is_noted,
    noted_base,
    put,
    put_note,
    read,
    read_note,
    remembered,
    sweep,
)
from glacier_generators.merging.conflicts import Choice, Conflict, Merged
from glacier_generators.merging.files import HCL, merge_file
from glacier_runtime.errors import Code, GenerationError, Problem

__all__ = [
    "Change",
    "FileState",
    "State",
    "apply",
    "conflicts",
    "survey",
    "unified_diff",
]

_LONGEST_VALUE: Final = 160


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
    MERGE = "merge"
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
        choice: Who decides where it is in conflict. What is on disk counts as an edit of what is generated now, if it stays.
        merged: What comes of edits and changes; None where there is nothing to merge, or it cannot be.
    """

    path: str
    base: str | None
    mine: str | None
    theirs: str | None
    is_recorded: bool = True
    choice: Choice = Choice.ABORT
    merged: Merged | None = None

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
        if self.mine != self.base and self.merged is not None and not self.merged.conflicts:
            return Change.NOTHING if self.merged.text == self.mine else Change.MERGE
        if self.mine != self.base and self.choice is not Choice.THEIRS:
            return Change.NOTHING if self.choice is Choice.MINE else Change.CONFLICT
        return Change.REMOVE if self.theirs is None else Change.WRITE

    @property
    def becoming(self) -> str | None:
        """What it is after generation."""
        if self.change in {Change.NOTHING, Change.CONFLICT}:
            return self.mine
        return self.merged.text if self.change is Change.MERGE and self.merged else self.theirs

    @property
    def left_out(self) -> tuple[str, ...]:
        """Addresses of blocks that stay deleted, though they are generated otherwise than before."""
        return self.merged.left_out if self.merged else ()

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """What both sides changed within it."""
        return self.merged.conflicts if self.merged else ()

    @property
    def base_is_behind(self) -> bool:
        """Whether what is remembered differs from what would be generated."""
        return self.base != self.theirs or not self.is_recorded


def survey(
    root: Path,
    generated: Mapping[str, str],
    within: str | None = None,
    choice: Choice = Choice.ABORT,
) -> tuple[FileState, ...]:
    """Look at every file that is generated now, or was before.

    Args:
        root: The project's root.
        generated: What would be generated now, by path from the root.
        within: The only folder of the root that is looked at; None looks at all of them.
        choice: Who decides where a file was changed by hand and would have to change.

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
        found = [_state(root, path, generated.get(path), note, choice) for path in paths]
    except OSError as error:
        raise GenerationError(_failed(error)) from error
    # A file that a killed generation meant to make may be nobody's, or somebody else's, by now.
    return tuple(
        file for file in found if {file.base, file.theirs} != {None} or not file.is_recorded
    )


def conflicts(files: Iterable[FileState]) -> list[Problem]:
    """Return a problem for each thing that was changed by hand and would have to change."""
    return [
        problem
        for file in files
        if file.change is Change.CONFLICT
        for problem in ([_torn(file.path, one) for one in file.conflicts] or [_conflict(file)])
    ]


def apply(root: Path, files: Iterable[FileState], within: str | None = None) -> None:
    """Write and remove what has to be, and remember it.

    Args:
        root: The project's root.
        files: What `survey` found.
        within: The folder that it looked at; what is remembered of others stays.

    Raises:
        GenerationError: GLC803 and GLC807, with every conflict, and nothing was changed; GLC806, if something cannot be written,
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
        becoming = {
            file.path: file.becoming for file in listed if file.change is not Change.NOTHING
        }
        merged = {f.path: f.theirs for f in listed if f.change is Change.MERGE and f.theirs}
        if becoming:
            put_note(root, becoming, others, merged)
        for file in listed:
            if file.path in becoming:
                put(root, file.path, becoming[file.path])
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
        is_torn = file.change is Change.CONFLICT
        before, after = (file.base, file.theirs) if is_torn else (file.mine, file.becoming)
        lines += difflib.unified_diff(
            (before or "").splitlines(keepends=True),
            (after or "").splitlines(keepends=True),
            f"a/{file.path}" if before is not None else "/dev/null",
            f"b/{file.path}" if after is not None else "/dev/null",
        )
    text = "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _is_within(path: str, folder: str | None) -> bool:
    return folder is None or path.startswith(f"{folder}/")


def _state(root: Path, path: str, theirs: str | None, note: Note, choice: Choice) -> FileState:
    mine, recorded = read(root / path), read(root / BASE / path)
    ours = is_noted(note, path, mine)
    base = noted_base(note, path, mine) if ours else recorded
    merged = merge_file(path, base, mine, theirs, choice)
    return FileState(path, base, mine, theirs, base == recorded, choice, merged)


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
        if PurePosixPath(file.path).suffix in HCL:
            what += ", but it cannot be read as HCL"
    return Problem(
        code=Code.HAND_EDITED,
        message=f"{file.path} {what}; nothing was written",
        fix="see what changes: glacier generate --diff; carry over what you want of it, then keep your file: "
        "glacier generate --conflict mine. Or take what is generated: glacier generate --conflict theirs",
    )


def _torn(path: str, conflict: Conflict) -> Problem:
    mine, theirs = _shown(conflict.mine, "deleted"), _shown(conflict.theirs, "no longer generated")
    return Problem(
        code=Code.MERGE_CONFLICT,
        message=f"{path}: {conflict.address} was changed by hand and in the code: by hand it is {mine}, generated it is {theirs}; "
        "nothing was written",
        fix="keep what is on disk: glacier generate --conflict mine. Take what is generated: glacier generate --conflict theirs. "
        "Or write there what is generated, and generate again",
    )


def _shown(value: str | None, instead: str) -> str:
    """Return a value on one line, for a message."""
    if value is None:
        return instead
    line = " ".join(value.split())
    return line if len(line) <= _LONGEST_VALUE else f"{line[:_LONGEST_VALUE]}…"


def _failed(error: OSError) -> Problem:
    return Problem(
        code=Code.GENERATE_FAILED,
        message=f"generated files cannot be read or written: {error}",
        fix="mend it and generate again; what was written stands, and the rest follows",
    )
