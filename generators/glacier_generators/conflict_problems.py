"""Conflicts between hand edits and the code, as problems that say what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final

from glacier_generators.file_states import Change, FileState
from glacier_generators.merging.conflicts import Conflict
from glacier_generators.merging.files import HCL
from glacier_runtime.errors import Code, Problem

__all__ = ["conflicts"]

_LONGEST_VALUE: Final = 160
_NOTHING_WRITTEN: Final = "; nothing was written"


def conflicts(files: Iterable[FileState]) -> list[Problem]:
    """Return a problem for each thing that was changed by hand and would have to change."""
    listed = tuple(files)
    is_stopped = any(file.change is Change.CONFLICT for file in listed)
    return [problem for file in listed for problem in _problems(file, is_stopped=is_stopped)]


def _problems(file: FileState, *, is_stopped: bool) -> Iterator[Problem]:
    if file.is_undecided:
        yield _undecided(file.path)
    elif file.change in {Change.CONFLICT, Change.MARK}:
        end = "; both are marked in the file"
        for one in file.conflicts:
            yield _torn(file.path, one, _NOTHING_WRITTEN if is_stopped else end)
        if not file.conflicts:
            yield _conflict(file)


def _undecided(path: str) -> Problem:
    return Problem(
        code=Code.MARKED_CONFLICT,
        message=f"{path} holds conflicts that nobody has decided, between lines that begin with <<<<<<< and >>>>>>>{_NOTHING_WRITTEN}",
        fix="keep there what is right, delete the marks, and generate again; or take the file as it was out of git",
    )


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


def _torn(path: str, conflict: Conflict, end: str) -> Problem:
    mine, theirs = _shown(conflict.mine, "deleted"), _shown(conflict.theirs, "no longer generated")
    return Problem(
        code=Code.MERGE_CONFLICT,
        message=f"{path}: {conflict.address} was changed by hand and in the code: by hand it is {mine}, generated it is {theirs}{end}",
        fix=(
            "keep there what is right, delete the marks, and generate again"
            if end != _NOTHING_WRITTEN
            else "keep what is on disk: glacier generate --conflict mine. Take what is generated: glacier generate --conflict theirs. "
            "Decide one by one in the file: glacier generate --conflict inline"
        ),
    )


def _shown(value: str | None, instead: str) -> str:
    """Return a value on one line, for a message."""
    if value is None:
        return instead
    line = " ".join(value.split())
    return line if len(line) <= _LONGEST_VALUE else f"{line[:_LONGEST_VALUE]}…"
