"""How often a schedule starts a pipeline."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

__all__ = ["starts_per_month"]

_RANGES: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_PART: Final = re.compile(r"(?:\*|([0-9]+)(?:-([0-9]+))?)(?:/([0-9]+))?")
_YEARS_SAMPLED: Final = 28  # within a century, days of the week come back after so many


def starts_per_month(expression: str) -> float:
    """Return how often the five fields of crontab(5) come true in a month, on average.

    Args:
        expression: A valid expression. Clocks that are changed are not looked at.

    Example:
        >>> starts_per_month("0 * * * *") / starts_per_month("0 5 * * *")
        24.0
    """
    fields = expression.split()
    minutes, hours, of_month, months, of_week = (
        _values(field, *limits) for field, limits in zip(fields, _RANGES, strict=True)
    )
    weekdays = {day % 7 for day in of_week}
    # Two fields of days mean either, unless one of them begins with `*`.
    either = not (fields[2].startswith("*") or fields[4].startswith("*"))
    day, days = date(2001, 1, 1), 0
    end = date(2001 + _YEARS_SAMPLED, 1, 1)
    while day < end:
        matches = (day.day in of_month, day.isoweekday() % 7 in weekdays)
        days += day.month in months and (any(matches) if either else all(matches))
        day += timedelta(days=1)
    return days * len(minutes) * len(hours) / (_YEARS_SAMPLED * 12)


def _values(field: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        match = _PART.fullmatch(part)
        assert match is not None
        first, last, step = (int(group) if group else None for group in match.groups())
        is_open = first is None or (last is None and step is not None)
        begin = low if first is None else first
        found.update(range(begin, (high if is_open else last or begin) + 1, step or 1))
    return found
