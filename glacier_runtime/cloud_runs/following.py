"""A run in a cloud, followed until it ends: asked often while something happens, and seldom while nothing does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from glacier_runtime.cloud_runs.happenings import Ended, Happening
from glacier_runtime.errors import CloudError, Code

__all__ = ["Pace", "follow"]

_GROWTH: Final = 1.5


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a run is asked for news.

    Attributes:
        shortest_s: The pause after news.
        longest_s: The pause after a long time without any.
        patience_s: How long it may give no answer at all, until whoever follows it is told.
    """

    shortest_s: float = 0.5
    longest_s: float = 10.0
    patience_s: float = 300.0


def follow(
    news: Callable[[], Iterable[Happening]],
    tell: Callable[[Happening], None],
    pace: Pace = Pace(),
    sleep: Callable[[float], None] | None = None,
) -> Ended:
    """Tell what happens, until the run has ended.

    A cloud that asks for patience, or does not answer for a while, is asked again.

    Args:
        news: Returns what has happened since it was asked last.
        tell: Told of everything, in order.
        pace: How often to ask.
        sleep: Waits; None waits indeed.

    Returns:
        The end.

    Raises:
        CloudError: GLC637, if there was no answer for too long; GLC636. The run goes on.
    """
    pause_s, silence_s = pace.shortest_s, 0.0
    while True:
        try:
            found = list(news())
        except CloudError as error:
            if set(error.codes) != {Code.CLOUD_UNREACHABLE.code} or silence_s >= pace.patience_s:
                raise
            found = []
            silence_s += pause_s
        else:
            silence_s = 0.0
        for happening in found:
            tell(happening)
            if isinstance(happening, Ended):
                return happening
        pause_s = pace.shortest_s if found else min(pause_s * _GROWTH, pace.longest_s)
        (sleep or time.sleep)(pause_s)
