"""Cron expressions and time zones: what every cloud understands, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from glacier_runtime import Cron
from glacier_runtime.errors import DefinitionError, Problem
from tests.unit.builders import codes

ACCEPTED = [
    "* * * * *",
    "0 5 * * *",
    "59 23 31 12 7",
    "0 0 1 1 0",
    "*/15 * * * *",
    "0-30/10 8-18 * * 1-5",
    "0,30 6,18 1,15 * *",
    "00 05 * * *",
]
REFUSED = [
    ("", "has 0 fields instead of 5"),
    ("0 5 * *", "has 4 fields instead of 5"),
    ("0 0 5 * * *", "has 6 fields instead of 5"),
    ("@daily", "has 1 fields instead of 5"),
    ("60 5 * * *", "has '60' as minute, which must be within 0-59"),
    ("0 24 * * *", "has '24' as hour, which must be within 0-23"),
    ("0 5 0 * *", "has '0' as day of month, which must be within 1-31"),
    ("0 5 32 * *", "has '32' as day of month"),
    ("0 5 * 13 *", "has '13' as month, which must be within 1-12"),
    ("0 5 * * 8", "has '8' as day of week, which must be within 0-7"),
    ("0 5 * * MON", "has 'MON' as day of week"),
    ("0 5 * JAN *", "has 'JAN' as month"),
    ("0 5 ? * *", "has '?' as day of month"),
    ("0 5 L * *", "has 'L' as day of month"),
    ("-1 5 * * *", "has '-1' as minute"),
    ("30-10 5 * * *", "has '30-10' as minute"),
    ("*/0 5 * * *", "has '*/0' as minute"),
    ("*-5 5 * * *", "has '*-5' as minute"),
    ("1, 5 * * *", "has '1,' as minute"),
    (",1 5 * * *", "has ',1' as minute"),
    ("1//2 5 * * *", "has '1//2' as minute"),
    ("1.5 5 * * *", "has '1.5' as minute"),
    ("\N{ARABIC-INDIC DIGIT ZERO} 5 * * *", "as minute"),
    ("0 5 * * *;reboot", "as day of week"),
    ("{{minute}} 5 * * *", "has '{{minute}}' as minute"),
    ("${minute} 5 * * *", "has '${minute}' as minute"),
    ("9" * 5000 + " 5 * * *", "as minute"),
]


@pytest.mark.parametrize("expression", ACCEPTED)
def test_a_good_expression_is_kept_as_it_is(expression: str) -> None:
    assert Cron(expression).expression == expression


@pytest.mark.parametrize(("expression", "why"), REFUSED, ids=lambda text: ascii(text)[:30])
def test_a_bad_expression_is_refused_with_the_reason(expression: str, why: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        Cron(expression)

    assert set(caught.value.codes) == {"GLC106"}
    assert why in str(caught.value)
    assert "five fields" in caught.value.problems[0].fix


def test_spaces_around_fields_do_not_matter() -> None:
    assert Cron(" 0  5 * *\t* \n") == Cron("0 5 * * *")


def test_a_schedule_is_in_utc_unless_it_says_otherwise() -> None:
    assert Cron("0 5 * * *").timezone == "UTC"
    assert Cron("0 5 * * *", timezone="Europe/Berlin").timezone == "Europe/Berlin"


@pytest.mark.parametrize(
    "timezone",
    ["", "Mars/Base", "Europe", "../etc/passwd", "/etc/localtime", "UTC\n", "a\0b", "${tz}"],
)
def test_an_unknown_time_zone_is_refused(timezone: str) -> None:
    with pytest.raises(DefinitionError, match="is unknown") as caught:
        Cron("0 5 * * *", timezone=timezone)

    assert caught.value.codes == ("GLC106",)


def test_all_faults_of_a_schedule_are_reported_at_once() -> None:
    with pytest.raises(DefinitionError) as caught:
        Cron("60 24 * * *", timezone="Mars/Base")

    assert caught.value.codes == ("GLC106", "GLC106", "GLC106")


def test_a_schedule_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Cron("0 5 * * *").expression = "0 6 * * *"  # type: ignore[misc]


@given(st.text() | st.text(alphabet="0123456789*/-, ", max_size=30), st.text(max_size=20))
def test_any_text_is_a_schedule_or_is_refused_readably(expression: str, timezone: str) -> None:
    problems, cron = declared(expression, timezone)

    assert set(codes(problems)) <= {"GLC106"}
    assert all(problem.message.isprintable() for problem in problems)
    assert cron is None or len(cron.expression.split(" ")) == 5


def declared(expression: str, timezone: str) -> tuple[tuple[Problem, ...], Cron | None]:
    try:
        return (), Cron(expression, timezone=timezone)
    except DefinitionError as error:
        return error.problems, None


def test_a_run_that_would_overlap_another_waits_unless_something_else_is_said() -> None:
    assert Cron("0 5 * * *").overlap == "queue"
    assert Cron("0 5 * * *", overlap="skip").overlap == "skip"


def test_what_says_nothing_of_runs_that_overlap_is_refused_with_all_else() -> None:
    with pytest.raises(DefinitionError) as caught:
        Cron("0 5 * *", overlap="never")  # type: ignore[arg-type]

    assert [problem.code.code for problem in caught.value.problems] == ["GLC106", "GLC720"]
