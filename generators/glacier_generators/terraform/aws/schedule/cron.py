"""From crontab(5), which users write, to the cron expressions of EventBridge.

EventBridge has six fields, counts days of the week from Sunday = 1, and wants a `?` for the one day field that is not
used: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based. Everything but `*` is written
out, days of the week by name, so that no difference in the meaning of steps and numbers can matter.
"""

from __future__ import annotations

from typing import Final

from glacier_runtime.cron_fields import cron_fields

__all__ = ["eventbridge_cron", "schedule_fault"]

_WEEKDAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_DAYS_OF_MONTH: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LONGEST: Final = 256  # API_CreateSchedule, ScheduleExpression
_SHORTEST_RUN: Final = 3  # of values that are written as a range

_Values = tuple[int, ...] | None  # None is all of them
_Days = tuple[_Values, _Values]


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
    fields = cron_fields(expression)
    minutes, hours, months = (
        _unless_all(*it) for it in ((fields.minutes, 60), (fields.hours, 24), (fields.months, 12))
    )
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
    months = cron_fields(expression).months
    if of_month and min(of_month) > max(_DAYS_OF_MONTH[month - 1] for month in months):
        return "names a day that none of its months has", "name a day that exists"
    if len(eventbridge_cron(expression)) > _LONGEST:
        return f"needs more than the {_LONGEST} characters of EventBridge", "name fewer moments"
    return None


def _days(expression: str) -> _Days | None:
    """Return the days of the month and of the week; None for both if only both together tell."""
    fields = cron_fields(expression)
    of_month = _unless_all(fields.days_of_month, 31)
    of_week = _unless_all(fields.days_of_week, len(_WEEKDAYS))
    if of_month is None or of_week is None:
        return (None, None) if fields.either else (of_month, of_week)
    return None


def _unless_all(values: tuple[int, ...], count: int) -> _Values:
    return None if len(values) == count else values


def _listed(values: _Values) -> str:
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
