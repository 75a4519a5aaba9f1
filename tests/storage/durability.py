"""Watching what a run makes durable, and when: what a power cut would leave can only be told from the order of calls."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

__all__ = ["Move", "Watch"]

Inode = tuple[int, int]


@dataclass(frozen=True)
class Move:
    """A rename or link, and what was durable when it happened.

    Attributes:
        source: Where the file was.
        target: The name that it was given.
        source_was_synced: Whether its content had been synced.
        unsynced: Files and folders at that moment whose content, or whose names, had never been synced.
    """

    source: Path
    target: Path
    source_was_synced: bool
    unsynced: frozenset[Path]


@dataclass
class Watch:
    """Notes every sync, and what is not synced at every rename and link, below a folder.

    A file counts as synced after an fsync of it; a name, after an fsync of its folder that came later than the name.
    """

    root: Path
    moves: list[Move] = field(default_factory=list)
    synced: set[Inode] = field(default_factory=set)
    durable_names: set[Path] = field(default_factory=set)

    def __enter__(self) -> Self:
        self.durable_names |= set(self.root.rglob("*"))
        self._patches = pytest.MonkeyPatch()
        self._patches.setattr(os, "fsync", self._watched_fsync(os.fsync))
        for name in ("link", "rename", "replace"):
            self._patches.setattr(os, name, self._watched_move(getattr(os, name)))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._patches.undo()

    def unsynced(self) -> frozenset[Path]:
        """Return files that were never synced, and files and folders whose names were not."""
        found = set()
        for path, status in below(self.root).items():
            if path not in self.durable_names:
                found.add(path)
            if stat.S_ISREG(status.st_mode) and inode(status) not in self.synced:
                found.add(path)
        return frozenset(found)

    def _watched_fsync(self, fsync: Callable[[int], None]) -> Callable[[int], None]:
        def watched(descriptor: int) -> None:
            fsync(descriptor)
            status = os.fstat(descriptor)
            self.synced.add(inode(status))
            if stat.S_ISDIR(status.st_mode):
                self._note_names(inode(status))

        return watched

    def _note_names(self, synced: Inode) -> None:
        there = below(self.root)
        folders = {path for path, status in there.items() if inode(status) == synced}
        if inode(self.root.stat()) == synced:
            folders.add(self.root)
        self.durable_names |= {path for path in there if path.parent in folders}

    def _watched_move(self, move: Callable[..., None]) -> Callable[..., None]:
        def watched(source: Any, target: Any) -> None:
            status = Path(source).stat()
            self.moves.append(
                Move(Path(source), Path(target), inode(status) in self.synced, self.unsynced())
            )
            move(source, target)

        return watched


def below(folder: Path) -> dict[Path, os.stat_result]:
    """Return all that is below a folder; other threads may be adding and removing meanwhile."""
    found = {}
    for parent, folders, files in os.walk(folder):
        for path in (Path(parent, name) for name in (*folders, *files)):
            with suppress(FileNotFoundError):
                found[path] = path.stat()
    return found


def inode(status: os.stat_result) -> Inode:
    return status.st_dev, status.st_ino
