"""Folders in which values pass from one process to another; removed in any case, at the latest by a later run."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

__all__ = ["scratch_folder"]

_PREFIX: Final = "glacier-apart-"
_YOUNG_S: Final = 60.0  # may have been made, and not locked yet
_swept: set[Path] = set()


@contextmanager
def scratch_folder() -> Generator[Path]:
    """Make a folder that only this user may read, and remove it in the end."""
    _sweep(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    # A lock of the operating system, so that others see whether its owner lives: also from another container.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder
    finally:
        os.close(descriptor)
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(parent: Path) -> None:
    """Remove, once in this process, what killed ones left."""
    if parent in _swept:
        return
    _swept.add(parent)
    oldest = time.time() - _YOUNG_S
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # somebody else's, or gone
            if folder.stat().st_mtime < oldest and _is_left(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_left(folder: Path) -> bool:
    descriptor = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
