"""The moment that a run stands for: as text, and as the run parameter `logical_date` takes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timezone
from typing import Annotated, Any, Final, get_args, get_origin

import polars as pl

from glacier_runtime.signatures import Parameter

__all__ = ["LOGICAL_DATE", "moment_of", "with_moment"]

LOGICAL_DATE: Final = "logical_date"
_WITH_ZONE: Final = re.compile(
    r"(?P<moment>[^\[\]]+)\[(?P<zone>[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*)\]"
)


def moment_of(text: str) -> datetime:
    """Read a moment of ISO 8601; in UTC, unless it says otherwise.

    With a time zone behind it (RFC 9557), it is written on the calendar of that zone: so a schedule says which day it is
    where somebody lives.

    Raises:
        ValueError: If it is none, or the zone is unknown.

    Example:
        >>> moment_of("2024-01-31").isoformat()
        '2024-01-31T00:00:00+00:00'
        >>> moment_of("2024-01-31T23:30:00Z[Europe/Berlin]").isoformat()
        '2024-02-01T00:30:00+01:00'
    """
    zoned = _WITH_ZONE.fullmatch(text)
    moment = datetime.fromisoformat(zoned["moment"] if zoned else text)
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return _on_calendar_of(zoned["zone"], moment) if zoned else moment


def _on_calendar_of(zone: str, moment: datetime) -> datetime:
    """Write a moment on the calendar of a zone. Polars knows all zones; a function's system may know none."""
    in_utc = moment.astimezone(UTC)
    naive = in_utc.replace(tzinfo=None)
    try:
        zoned = pl.Series([in_utc]).dt.convert_time_zone(zone)
    except pl.exceptions.ComputeError:
        raise ValueError(f"time zone {zone!r:.80} is unknown") from None
    local: datetime = zoned.dt.replace_time_zone(None).item()
    return local.replace(tzinfo=timezone(local - naive))


def with_moment(
    declared: Iterable[Parameter], moment: datetime | None, given: Mapping[str, object]
) -> Mapping[str, object]:
    """Add the run's moment to what is given, if a parameter `logical_date` asks for it.

    A parameter of type `date` gets the day on the calendar that the moment itself is written in: that of the schedule's
    time zone, if a schedule started the run.

    Args:
        declared: Run parameters.
        moment: The logical date of the run.
        given: Values by name; one that is given stays.

    Example:
        >>> from datetime import UTC
        >>> day = Parameter("logical_date", date, None, required=True)
        >>> with_moment([day], datetime(2026, 1, 2, 5, tzinfo=UTC), {})
        {'logical_date': datetime.date(2026, 1, 2)}
    """
    parameter = next((item for item in declared if item.name == LOGICAL_DATE), None)
    if parameter is None or moment is None or LOGICAL_DATE in given:
        return given
    kinds = _kinds(parameter.annotation)
    value: object = moment
    if str in kinds:
        value = moment.isoformat()
    elif date in kinds:
        value = moment.date()
    return {**given, LOGICAL_DATE: value}


def _kinds(annotation: Any) -> tuple[Any, ...]:
    """Return a type without what `Annotated` adds, or the members of a union."""
    if get_origin(annotation) is Annotated:
        return _kinds(get_args(annotation)[0])
    return get_args(annotation) or (annotation,)
