"""How often Databricks is asked whether a run has ended: after 15 s, then 20, 25 …, so that a long run fills no history.

Each question is eleven entries of the history of a run, of which Step Functions keeps 25,000. With waits that grow, their number
grows as the square root of the time: an hour and a half takes 45, a week 491; and what one learns late stays in proportion.
"""

from __future__ import annotations

from math import ceil, sqrt
from typing import Final

from glacier_generators.plan.model import TaskPlan
from glacier_generators.terraform.aws.databricks.spec import databricks

__all__ = [
    "FIRST_WAIT_S",
    "STARTING_S",
    "WAIT_LONGER_S",
    "attempt_events",
    "longest_wait_s",
    "polls",
    "task_events",
]

FIRST_WAIT_S: Final = 15
WAIT_LONGER_S: Final = 5
STARTING_S: Final = 900  # until there is a machine, and until it is gone
_EVENTS_OF_A_POLL: Final = 11  # a wait, a call, a choice, and the next wait computed
_EVENTS_AROUND: Final = (
    30  # the call that submits, the one that asks for the error, and how it ends
)
_EVENTS_OF_A_RETRY: Final = 60  # that fails soon


def polls(timeout_s: int) -> int:
    """Return how often a run is asked for at most, until it is given up.

    Example:
        >>> polls(3600), polls(604_800)
        (45, 491)
    """
    # The sum of n waits is first * n + longer * n * (n - 1) / 2.
    linear = FIRST_WAIT_S - WAIT_LONGER_S / 2
    whole = timeout_s + 2 * STARTING_S
    return ceil((sqrt(linear**2 + 2 * WAIT_LONGER_S * whole) - linear) / WAIT_LONGER_S)


def longest_wait_s(timeout_s: int) -> int:
    """Return the wait after which a run that has not ended is given up."""
    return FIRST_WAIT_S + WAIT_LONGER_S * (polls(timeout_s) - 1)


def attempt_events(task: TaskPlan) -> int:
    """Return how many entries of a history one attempt writes at most."""
    return _EVENTS_AROUND + _EVENTS_OF_A_POLL * polls(databricks(task).timeout_s)


def task_events(task: TaskPlan) -> int:
    """Return how many entries it takes to run a task once to its time limit, and sometimes again."""
    return attempt_events(task) + _EVENTS_OF_A_RETRY * task.entry.retries
