"""When a deployed pipeline runs: a cron expression with a time zone."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from glacier_runtime.cron_fields import PART, RANGES, cron_fields
from glacier_runtime.errors import Code, DefinitionError, Problem

__all__ = [
    "ArrivalOverlap",
    "Cron",
    "Overlap",
    "check_schedule",
    "overlap_problems",
    "zone_problems",
]

Overlap: TypeAlias = Literal["queue", "skip", "allow"]
"""What becomes of a run that is to start while another one of its pipeline is going on: it waits, is left out, or starts."""
ArrivalOverlap: TypeAlias = Literal["queue", "allow"]
"""The same of a run that starts because files have arrived: left out, they would lie there until others come."""

_MEANINGS: Final = {
    "queue": '"queue" to let it wait',
    "skip": '"skip" to leave it out',
    "allow": '"allow" to start it all the same',
}

_LONGEST_MONTH: Final = 31
_WEEKDAYS: Final = 7


class Cron(BaseModel):
    """A schedule in the five fields of crontab(5): minute, hour, day of month, month, day of week.

    Numbers, ranges (`1-5`), lists (`0,30`), steps (`*/15`) and `*` are accepted; names (`MON`) and `@daily` are not,
    because clouds disagree about them.

    Args:
        expression: The five fields.
        timezone: An IANA time zone. A run's logical date is written on its calendar.
        overlap: What becomes of a run whose time comes while another one is going on: `queue` lets it wait, `skip` leaves it
            out, `allow` starts it beside the other.

    Raises:
        DefinitionError: GLC106, if a field is out of range, cannot be read, or the zone is unknown; GLC720 for another `overlap`.

    Example:
        >>> Cron("0 5 * * *", timezone="Europe/Berlin").timezone
        'Europe/Berlin'
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    expression: str
    timezone: str = "UTC"
    overlap: Overlap = "queue"

    def __init__(
        self, expression: str, *, timezone: str = "UTC", overlap: Overlap = "queue"
    ) -> None:
        problems = [
            *_expression_problems(expression),
            *zone_problems(timezone),
            *overlap_problems(overlap),
        ]
        if problems:
            raise DefinitionError(problems)
        super().__init__(
            expression=" ".join(expression.split()), timezone=timezone, overlap=overlap
        )

    @property
    def combines_days(self) -> bool:
        """Whether it restricts the day of the month and the day of the week, which not every scheduler can."""
        fields = cron_fields(self.expression)
        return len(fields.days_of_month) < _LONGEST_MONTH and len(fields.days_of_week) < _WEEKDAYS


def _expression_problems(expression: str) -> list[Problem]:
    fields = expression.split()
    if len(fields) != len(RANGES):
        return [_problem(expression, f"has {len(fields)} fields instead of {len(RANGES)}")]
    return [
        _problem(expression, f"has {value!r} as {name}, which must be within {low}-{high}")
        for value, (name, low, high) in zip(fields, RANGES, strict=True)
        if not all(_part_is_valid(part, low, high) for part in value.split(","))
    ]


def _part_is_valid(part: str, low: int, high: int) -> bool:
    if (match := PART.fullmatch(part)) is None:
        return False
    first, last, step = (int(group) if group else None for group in match.groups())
    bounds = [bound for bound in (first, last) if bound is not None]
    return all(low <= bound <= high for bound in bounds) and bounds == sorted(bounds) and step != 0


def check_schedule(pipeline: str, schedule: object) -> Cron | None:
    """Return what was given as the schedule of a pipeline, whatever a type checker would have said of it.

    Raises:
        DefinitionError: GLC106, if it is none.

    Example:
        >>> check_schedule("flights", None) is None
        True
    """
    if schedule is None or isinstance(schedule, Cron):
        return schedule
    raise DefinitionError(
        Problem(
            code=Code.BAD_SCHEDULE,
            message=f"pipeline {pipeline!r} has schedule={schedule!r:.80}, which is no Cron",
            fix='write schedule=Cron("0 5 * * *", timezone="Europe/Berlin")',
        )
    )


def overlap_problems(overlap: object, allowed: object = Overlap) -> list[Problem]:
    """Return what is wrong with what is to become of runs that overlap.

    Args:
        overlap: What was given.
        allowed: The literal type of what may be.

    Example:
        >>> [problem.code.code for problem in overlap_problems("never")]
        ['GLC720']
    """
    words = get_args(allowed)
    if overlap in words:
        return []
    meanings = ", ".join(_MEANINGS[word] for word in words)
    return [
        Problem(
            code=Code.BAD_OVERLAP,
            message=f"overlap={overlap!r:.80} says nothing of a run that is to start while another one is going on",
            fix=f"write overlap={meanings}",
        )
    ]


def zone_problems(timezone: str) -> list[Problem]:
    """Return what is wrong with the name of a time zone.

    Example:
        >>> zone_problems("Europe/Berlin")
        []
    """
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        return [
            Problem(
                code=Code.BAD_SCHEDULE,
                message=f"time zone {timezone!r:.80} is unknown",
                fix='use an IANA name such as "UTC" or "Europe/Berlin"',
            )
        ]
    return []


def _problem(expression: str, fault: str) -> Problem:
    return Problem(
        code=Code.BAD_SCHEDULE,
        message=f"cron expression {expression!r:.80} {fault}",
        fix='write five fields, such as "0 5 * * *" for five o\'clock every day',
    )
