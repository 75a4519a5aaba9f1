"""The whole pipeline, checked and run on a copy of the sample data."""

import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from glacier_runtime import LocalExecutor

from flights.datasets import (
    carrier_report,
    clean_flights,
    rejected_flights,
    weather_impact,
)
from flights.pipeline import pipeline

SOURCES = Path(__file__).parents[1] / "data" / "lake" / "raw"
SCHEDULED = 12_074


@pytest.fixture
def here(tmp_path: Path) -> LocalExecutor:
    """Run on this machine, in a folder that holds nothing but the sources."""
    shutil.copytree(SOURCES, tmp_path / "data" / "lake" / "raw")
    return LocalExecutor(root=tmp_path)


def test_every_column_is_what_the_next_task_expects() -> None:
    report = pipeline.validate()

    assert report.ok, str(report)


def test_every_scheduled_flight_is_accounted_for(here: LocalExecutor) -> None:
    result = pipeline.run(executor=here)

    arrived = result[clean_flights].collect().height
    assert arrived + result[rejected_flights].collect().height == SCHEDULED
    assert result[carrier_report].collect()["scheduled"].sum() == SCHEDULED
    assert result[weather_impact].collect()["flights"].sum() == arrived


def test_flights_lie_in_one_folder_a_day(here: LocalExecutor, tmp_path: Path) -> None:
    pipeline.run(executor=here)

    days = sorted(folder.name for folder in (tmp_path / "data/lake/clean/flights").iterdir())
    assert days == [f"day=2013-01-{day}" for day in range(18, 32)]


def test_bad_weather_costs_more_than_clear_weather_everywhere(here: LocalExecutor) -> None:
    impact = pipeline.run(executor=here)[weather_impact].collect()

    excess = impact.pivot(on="condition", index="origin", values="mean_excess_delay")
    assert excess.filter(pl.col("low visibility") <= pl.col("clear")).is_empty()


def test_the_report_starts_where_it_is_asked_to(here: LocalExecutor) -> None:
    report = pipeline.run(executor=here, params={"since": date(2013, 1, 31)})[carrier_report]

    assert report.collect()["scheduled"].sum() == 928
