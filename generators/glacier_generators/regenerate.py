"""Generated files and hand edits: what is written, what is left alone, and what stops everything.

`.glacier/base/` holds every file as it was last generated. Beside the file on disk (mine), the base, and what would be
generated now (theirs), every question has one answer:

| mine, against the base | theirs, against the base | what happens |
|---|---|---|
| same | same | nothing |
| same | changed, new or gone | written or removed |
| edited or deleted | same | left as it is, and listed |
| edited or deleted | changed or gone | a conflict, unless both say the same |

One conflict, and nothing at all is changed. A file is written before its base, so that whoever is killed between the two
finds both saying the same, and the next generation finishes the rest.
"""

from __future__ import annotations

import difflib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Final

from glacier_runtime.errors import Code, GenerationError, Problem

__all__ = [
    "BASE",
    "Change",
    "FileState",
    "State",
    "apply",
    "conflicts",
    "kept",
    "survey",
    "unified_diff",
]

BASE: Final = ".glacier/base"


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
        keep_edit: Whether what is on disk stays where it is in conflict, and counts as an edit of what is generated now.
    """

    path: str
    base: str | None
    mine: str | None
    theirs: str | None
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
        if self.mine == self.theirs or (self.theirs == self.base and self.base is not None):
            return Change.NOTHING
        if self.mine != self.base:
            return Change.NOTHING if self.keep_edit else Change.CONFLICT
        return Change.REMOVE if self.theirs is None else Change.WRITE

    @property
    def base_is_behind(self) -> bool:
        """Whether what is remembered differs from what would be generated."""
        return self.base != self.theirs


def survey(root: Path, generated: Mapping[str, str]) -> tuple[FileState, ...]:
    """Look at every file that is generated now, or was before.

    Args:
        root: The project's root.
        generated: What would be generated now, by path from the root.

    Returns:
        The files, by path.

    Raises:
        GenerationError: GLC805, for paths that lead out of the project; GLC806, if a file cannot be read.
    """
    base = root / BASE
    before = {
        file.relative_to(base).as_posix()
        for file in base.rglob("*")
        if file.is_file() and not file.name.endswith(_PARTIAL)
    }
    paths = sorted(before | generated.keys())
    problems = [problem for path in paths if (problem := _unsafe(root, path)) is not None]
    if problems:
        raise GenerationError(problems)
    try:
        return tuple(
            FileState(path, _read(base / path), _read(root / path), generated.get(path))
            for path in paths
        )
    except OSError as error:
        raise GenerationError(_failed(error)) from error


def conflicts(files: Iterable[FileState]) -> list[Problem]:
    """Return a problem for each file that was changed by hand and would have to change."""
    return [_conflict(file) for file in files if file.change is Change.CONFLICT]


def kept(files: Iterable[FileState]) -> tuple[FileState, ...]:
    """Settle conflicts in favour of what is on disk: it counts as an edit of what is generated now."""
    return tuple(replace(file, keep_edit=True) for file in files)


def apply(root: Path, files: Iterable[FileState]) -> None:
    """Write and remove what has to be, and remember it.

    Args:
        root: The project's root.
        files: What `survey` found, or what `kept` made of it.

    Raises:
        GenerationError: GLC803, with every conflict, and nothing was changed; GLC806, if something cannot be written,
            after which another try goes on where this one stopped.
    """
    listed = tuple(files)
    if problems := conflicts(listed):
        raise GenerationError(problems)
    try:
        _sweep(root, listed)
        for file in listed:
            if file.change is not Change.NOTHING:
                _put(root / file.path, file.theirs, root)
            if file.base_is_behind:
                _put(root / BASE / file.path, file.theirs, root)
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


_PARTIAL: Final = ".glacier-partial"


def _read(path: Path) -> str | None:
    if path.is_dir():
        message = f"{path} is a folder, where a generated file should be"
        raise IsADirectoryError(message)
    try:
        # Edits are edits in whatever encoding; they are compared, and never written.
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return None


def _sweep(root: Path, files: Iterable[FileState]) -> None:
    """Remove the unfinished files of a generation that was killed."""
    pattern = f"*{_PARTIAL}"
    tops = {BASE, *(PurePosixPath(file.path).parts[0] for file in files)}
    below = (partial for top in sorted(tops) for partial in (root / top).rglob(pattern))
    for partial in [*root.glob(pattern), *below]:
        partial.unlink(missing_ok=True)


def _put(path: Path, content: str | None, root: Path) -> None:
    """Bring a file to a content, or remove it with the folders that it leaves empty."""
    if content is None:
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == root or not folder.is_dir() or any(folder.iterdir()):
                return
            folder.rmdir()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}{_PARTIAL}")
    try:
        partial.write_bytes(content.encode("utf-8"))
        if path.exists():
            partial.chmod(path.stat().st_mode & 0o777)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


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
