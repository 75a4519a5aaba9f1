"""The three versions of a file that a merge is about."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Versions"]


@dataclass(frozen=True, slots=True)
class Versions:
    """One file, three times; None stands for a file that is not there.

    Attributes:
        base: What was last generated.
        mine: What is on disk.
        theirs: What is generated now.
    """

    base: str | None
    mine: str | None
    theirs: str | None
