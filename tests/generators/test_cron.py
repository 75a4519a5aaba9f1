"""A schedule means in AWS what it means in crontab(5), or is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from glacier_generators.terraform.aws.schedule.cron import eventbridge_cron, schedule_fault
from hypothesis import given
from hypothesis import strategies as st

from glacier_runtime import Cron
from tests.generators.crontab import crontab_fires, eventbridge_fires

RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


@st.composite
def parts(draw: st.DrawFn, low: int, high: int) -> str:
    first = draw(st.integers(low, high))
    last = draw(st.integers(first, high))
    span = draw(st.sampled_from(["*", f"{first}", f"{first}-{last}"]))
    step = draw(st.integers(1, high + 3))
    return draw(st.sampled_from([span, span, f"{span}/{step}"]))


@st.composite
def expressions(draw: st.DrawFn) -> str:
    fields = [
        draw(st.just("*") | st.lists(parts(low, high), min_size=1, max_size=4).map(",".join))
        for low, high in RANGES
    ]
    return Cron(" ".join(fields)).expression


moments = st.datetimes(datetime(2023, 1, 1), datetime(2029, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC)
)


@given(expressions(), st.lists(moments, min_size=20, max_size=20))
def test_eventbridge_starts_when_cron_would(expression: str, times: list[datetime]) -> None:
    if schedule_fault(expression) is not None:
        return
    translated = eventbridge_cron(expression)

    # Moments beside those that fire tell most.
    fields = [
        field.split(",")[0].partition("-")[0].lstrip("*/?") for field in translated[5:-1].split()
    ]
    near = [
        moment.replace(minute=int(fields[0] or moment.minute), hour=int(fields[1] or moment.hour))
        + timedelta(minutes=offset)
        for moment in times
        for offset in (-1, 0, 1)
    ]
    for when in (*times, *near):
        assert eventbridge_fires(translated, when) == crontab_fires(expression, when), when


@given(expressions())
def test_what_can_be_said_with_one_day_field_is_not_refused(expression: str) -> None:
    _, _, day, _, weekday = expression.split()
    if "*" in {day, weekday}:
        fault = schedule_fault(expression)
        assert fault is None or "names a day that none of its months has" in fault[0]


@pytest.mark.parametrize(
    ("expression", "translated"),
    [
        ("0 5 * * *", "cron(0 5 * * ? *)"),
        ("* * * * *", "cron(* * * * ? *)"),
        ("*/15 8-18 * * 1-5", "cron(0,15,30,45 8-18 ? * MON,TUE,WED,THU,FRI *)"),
        ("0 0 1,15 * *", "cron(0 0 1,15 * ? *)"),
        ("0 0 * * 0", "cron(0 0 ? * SUN *)"),
        ("0 0 * * 7", "cron(0 0 ? * SUN *)"),
        ("0 0 * * 6-7", "cron(0 0 ? * SUN,SAT *)"),
        ("0 0 29 2 *", "cron(0 0 29 2 ? *)"),
        # Either of two restricted days, and one of them is every day.
        ("0 0 1-31 * 1", "cron(0 0 * * ? *)"),
        ("0 0 13 * 0-6", "cron(0 0 * * ? *)"),
        # Both of two, if one begins with a star.
        ("0 0 */1 * 1", "cron(0 0 ? * MON *)"),
    ],
)
def test_expressions_are_written_as_aws_documents_them(expression: str, translated: str) -> None:
    assert schedule_fault(expression) is None
    assert eventbridge_cron(expression) == translated


@pytest.mark.parametrize(
    ("expression", "fault"),
    [
        ("0 0 13 * 5", "can say only one of them"),
        ("0 0 */2 * 1", "can say only one of them"),
        ("0 0 30,31 2 *", "names a day that none of its months has"),
        ("0 0 31 2,4,6,9,11 *", "names a day that none of its months has"),
    ],
)
def test_what_eventbridge_cannot_say_is_refused_with_a_way_out(expression: str, fault: str) -> None:
    found = schedule_fault(expression)

    assert found is not None
    assert fault in found[0]
    assert found[1]
