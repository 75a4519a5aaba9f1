"""From crontab(5), which users write, to the cron expressions of EventBridge.

EventBridge has six fields, counts days of the week from Sunday = 1, and wants a `?` for the one day field that is not
used: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based. Everything but `*` is written
out, days of the week by name, so that no difference in the meaning of steps and numbers can matter.
"""

from __future__ import annotations

from typing import Final

__all__ = ["eventbridge_cron", "schedule_fault"]

_RANGES: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_WEEKDAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_DAYS_OF_MONTH: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LONGEST: Final = 256  # API_CreateSchedule, ScheduleExpression
_SHORTEST_RUN: Final = 3  # of values that are written as a range

_Days = tuple[list[int] | None, list[int] | None]


def eventbridge_cron(expression: str) -> str:
    """Translate an expression.

    Args:
        expression: The five fields of crontab(5), valid as `Cron` checks them, without a `schedule_fault`.

    Returns:
        `cron(...)` for EventBridge Scheduler.

    Example:
        >>> eventbridge_cron("*/20 5 * * 1-5")
        'cron(0,20,40 5 ? * MON,TUE,WED,THU,FRI *)'
    """
    minutes, hours, _, months, _ = _fields(expression)
    days = _days(expression)
    assert days is not None
    of_month, of_week = days
    if of_week is None:
        days_of_month, days_of_week = _listed(of_month), "?"
    else:
        days_of_month, days_of_week = "?", ",".join(_WEEKDAYS[day] for day in of_week)
    return f"cron({_listed(minutes)} {_listed(hours)} {days_of_month} {_listed(months)} {days_of_week} *)"


def schedule_fault(expression: str) -> tuple[str, str] | None:
    """Return what EventBridge cannot say of an expression, with the way out; None if it can be translated."""
    days = _days(expression)
    if days is None:
        fault = "restricts the day of the month and the day of the week, and EventBridge can say only one of them"
        return fault, "restrict one of the two, or make two pipelines"
    of_month, _ = days
    months = _fields(expression)[3] or range(1, 13)
    if of_month and min(of_month) > max(_DAYS_OF_MONTH[month - 1] for month in months):
        return "names a day that none of its months has", "name a day that exists"
    if len(eventbridge_cron(expression)) > _LONGEST:
        return f"needs more than the {_LONGEST} characters of EventBridge", "name fewer moments"
    return None


def _days(expression: str) -> _Days | None:
    """Return the days of the month and of the week, None for all of them; None for both if only both together tell.

    Two day fields mean either, unless one of them begins with `*`: then they mean both (crontab(5), cron(8) of Vixie).
    """
    _, _, of_month, _, numbered = _fields(expression)
    of_week = None if numbered is None else sorted({day % 7 for day in numbered})
    if of_week is not None and len(of_week) == len(_WEEKDAYS):
        of_week = None
    written_of_month, written_of_week = expression.split()[2::2]
    if written_of_month.startswith("*") or written_of_week.startswith("*"):
        return None if of_month is not None and of_week is not None else (of_month, of_week)
    return None if of_month is not None and of_week is not None else (None, None)


def _fields(expression: str) -> list[list[int] | None]:
    fields = zip(expression.split(), _RANGES, strict=True)
    return [_values(field, low, high) for field, (low, high) in fields]


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
    if values is None:
        return "*"
    runs: list[list[int]] = []
    for value in values:
        if runs and runs[-1][-1] == value - 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return ",".join(
        f"{run[0]}-{run[-1]}" if len(run) >= _SHORTEST_RUN else ",".join(map(str, run))
        for run in runs
    )
