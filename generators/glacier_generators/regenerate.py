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

Blocks of Terraform are found in whichever file of their folder they stand, and under the name that they have by now (`merging/roots`).

One conflict, and nothing at all is changed, unless somebody said who decides, or that people decide in the file (`undecided.py`). Whatever kills a generation halfway, the next one knows what was an edit and
what was not (`disk.py`), and finishes the rest.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

from glacier_generators.conflict_problems import conflicts
from glacier_generators.disk import (
    BASE,
    Intent,
    digest,
    finish,
    is_within,
    put,
    put_note,
    read_note,
    sweep,
)
from glacier_generators.file_states import Change, FileState, State
from glacier_generators.surveying import not_done, survey
from glacier_generators.undecided import Undecided, put_undecided, read_undecided
from glacier_runtime.errors import GenerationError

__all__ = [
    "Change",
    "FileState",
    "State",
    "apply",
    "conflicts",
    "survey",
    "unified_diff",
]


def apply(root: Path, files: Iterable[FileState], within: str | None = None) -> None:
    """Write and remove what has to be, and remember it; of a file in which people have to decide, not before they did.

    Args:
        root: The project's root.
        files: What `survey` found.
        within: The folder that it looked at; what is remembered of others stays.

    Raises:
        GenerationError: GLC803, GLC807 and GLC808, with every conflict, and nothing was changed; GLC806, if something cannot be
            written, after which another try goes on where this one stopped.
    """
    listed = tuple(files)
    if any(file.change is Change.CONFLICT for file in listed):
        raise GenerationError(conflicts(listed))
    try:
        finish(root, within)
        others = {p: d for p, d in read_note(root).items() if not is_within(p, within)}
        sweep(root, [file.path for file in listed])
        for file in listed:
            if not file.is_recorded:
                put(root, f"{BASE}/{file.path}", file.base)
        _leave_undecided(root, listed, within)
        intents = {file.path: _intent(file) for file in listed if _is_noted(file)}
        if intents:
            put_note(root, intents, others)
        for file in listed:
            if file.change is not Change.NOTHING:
                put(root, file.path, file.becoming)
            if file.base_is_behind and file.change is not Change.MARK:
                put(root, f"{BASE}/{file.path}", file.theirs)
        put_note(root, {}, others)
    except OSError as error:
        raise GenerationError(not_done(error)) from error


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


def _is_noted(file: FileState) -> bool:
    """Say whether it must be known of a file what it became, should this be killed; marks speak for themselves."""
    if file.change is Change.MARK:
        return False
    return file.change is not Change.NOTHING or (file.is_shared and file.base_is_behind)


def _intent(file: FileState) -> Intent:
    if file.is_shared:
        return Intent(file.becoming, file.theirs, before=file.mine, is_shared=True)
    return Intent(file.becoming, file.theirs if file.change is Change.MERGE else file.becoming)


def _leave_undecided(root: Path, files: Iterable[FileState], within: str | None) -> None:
    """Remember what was generated for files in which people decide; forget it of those in which they have."""
    known = read_undecided(root)
    left = {path: one for path, one in known.items() if not is_within(path, within)}
    left |= {
        file.path: Undecided(digest(file.mine), file.theirs)
        for file in files
        if file.change is Change.MARK
    }
    if left != known:
        put_undecided(root, left)
