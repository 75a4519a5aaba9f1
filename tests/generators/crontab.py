"""Two evaluators that share no code with what they judge: one of crontab(5), one of EventBridge's expressions."""

from __future__ import annotations

import re
from datetime import datetime

__all__ = ["crontab_fires", "eventbridge_fires"]

_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


def crontab_fires(expression: str, when: datetime) -> bool:
    """Say whether cron starts something in a minute.

    crontab(5): "If both fields are restricted (i.e., don't start with *), the command will be run when either field
    matches the current time."
    """
    minute, hour, day, month, weekday = expression.split()
    if not (
        _allows(minute, when.minute, 0, 59)
        and _allows(hour, when.hour, 0, 23)
        and _allows(month, when.month, 1, 12)
    ):
        return False
    by_day = _allows(day, when.day, 1, 31)
    sunday_is_0 = when.isoweekday() % 7
    by_weekday = _allows(weekday, sunday_is_0, 0, 7) or (
        sunday_is_0 == 0 and _allows(weekday, 7, 0, 7)
    )
    if day[0] == "*" or weekday[0] == "*":
        return by_day and by_weekday
    return by_day or by_weekday


def _allows(field: str, value: int, low: int, high: int) -> bool:
    for part in field.split(","):
        match = re.fullmatch(r"(?:(\*)|(\d+)(?:-(\d+))?)(?:/(\d+))?", part)
        assert match, part
        star, first, last, step = match.groups()
        begin = low if star else int(first)
        end = high if star or (step and last is None) else int(last or first)
        if begin <= value <= end and (value - begin) % int(step or 1) == 0:
            return True
    return False


def eventbridge_fires(expression: str, when: datetime) -> bool:
    """Say whether EventBridge Scheduler starts something in a minute.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
    """
    match = re.fullmatch(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)", expression)
    assert match, f"{expression} has not six fields"
    minute, hour, day, month, weekday, year = match.groups()
    assert (day == "?") != (weekday == "?"), f"{expression}: exactly one day field is unused"
    assert year == "*"
    assert len(expression) <= 256, f"{expression} is too long"
    return (
        _listed(minute, when.minute, 0, 59)
        and _listed(hour, when.hour, 0, 23)
        and _listed(month, when.month, 1, 12)
        and (day == "?" or _listed(day, when.day, 1, 31))
        and (weekday in {"?", "*"} or _named(weekday, when))
    )


def _named(field: str, when: datetime) -> bool:
    names = field.split(",")
    assert set(names) <= set(_WEEKDAYS), field
    return _WEEKDAYS[when.isoweekday() % 7] in names


def _listed(field: str, value: int, low: int, high: int) -> bool:
    if field == "*":
        return True
    for part in field.split(","):
        first, dash, last = part.partition("-")
        bounds = (int(first), int(last if dash else first))
        assert low <= bounds[0] <= bounds[1] <= high, field
        if bounds[0] <= value <= bounds[1]:
            return True
    return False
