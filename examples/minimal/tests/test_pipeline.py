"""The task on a few rows; `run_task` checks columns and rules as a run would."""

from datetime import date

from glacier_runtime.testing import run_task

from minimal.pipeline import average, readings

DAY = date(2026, 1, 5)


def test_a_day_is_the_mean_of_its_readings() -> None:
    rows = [
        {"day": DAY, "sensor": "a", "celsius": 1.0},
        {"day": DAY, "sensor": "b", "celsius": 2.0},
    ]

    assert run_task(average, inputs={readings: rows}).frame.rows() == [(DAY, 2, 1.5)]
