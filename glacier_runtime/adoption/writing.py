"""Files put where nothing is: each appears whole or not at all, and none takes another's place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

__all__ = ["put"]


def put(files: Mapping[str, Path], root: Path, scratch: Path) -> None:
    """Copy files into a folder in their order; if one fails, those that this call put there are taken away again.

    Args:
        files: Where each is copied from, by its path below the folder. One that is there with that content is left.
        root: The folder.
        scratch: A folder on the same disk for what is unfinished.

    Raises:
        OSError: If a file cannot be written, or another one is there.
    """
    made: list[Path] = []
    try:
        for path, source in files.items():
            _put(source, root / path, root, scratch, made)
    except BaseException:
        for done in reversed(made):
            with suppress(OSError):  # what somebody else put into a new folder meanwhile stays
                done.rmdir() if done.is_dir() else done.unlink()
        raise


def _put(source: Path, target: Path, root: Path, scratch: Path, made: list[Path]) -> None:
    if target.is_file() and target.read_bytes() == source.read_bytes():
        return
    missing = [
        folder for folder in target.parents if folder.is_relative_to(root) and not folder.exists()
    ]
    for folder in reversed(missing):
        folder.mkdir()
        made.append(folder)
    unfinished = scratch / uuid4().hex
    shutil.copy2(source, unfinished)
    # A link, unlike a rename, fails where something is.
    os.link(unfinished, target)
    made.append(target)
    unfinished.unlink()
