"""From crontab(5), which users write, to the cron expressions of EventBridge.

EventBridge has six fields, counts days of the week from Sunday = 1, and wants a `?` for the one day field that is not
used: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based. Everything but `*` is written
out as a list, so that no difference in the meaning of ranges and steps can matter.
"""

from __future__ import annotations

from typing import Final

__all__ = ["CANNOT_EXPRESS", "eventbridge_cron"]

CANNOT_EXPRESS: Final = (
    "restricts the day of the month and the day of the week, which in crontab means either, and which EventBridge cannot say"
)

_RANGES: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_WEEKDAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


def eventbridge_cron(expression: str) -> str | None:
    """Translate an expression.

    Args:
        expression: The five fields of crontab(5), valid as `Cron` checks them.

    Returns:
        `cron(...)` for EventBridge Scheduler; None if it cannot say it (`CANNOT_EXPRESS`).

    Example:
        >>> eventbridge_cron("*/20 5 * * 1-5")
        'cron(0,20,40 5 ? * MON,TUE,WED,THU,FRI *)'
    """
    fields = expression.split()
    minutes, hours, days, months, weekdays = (
        _values(field, low, high) for field, (low, high) in zip(fields, _RANGES, strict=True)
    )
    if weekdays is not None:
        weekdays = sorted({day % 7 for day in weekdays})
        weekdays = None if len(weekdays) == len(_WEEKDAYS) else weekdays
    if days is not None and weekdays is not None:
        return None
    if weekdays is None:
        days_of_week, days_of_month = "?", _listed(days)
    else:
        days_of_week, days_of_month = ",".join(_WEEKDAYS[day] for day in weekdays), "?"
    return f"cron({_listed(minutes)} {_listed(hours)} {days_of_month} {_listed(months)} {days_of_week} *)"


def _values(field: str, low: int, high: int) -> list[int] | None:
    """Return the values that a field allows, rising; None for all of them."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        begin = low if first == "*" else int(first)
        # `5/10` means from 5 on, every 10; `5` means 5 alone.
        end = int(last) if last else (high if first == "*" or step else begin)
        found.update(range(begin, end + 1, int(step or 1)))
    return None if found >= set(range(low, high + 1)) else sorted(found)


def _listed(values: list[int] | None) -> str:
    return "*" if values is None else ",".join(map(str, values))
