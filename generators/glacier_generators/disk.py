"""Generated files on disk: each is whole or not there, and what was killed halfway is known for what it is.

A file is replaced in one step. What a generation is about to do is written down before it begins, in a note beside the
bases: whoever finds a file as the note says, knows that Glacier wrote or removed it and nobody else, even if its base was
never brought up to date, and even if by then something else would be generated.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final

__all__ = [
    "BASE",
    "Note",
    "is_noted",
    "noted_base",
    "put",
    "put_note",
    "read",
    "read_note",
    "remembered",
    "sweep",
]

BASE: Final = ".glacier/base"
_NOTE: Final = ".glacier/unfinished.json"
_PARTIAL: Final = ".glacier-partial"
_DIGEST: Final = "sha256"
_GENERATED: Final = "generated"

Note = Mapping[str, str | Mapping[str, str] | None]
"""The SHA-256 of what files become, by path; None for what is removed. Beside that of a merged file, what was generated."""


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


def put_note(
    root: Path,
    becoming: Mapping[str, str | None],
    others: Note,
    merged: Mapping[str, str] | None = None,
) -> None:
    """Write down what files are about to become, beside what is noted of others; with neither, there is no note.

    Args:
        root: The project's root.
        becoming: What files become, by path; None for what is removed.
        others: What is noted of other files, and stays.
        merged: What is generated for files that become something else, because they were merged with edits.
    """
    generated = merged or {}
    digests = {
        path: _merged(content, generated[path]) if path in generated else _digest(content)
        for path, content in becoming.items()
    }
    noted = {**others, **digests}
    put(root, _NOTE, json.dumps(noted, indent=2) + "\n" if noted else None)


def is_noted(note: Note, path: str, content: str | None) -> bool:
    """Say whether a file is as a generation that did not finish wanted it."""
    noted = note.get(path)
    digest = noted.get(_DIGEST) if isinstance(noted, Mapping) else noted
    return path in note and digest == _digest(content)


def noted_base(note: Note, path: str, content: str | None) -> str | None:
    """Return what was generated for a file that is as noted: the file itself, if it was not merged."""
    noted = note.get(path)
    return noted.get(_GENERATED) if isinstance(noted, Mapping) else content


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


def _merged(content: str | None, generated: str) -> Mapping[str, str]:
    return {_DIGEST: _digest(content) or "", _GENERATED: generated}


def _digest(content: str | None) -> str | None:
    if content is None:
        return None
    return sha256(content.encode("utf-8", "surrogateescape")).hexdigest()
