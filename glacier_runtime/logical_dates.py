"""The moment that a run stands for, as the run parameter `logical_date` takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, Any, Final, get_args, get_origin

from glacier_runtime.signatures import Parameter

__all__ = ["LOGICAL_DATE", "with_moment"]

LOGICAL_DATE: Final = "logical_date"


def with_moment(
    declared: Iterable[Parameter], moment: datetime | None, given: Mapping[str, object]
) -> Mapping[str, object]:
    """Add the run's moment to what is given, if a parameter `logical_date` asks for it.

    A parameter of type `date` gets the day on the calendar that the moment itself is written in: UTC, as schedules of a
    cloud write it.

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
