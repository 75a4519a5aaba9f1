"""One generated file in its three versions: what it is on disk, and what generation makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from glacier_generators.merging.conflicts import Choice, Conflict, Merged
from glacier_generators.merging.marking import has_marks
from glacier_generators.merging.versions import Versions

__all__ = ["Change", "FileState", "State"]


class State(StrEnum):
    """What a file on disk is: as it was, or would be, generated, or otherwise."""

    CLEAN = "clean"
    EDITED = "edited"
    DELETED = "deleted"
    NEW = "new"


class Change(StrEnum):
    """What generation would do to a file."""

    NOTHING = "nothing"
    WRITE = "write"
    MERGE = "merge"
    MARK = "mark"
    REMOVE = "remove"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class FileState:
    """One generated file, in its three versions; None stands for a file that is not there.

    Attributes:
        path: Where it lies, from the project's root.
        base: What was last generated.
        mine: What is on disk.
        theirs: What would be generated now.
        is_recorded: Whether the base is what `.glacier/base/` holds; if not, a generation was killed before it wrote it, or
            git could not merge it, or a conflict was decided in the file.
        choice: Who decides where it is in conflict. What is on disk counts as an edit of what is generated now, if it stays.
        merged: What comes of edits and changes; None where there is nothing to merge, or it cannot be.
        settled: Its versions with all blocks that belong here by now; None if those are the three above.
    """

    path: str
    base: str | None
    mine: str | None
    theirs: str | None
    is_recorded: bool = True
    choice: Choice = Choice.ABORT
    merged: Merged | None = None
    settled: Versions | None = None

    @property
    def state(self) -> State:
        """What it is on disk, against what was last generated, or would be now."""
        if self.mine == self.theirs:
            return State.CLEAN
        if self.base is None:
            return State.NEW if self.mine is None else State.EDITED
        if self.mine is None:
            return State.DELETED
        return State.CLEAN if self.mine == self.base else State.EDITED

    @property
    def change(self) -> Change:
        """What generation would do to it."""
        return self._outcome[0]

    @property
    def becoming(self) -> str | None:
        """What it is after generation."""
        return self._outcome[1]

    @property
    def left_out(self) -> tuple[str, ...]:
        """Addresses of blocks that stay deleted, though they are generated otherwise than before."""
        return self.merged.left_out if self.merged else ()

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """What both sides changed within it."""
        return self.merged.conflicts if self.merged else ()

    @property
    def is_undecided(self) -> bool:
        """Whether it holds the marks of a conflict, of Glacier or of git, that nobody has decided."""
        return has_marks(self.mine) and self.mine != self.base

    @property
    def base_is_behind(self) -> bool:
        """Whether what is remembered differs from what would be generated."""
        return self.base != self.theirs or not self.is_recorded

    @property
    def is_shared(self) -> bool:
        """Whether blocks came or went, so that this file is not done before others are."""
        return self.settled is not None

    @property
    def _outcome(self) -> tuple[Change, str | None]:
        if self.is_undecided:
            return Change.CONFLICT, self.mine
        one = self.settled or self
        if one.theirs in {one.mine, one.base}:
            return self._to(one.mine, Change.MERGE)
        if one.mine == one.base:
            return self._to(one.theirs, Change.MERGE if self.is_shared else Change.WRITE)
        if self.merged is not None and not self.merged.conflicts:
            return self._to(self.merged.text, Change.MERGE)
        return self._decided(one.mine, one.theirs)

    def _decided(self, mine: str | None, theirs: str | None) -> tuple[Change, str | None]:
        match self.choice:
            case Choice.MINE:
                return self._to(mine, Change.MERGE)
            case Choice.THEIRS:
                return self._to(theirs, Change.WRITE)
            case Choice.INLINE if self.merged is not None:
                return Change.MARK, self.merged.text
            case _:
                return Change.CONFLICT, self.mine

    def _to(self, text: str | None, change: Change) -> tuple[Change, str | None]:
        """Name what brings the file to a text."""
        if text == self.mine:
            return Change.NOTHING, text
        if text is None:
            return Change.REMOVE, text
        return Change.WRITE if self.is_shared and text == self.theirs else change, text
