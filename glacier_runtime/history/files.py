"""Run logs on this machine: `.glacier/runs/<run>/events.jsonl` below the project's root, one line an event.

Whoever writes a log holds a lock on it, which dies with the process: that is how a run that was killed is told from one
that is still at work. Lines are handed to the operating system one by one, so that a killed process loses none; they are
forced to the disk once, at the end.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

__all__ = [
    "LOG_NAME",
    "LogFile",
    "folder_name",
    "is_being_written",
    "log_folder",
    "log_folders",
    "prune",
    "read_lines",
]

LOG_NAME: Final = "events.jsonl"
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=+@-]{0,199}")


def log_folder(root: Path, run: str) -> Path:
    """Return the folder of a run.

    Example:
        >>> log_folder(Path("project"), "20260101T000000Z-0a1b2c3d").as_posix()
        'project/.glacier/runs/20260101T000000Z-0a1b2c3d'
    """
    return _runs(root) / folder_name(run)


def folder_name(run: str) -> str:
    """Return what the folder of a run is called: its id, or a digest of one that no folder can have.

    Example:
        >>> folder_name("20260101T000000Z-0a1b2c3d"), len(folder_name("../../etc"))
        ('20260101T000000Z-0a1b2c3d', 64)
    """
    is_plain = _PLAIN_NAME.fullmatch(run) is not None
    return run if is_plain else sha256(run.encode("utf-8", "backslashreplace")).hexdigest()


def log_folders(root: Path) -> list[Path]:
    """Return the folders of all runs, the newest first: their names begin with the second in which they began."""
    try:
        with os.scandir(_runs(root)) as entries:
            found = [entry for entry in entries if not entry.name.startswith(".")]
    except OSError:
        return []
    return [Path(entry.path) for entry in sorted(found, key=_age, reverse=True)]


def _age(entry: os.DirEntry[str]) -> tuple[str, int]:
    """When a run began: its name tells the second, and within one it is when its folder was filled."""
    try:
        filled_ns = entry.stat().st_mtime_ns
    except OSError:
        filled_ns = 0
    return entry.name.partition("-")[0], filled_ns


@dataclass(slots=True)
class LogFile:
    """A run log that is being written.

    Attributes:
        path: Where it is.
        descriptor: The open file.
    """

    path: Path
    descriptor: int

    @classmethod
    def create(cls, root: Path, run: str) -> Self:
        """Begin the log of a run.

        Raises:
            OSError: If it cannot be written.
        """
        folder = log_folder(root, run)
        folder.mkdir(parents=True, exist_ok=True)
        _ignore_all(folder.parent)
        path = folder / LOG_NAME
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        with suppress(
            OSError
        ):  # where there are no locks, a killed run looks like one that is at work
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return cls(path, descriptor)

    def write(self, line: bytes) -> None:
        """Append a line.

        Raises:
            OSError: If it could not be written whole.
        """
        content = line + b"\n"
        if os.write(self.descriptor, content) < len(content):
            message = f"no space is left for {self.path}"
            raise OSError(message)

    def close(self) -> None:
        """Make the log durable and let go of it."""
        try:
            with suppress(OSError):
                os.fsync(self.descriptor)
        finally:
            os.close(self.descriptor)


def is_being_written(path: Path) -> bool:
    """Say whether a living process writes a log."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    else:
        return False
    finally:
        os.close(descriptor)


def prune(root: Path, keep: int) -> None:
    """Remove the logs of all but the newest runs, never one that is being written."""
    for folder in log_folders(root)[keep:]:
        if not is_being_written(folder / LOG_NAME):
            shutil.rmtree(folder, ignore_errors=True)


def read_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a log, a last one that was cut off included.

    Raises:
        OSError: If it cannot be read.
    """
    with path.open("rb") as file:
        yield from (line.rstrip(b"\n") for line in file)


def _runs(root: Path) -> Path:
    return root / ".glacier" / "runs"


def _ignore_all(folder: Path) -> None:
    """Keep logs out of Git, which knows the folder around them."""
    file = folder / ".gitignore"
    if not file.exists():
        file.write_text("*\n", encoding="utf-8")
