"""How a run runs its groups: how many at once, within which memory, how soon again, and whether it goes on."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from glacier_runtime.execution.memory.budget import MemoryBudget
from glacier_runtime.execution.processes.cancelling import Cancelling

__all__ = ["RunOptions"]

_FIRST_BACKOFF_S: Final = 0.5
_LONGEST_BACKOFF_S: Final = 30.0


def _backoff_s(attempt: int) -> float:
    """Seconds before the next attempt: doubling, capped, with jitter so that many runs do not retry in step."""
    longest = min(_LONGEST_BACKOFF_S, _FIRST_BACKOFF_S * 2 ** (attempt - 1))
    return random.uniform(longest / 2, longest)  # noqa: S311 (no secret depends on it)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How groups are run.

    Attributes:
        parallel: How many groups may run at once.
        backoff_s: Seconds to wait after a failed attempt of that number.
        cancelling: Whether the run goes on.
        budget: What the queries of one group may hold in memory; None fuses all that can be.
    """

    parallel: int = 1
    backoff_s: Callable[[int], float] = _backoff_s
    cancelling: Cancelling = field(default_factory=Cancelling)
    budget: MemoryBudget | None = None
