"""Generated files on disk: each is whole or not there, and what was killed halfway is known for what it is.

A file is replaced in one step. What a generation is about to do is written down before it begins, in a note beside the
bases: whoever finds a file as the note says, knows that Glacier wrote or removed it and nobody else, even if its base was
never brought up to date, and even if by then something else would be generated.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final

__all__ = [
    "BASE",
    "Intent",
    "Note",
    "digest",
    "finish",
    "is_noted",
    "is_within",
    "noted_base",
    "put",
    "put_note",
    "read",
    "read_note",
    "remembered",
    "resumed",
    "sweep",
]

BASE: Final = ".glacier/base"
_NOTE: Final = ".glacier/unfinished.json"
_PARTIAL: Final = ".glacier-partial"
_DIGEST: Final = "sha256"
_GENERATED: Final = "generated"
_BEFORE: Final = "before"
_TEXT: Final = "text"

Note = Mapping[str, str | Mapping[str, str | None] | None]
"""The SHA-256 of what files become, by path; None for what is removed. Beside that of a merged file, what was generated; and of
a file that shares blocks with others, what it was and what it becomes."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be done to a file; None stands for no file.

    Attributes:
        becoming: What it becomes.
        generated: What is generated for it, which is something else if it is merged with edits.
        before: What it was.
        is_shared: Whether blocks came from other files or went to them, so that all are written, or none counts as written.
    """

    becoming: str | None
    generated: str | None
    before: str | None = None
    is_shared: bool = False


def read(path: Path) -> str | None:
    """Return a file's text, in which bytes that are no UTF-8 are surrogates; None if it is not there.

    Raises:
        OSError: If it cannot be read, or is a folder.
    """
    if path.is_dir():
        message = f"{path} is a folder, where a generated file should be"
        raise IsADirectoryError(message)
    try:
        # Edits are edits in whatever encoding; they are compared, and never written.
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return None


def remembered(root: Path) -> set[str]:
    """Return the paths of all files that were generated before."""
    base = root / BASE
    return {
        file.relative_to(base).as_posix()
        for file in base.rglob("*")
        if file.is_file() and not file.name.endswith(_PARTIAL)
    }


def put(root: Path, path: str, content: str | None) -> None:
    """Bring a file to a content in one step, or remove it with the folders that it leaves empty.

    Raises:
        OSError: If that cannot be done; then the file is as it was.
    """
    file = root / path
    if content is None:
        file.unlink(missing_ok=True)
        for folder in file.parents:
            if folder == root or not folder.is_dir() or any(folder.iterdir()):
                return
            folder.rmdir()
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f"{file.name}.{secrets.token_hex(4)}{_PARTIAL}")
    try:
        partial.write_bytes(content.encode("utf-8"))
        if file.exists():
            partial.chmod(file.stat().st_mode & 0o777)
        partial.replace(file)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def read_note(root: Path) -> Note:
    """Return what a generation that did not finish was about to do; nothing if the last one finished."""
    try:
        found = json.loads(read(root / _NOTE) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def put_note(root: Path, intents: Mapping[str, Intent], others: Note) -> None:
    """Write down what files are about to become, beside what is noted of others; with neither, there is no note.

    Args:
        root: The project's root.
        intents: What is about to be done, by path.
        others: What is noted of other files, and stays.
    """
    noted = {**others, **{path: _noted(intent) for path, intent in intents.items()}}
    put(root, _NOTE, json.dumps(noted, indent=2) + "\n" if noted else None)


def resumed(root: Path) -> tuple[Note, dict[str, str | None]]:
    """Return what a generation that did not finish was about to do, and what it has yet to write of files that share blocks.

    If somebody has changed one of these since, nothing is known of any of them.
    """
    note = read_note(root)
    shared = {
        path: one for path, one in note.items() if isinstance(one, Mapping) and _BEFORE in one
    }
    pending: dict[str, str | None] = {}
    for path, one in shared.items():
        found = digest(read(root / path))
        if found == one.get(_DIGEST):
            continue
        if found != one[_BEFORE]:
            return {path: noted for path, noted in note.items() if path not in shared}, {}
        pending[path] = one.get(_TEXT)
    return note, pending


def finish(root: Path, within: str | None) -> None:
    """Write what a generation that was killed had yet to write of files that share blocks.

    Args:
        root: The project's root.
        within: The only folder in which it is written.

    Raises:
        OSError: If it cannot be written.
    """
    for path, text in resumed(root)[1].items():
        if is_within(path, within):
            put(root, path, text)


def is_within(path: str, folder: str | None) -> bool:
    """Say whether a file lies in a folder of the root; None stands for the root."""
    return folder is None or path.startswith(f"{folder}/")


def is_noted(note: Note, path: str, content: str | None) -> bool:
    """Say whether a file is as a generation that did not finish wanted it."""
    noted = note.get(path)
    wanted = noted.get(_DIGEST) if isinstance(noted, Mapping) else noted
    return path in note and wanted == digest(content)


def noted_base(note: Note, path: str, content: str | None) -> str | None:
    """Return what was generated for a file that is as noted: the file itself, if it was not merged."""
    noted = note.get(path)
    return noted.get(_GENERATED) if isinstance(noted, Mapping) else content


def digest(content: str | None) -> str | None:
    """Return the SHA-256 of a file's text; None, if it is not there."""
    if content is None:
        return None
    return sha256(content.encode("utf-8", "surrogateescape")).hexdigest()


def sweep(root: Path, paths: Iterable[str]) -> None:
    """Remove what a generation that was killed left: unfinished files, and folders for what it meant to remember.

    Args:
        root: The project's root.
        paths: Files that are generated; unfinished ones are looked for in the same top folders.
    """
    pattern = f"*{_PARTIAL}"
    tops = {PurePosixPath(BASE).parts[0], *(PurePosixPath(path).parts[0] for path in paths)}
    below = (partial for top in sorted(tops) for partial in (root / top).rglob(pattern))
    for partial in [*root.glob(pattern), *below]:
        put(root, partial.relative_to(root).as_posix(), None)
    for path in read_note(root):
        if not (root / path).exists():
            put(root, path, None)
    for folder in sorted((root / BASE).rglob("*"), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _noted(intent: Intent) -> str | Mapping[str, str | None] | None:
    if intent.is_shared:
        return {
            _DIGEST: digest(intent.becoming),
            _GENERATED: intent.generated,
            _BEFORE: digest(intent.before),
            _TEXT: intent.becoming,
        }
    if intent.generated == intent.becoming:
        return digest(intent.becoming)
    return {_DIGEST: digest(intent.becoming), _GENERATED: intent.generated}
