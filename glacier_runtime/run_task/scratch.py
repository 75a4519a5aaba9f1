"""Local folders for files that a task takes from a store: they go with the attempt, or with the next process.

A process that is killed, as a function is that runs out of time or memory, removes nothing, and the next one finds what
it left: the temporary folder of a function outlives its processes, and is small.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Final

__all__ = ["scratch_folder", "sweep"]

_NAME: Final = re.compile(r"glacier-task-([1-9][0-9]{0,8})-.+")


def scratch_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a new temporary folder, which is removed when its context ends."""
    return tempfile.TemporaryDirectory(prefix=f"glacier-task-{os.getpid()}-")


def sweep() -> None:
    """Remove what processes left that are no more; one of this number has ended, for this one only begins."""
    for folder in Path(tempfile.gettempdir()).iterdir():
        owner = _NAME.fullmatch(folder.name)
        if owner is not None and (int(owner[1]) == os.getpid() or not _is_alive(int(owner[1]))):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
