"""What is asked for, and the moment that a run stands for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated, Any

import pytest
from pydantic import Field

from glacier_runtime.errors import ParameterError
from glacier_runtime.parameters import resolve
from glacier_runtime.run_task.request import Request, read_request, with_logical_date
from glacier_runtime.signatures import Parameter

FIVE = datetime(2024, 1, 1, 5, tzinfo=UTC)


def resolved(annotation: Any, request: Request, **given: object) -> object:
    parameters = (Parameter("logical_date", annotation, None, required=True),)
    return resolve(parameters, with_logical_date(parameters, request, given))["logical_date"]


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (date, date(2024, 1, 1)),
        (date | None, date(2024, 1, 1)),
        (datetime, FIVE),
        (datetime | None, FIVE),
        (str, "2024-01-01T05:00:00+00:00"),
        (Annotated[date, Field(description="the day")], date(2024, 1, 1)),
    ],
)
def test_a_parameter_receives_the_logical_date_as_its_type_says(
    annotation: Any, expected: object
) -> None:
    request = read_request({"task": "t", "run_id": "r", "logical_date": "2024-01-01T05:00:00Z"})

    assert resolved(annotation, request) == expected


def test_what_is_given_counts_more_than_the_logical_date() -> None:
    assert resolved(date, Request("t", "r", 0, FIVE), logical_date="2023-05-05") == date(2023, 5, 5)


def test_a_parameter_of_that_name_is_required_where_there_is_no_logical_date() -> None:
    with pytest.raises(ParameterError) as failure:
        resolved(date, Request("t", "r"))

    assert failure.value.codes == ("GLC604",)


def test_a_task_without_that_parameter_is_given_nothing() -> None:
    assert with_logical_date((), Request("t", "r", 0, FIVE), {"n": 1}) == {"n": 1}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-01-01T05:00:00Z", FIVE),
        ("2024-01-01T05:00:00.000Z", FIVE),
        ("2024-01-01T05:00:00", FIVE),
        ("2024-01-01", FIVE - timedelta(hours=5)),
        ("2024-01-01T05:00:00+02:00", datetime(2024, 1, 1, 5, tzinfo=timezone(timedelta(hours=2)))),
        ("2024-01-01T05:00:00Z[UTC]", FIVE),
        ("2024-01-01T05:00:00Z[America/New_York]", FIVE),
    ],
)
def test_moments_are_read_as_iso_8601_writes_them(text: str, moment: datetime) -> None:
    data = {"task": "t", "run_id": "r", "logical_date": text}

    assert read_request(data).logical_date == moment


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-01-31T23:30:00Z", date(2024, 1, 31)),
        ("2024-01-31T23:30:00Z[Europe/Berlin]", date(2024, 2, 1)),
        ("2024-07-31T21:30:00Z[Europe/Berlin]", date(2024, 7, 31)),
        ("2024-07-31T22:30:00Z[Europe/Berlin]", date(2024, 8, 1)),
        ("2024-02-01T04:30:00Z[America/New_York]", date(2024, 1, 31)),
    ],
)
def test_the_day_of_a_moment_is_that_of_the_time_zone_behind_it(text: str, day: date) -> None:
    assert resolved(date, read_request({"task": "t", "run_id": "r", "logical_date": text})) == day


@pytest.mark.parametrize("zone", ["Nowhere/City", "", "UTC]["])
def test_a_time_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(ParameterError, match="GLC518"):
        read_request({"task": "t", "run_id": "r", "logical_date": f"2024-01-31T00:00:00Z[{zone}]"})


def test_everything_that_is_wrong_is_told_at_once() -> None:
    data = {"run_id": "a b", "attempt": 1.5, "logical_date": 3, "params": "n=1", "why": 1}
    with pytest.raises(ParameterError) as failure:
        read_request(data)

    assert failure.value.codes == ("GLC518",) * 6


@pytest.mark.parametrize(
    "run_id", ["", ".", "..", "../x", "a/b", "a b", "*", "é", "x" * 101, None, 3]
)
def test_a_run_id_that_could_mean_more_than_a_name_is_refused(run_id: object) -> None:
    with pytest.raises(ParameterError):
        read_request({"task": "t", "run_id": run_id})
