"""How long a schedule may go without a run that succeeds."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from math import ceil
from typing import Final

from glacier_runtime.cron_fields import CronFields, cron_fields

__all__ = ["LONGEST_H", "patience_h"]

LONGEST_H: Final = 168  # an alarm looks back seven days: API_PutMetricAlarm, EvaluationPeriods
_RUN_H: Final = 2
_CLOCK_CHANGE_H: Final = 1
_DAY_MINUTES: Final = 24 * 60
_DAYS_SAMPLED: Final = 4 * 366  # with a leap year, and all pairs of months


def patience_h(expression: str) -> int | None:
    """Return after how many hours without success something is wrong: the longest pause, two hours for the run, one for clocks.

    Args:
        expression: A valid expression of crontab(5).

    Returns:
        Whole hours; None if that is longer than an alarm can look back.

    Example:
        >>> patience_h("0 5 * * *"), patience_h("0 5 * * 1-5"), patience_h("0 5 1 * *")
        (27, 75, None)
    """
    hours = ceil(_longest_pause_minutes(cron_fields(expression)) / 60) + _RUN_H + _CLOCK_CHANGE_H
    return hours if hours <= LONGEST_H else None


def _longest_pause_minutes(fields: CronFields) -> int:
    times = [60 * hour + minute for hour in fields.hours for minute in fields.minutes]
    within = max((later - earlier for earlier, later in pairwise(times)), default=0)
    start = date(2001, 1, 1)
    days = [past for past in range(_DAYS_SAMPLED) if fields.has_day(start + timedelta(days=past))]
    # Before the first and after the last, nobody knows: as long as the sample.
    between = max((later - earlier for earlier, later in pairwise(days)), default=_DAYS_SAMPLED)
    return max(within, between * _DAY_MINUTES - times[-1] + times[0])
