"""How many partitions of a task are made at once: what a Map says, and what there has to be room for."""

from __future__ import annotations

from typing import Final

from glacier_generators.plan.model import TaskPlan

__all__ = ["at_once"]

_AT_ONCE: Final = 10  # where nobody says it: as many as a new account may have functions at work


def at_once(task: TaskPlan) -> int:
    """Return how many partitions of a task may be made at once; one of a task that makes whole datasets."""
    if not task.entry.partitions or task.in_turn:
        return 1
    said: int | None = getattr(
        getattr(task.entry.compute, "config", None), "partitions_at_once", None
    )
    return said or _AT_ONCE
