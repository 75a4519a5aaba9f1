"""The template's files as they are here: unchanged, edited, deleted, or left half way by an update."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from glacier_runtime.doctor.recorded import ANSWERS, BESIDE, FILES, Recorded, digest_of
from glacier_runtime.errors import Code, Place, Problem

__all__ = ["TemplateFiles", "look_at_template_files"]

_VENDOR: Final = "vendor/"
# Without one of these an update, a session of nox, or a build has nothing to start from.
_NEEDED: Final = (
    *("noxfile.py", "pyproject.toml", "LICENSE"),
    *("scripts/nearby_edits.py", "scripts/template_releases.py"),
    "scripts/update_from_template.py",
)
_MARK: Final = re.compile(rb"(?m)^<<<<<<< before updating\r?$")
_LEFT: Final = (".yours", ".rej")
_NOT_OURS: Final = frozenset(
    {"__pycache__", "build", "data", "dist", "node_modules", "venv"}
    | {".git", ".nox", ".terraform", ".venv"}
)


@dataclass(frozen=True, slots=True)
class TemplateFiles:
    """What became of the template's files.

    Attributes:
        edited: Files that an update will merge with what the template changes.
        deleted: Files that are no longer there, and that nothing needs.
        problems: What an update cannot merge, or left to somebody.
    """

    edited: tuple[str, ...]
    deleted: tuple[str, ...]
    problems: tuple[Problem, ...]


def look_at_template_files(root: Path, recorded: Recorded) -> TemplateFiles:
    """Hold the template's files against what is recorded of them.

    Args:
        root: The project's folder.
        recorded: What the template wrote down.

    Raises:
        OSError: If a file cannot be read.
    """
    found = {path: digest_of(root / path) for path in recorded.files}
    edited = [path for path, now in found.items() if now not in {None, recorded.files[path]}]
    deleted = [path for path, now in found.items() if now is None]
    vendored = [path for path in edited if path.startswith(_VENDOR)]
    needed = [path for path in deleted if path in _NEEDED or path.startswith(_VENDOR)]
    problems = [
        *_unrecorded(root, recorded),
        *_answers_by_hand(root, recorded),
        *_left_by_an_update(root, edited),
        *_left_by_an_adoption(root, recorded),
        *([_vendored(vendored)] if vendored else []),
        *_missing(needed),
    ]
    return TemplateFiles(
        tuple(path for path in edited if path not in vendored),
        tuple(path for path in deleted if path not in needed),
        tuple(problems),
    )


def _unrecorded(root: Path, recorded: Recorded) -> Iterator[Problem]:
    if not (root / ANSWERS).is_file():
        yield Problem(
            code=Code.PIECE_MISSING,
            message=f"{ANSWERS} is missing, so nothing says which template and answers this repository came from",
            fix=_from_history(ANSWERS),
        )
    if not recorded.files:
        what = "holds no list of files" if (root / FILES).exists() else "is missing"
        yield Problem(
            code=Code.PIECE_MISSING,
            message=f"{FILES} {what}, so nobody knows which files of the template were edited",
            fix="nox -s update writes it, with a release of the template that has it; or take it from git's history",
        )


def _answers_by_hand(root: Path, recorded: Recorded) -> Iterator[Problem]:
    if not recorded.answers_by_hand:
        return
    names = ", ".join(recorded.answers_by_hand)
    yield Problem(
        code=Code.TEMPLATE_COLLISION,
        message=f"{ANSWERS} was edited by hand ({names}): an update takes the files for rendered with these answers, and merges wrongly",
        fix=f"put the answers back (git log -p -- {ANSWERS}), then: copier update --vcs-ref :current: --data name=value",
        place=Place(str(root / ANSWERS), 1),
    )


def _left_by_an_update(root: Path, edited: Iterable[str]) -> Iterator[Problem]:
    for path in edited:
        content = (root / path).read_bytes()
        if (mark := _MARK.search(content)) is not None:
            yield Problem(
                code=Code.TEMPLATE_COLLISION,
                message=f"{path} holds the marks of a conflict between an edit and an update",
                fix="decide between the marked lines, take the marks out, and git add the file",
                place=Place(str(root / path), content.count(b"\n", 0, mark.start()) + 1),
            )
    for path in _left(root):
        whole = path.removesuffix(".yours").removesuffix(".rej")
        yield Problem(
            code=Code.TEMPLATE_COLLISION,
            message=f"{path} holds edits of {whole} that an update set apart",
            fix="carry over what you still want of it, and delete it",
            place=Place(str(root / path), 1),
        )


def _left_by_an_adoption(root: Path, recorded: Recorded) -> Iterator[Problem]:
    for path in recorded.files:
        if (root / f"{path}{BESIDE}").is_file():
            yield Problem(
                code=Code.TEMPLATE_COLLISION,
                message=f"{path} was there before the template, whose own version is {path}{BESIDE}",
                fix=f"carry over what you want: git diff --no-index {path} {path}{BESIDE}; then delete the latter",
                place=Place(str(root / path), 1),
            )


def _left(root: Path) -> Iterator[str]:
    """Yield the files in which updates put edits that had no place any more."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(set(folders) - _NOT_OURS)
        for name in sorted(names):
            if name.endswith(_LEFT):
                yield (Path(folder) / name).relative_to(root).as_posix()


def _vendored(paths: list[str]) -> Problem:
    return Problem(
        code=Code.TEMPLATE_COLLISION,
        message=f"the copy of the runtime under {_VENDOR} was edited, which every update changes as well: {_listed(paths)}",
        fix=f"make the change in the template, and take it back here: git log -- {_VENDOR} finds it; or nox -s update, which merges",
    )


def _missing(paths: list[str]) -> Iterator[Problem]:
    own = [path for path in paths if path.startswith(_VENDOR)]
    for path in (path for path in paths if path not in own):
        yield Problem(
            code=Code.PIECE_MISSING,
            message=f"{path} is missing, which the template wrote and the project needs",
            fix=_from_history(path),
        )
    if own:
        yield Problem(
            code=Code.PIECE_MISSING,
            message=f"the copy of the runtime under {_VENDOR} is not whole, missing: {_listed(own)}",
            fix=_from_history(_VENDOR),
        )


def _from_history(path: str) -> str:
    return f"git log --diff-filter=D -- {path} finds the commit that removed it; git checkout COMMIT~1 -- {path}"


def _listed(paths: list[str], most: int = 5) -> str:
    more = f" and {len(paths) - most} more" if len(paths) > most else ""
    return ", ".join(paths[:most]) + more
