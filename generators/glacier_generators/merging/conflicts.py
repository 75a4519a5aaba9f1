"""What a merge could not decide, and who decides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Choice", "Conflict", "Merged", "Side"]


class Choice(StrEnum):
    """Who has the last word where both sides changed the same thing; `inline` lets people decide in the file."""

    ABORT = "abort"
    MINE = "mine"
    THEIRS = "theirs"
    INLINE = "inline"

    @property
    def is_open(self) -> bool:
        """Whether nobody decides before somebody has looked."""
        return self in {Choice.ABORT, Choice.INLINE}


class Side(StrEnum):
    """Which version fills a place where both sides changed the same thing."""

    BASE = "base"
    MINE = "mine"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing that was changed by hand and is generated otherwise now; None stands for what is not there.

    Attributes:
        address: What it is: `module.task_clean.memory_mib`; lines of a text that has no addresses.
        mine: What is on disk.
        theirs: What is generated.
    """

    address: str
    mine: str | None
    theirs: str | None


@dataclass(frozen=True, slots=True)
class Merged:
    """What three versions come to.

    Attributes:
        text: The file; where there are conflicts, as the choice decided them, with marks, or with what is on disk.
        conflicts: What both sides changed otherwise, and nobody decided.
        left_out: Addresses of blocks that were deleted by hand and are generated otherwise now; they stay deleted.
    """

    text: str
    conflicts: tuple[Conflict, ...] = ()
    left_out: tuple[str, ...] = ()
