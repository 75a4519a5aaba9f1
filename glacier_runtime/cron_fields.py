"""What the five fields of crontab(5) mean: the minutes, hours and days that they name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

__all__ = ["PART", "RANGES", "CronFields", "cron_fields"]

# Field, lowest and highest value: the five fields of POSIX crontab(5).
RANGES: Final = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of month", 1, 31),
    ("month", 1, 12),
    ("day of week", 0, 7),
)
PART: Final = re.compile(r"(?:\*|([0-9]{1,4})(?:-([0-9]{1,4}))?)(?:/([0-9]{1,4}))?")
"""One of the parts that commas separate in a field."""

_WEEKDAYS: Final = 7


@dataclass(frozen=True, slots=True)
class CronFields:
    """An expression, read; all values rise.

    Attributes:
        minutes: Minutes of an hour.
        hours: Hours of a day.
        days_of_month: Days of a month, from 1.
        months: Months, from 1.
        days_of_week: Days of a week, from Sunday, which is 0.
        either: Whether a day has to be one of the month's or one of the week's, and not both. Two fields of days mean either, unless
            one of them begins with `*` (crontab(5), cron(8) of Vixie).
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days_of_month: tuple[int, ...]
    months: tuple[int, ...]
    days_of_week: tuple[int, ...]
    either: bool

    def has_day(self, day: date) -> bool:
        """Say whether it starts anything on a day."""
        matches = (day.day in self.days_of_month, day.isoweekday() % _WEEKDAYS in self.days_of_week)
        return day.month in self.months and (any(matches) if self.either else all(matches))


def cron_fields(expression: str) -> CronFields:
    """Read an expression.

    Args:
        expression: Five fields that are valid, as `Cron` checks them.

    Example:
        >>> cron_fields("*/20 5 * * 1-5").minutes
        (0, 20, 40)
    """
    written = expression.split()
    minutes, hours, of_month, months, of_week = (
        _values(field, low, high) for field, (_, low, high) in zip(written, RANGES, strict=True)
    )
    return CronFields(
        minutes=minutes,
        hours=hours,
        days_of_month=of_month,
        months=months,
        days_of_week=tuple(sorted({day % _WEEKDAYS for day in of_week})),  # Sunday is 0 and 7
        either=not (written[2].startswith("*") or written[4].startswith("*")),
    )


def _values(field: str, low: int, high: int) -> tuple[int, ...]:
    found: set[int] = set()
    for part in field.split(","):
        match = PART.fullmatch(part)
        assert match is not None
        first, last, step = (int(group) if group else None for group in match.groups())
        is_open = first is None or (last is None and step is not None)  # `5/10`: from 5 on
        begin = low if first is None else first
        found.update(range(begin, (high if is_open else last or begin) + 1, step or 1))
    return tuple(sorted(found))
