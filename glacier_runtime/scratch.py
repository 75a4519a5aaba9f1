"""Local folders for the time of an attempt, or of a look: they go with it, and what killed processes left goes with the next one.

A folder is locked by whoever made it, and the operating system lets go of the lock when that process ends, however it ends.
So nobody asks for the numbers of processes, which come again, and which begin at 1 in every container that shares a disk.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Literal

__all__ = ["scratch_folder"]

_NAME: Final = re.compile(r"glacier-(?:task|spill|apart|revision)-.+")


@contextmanager
def scratch_folder(
    purpose: Literal["task", "spill", "apart", "revision"], home: Path | None = None
) -> Generator[Path]:
    """Make a folder that only this user may read, and remove it in the end.

    Where a file system knows no locks, what a killed process left stays.

    Args:
        purpose: What it is for, as its name says: what a task downloads, rows on disk, values for another process, or
            a project as it was.
        home: Where it is made; None for the system's temporary folder.

    Yields:
        The folder.
    """
    home = home or Path(tempfile.gettempdir())
    _sweep(home)
    folder, lock = _locked_folder(home, f"glacier-{purpose}-{os.getpid()}-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _locked_folder(home: Path, prefix: str) -> tuple[Path, int]:
    """Make a folder and lock it; another one, if somebody swept it away between the two."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=home))
        with suppress(FileNotFoundError, BlockingIOError):
            descriptor = _opened(folder)
            try:
                _lock(descriptor)
                folder.lstat()
            except BaseException:
                os.close(descriptor)
                raise
            return folder, descriptor


def _lock(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        return  # a file system without locks: nobody else gets one either, and then leaves the folder alone


def _sweep(home: Path) -> None:
    """Remove what processes left that are no more."""
    left: list[Path] = []
    with suppress(OSError), os.scandir(home) as entries:  # that may be written to, and not listed
        left = [Path(entry.path) for entry in entries if _NAME.fullmatch(entry.name)]
    for folder in left:
        with suppress(OSError):  # gone, somebody else's, in use, or without locks
            descriptor = _opened(folder)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Under the lock: whoever has just made it sees that it is gone, and makes another.
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(descriptor)


def _opened(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
