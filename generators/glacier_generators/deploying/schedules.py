"""How often a schedule starts a pipeline."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from glacier_runtime.cron_fields import cron_fields

__all__ = ["starts_per_month"]

_YEARS_SAMPLED: Final = 28  # within a century, days of the week come back after so many


def starts_per_month(expression: str) -> float:
    """Return how often the five fields of crontab(5) come true in a month, on average.

    Args:
        expression: A valid expression. Clocks that are changed are not looked at.

    Example:
        >>> starts_per_month("0 * * * *") / starts_per_month("0 5 * * *")
        24.0
    """
    fields = cron_fields(expression)
    first, end = date(2001, 1, 1), date(2001 + _YEARS_SAMPLED, 1, 1)
    days = sum(fields.has_day(first + timedelta(days=past)) for past in range((end - first).days))
    return days * len(fields.minutes) * len(fields.hours) / (_YEARS_SAMPLED * 12)
