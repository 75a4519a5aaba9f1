"""The whole pipeline, checked and run for a few days on a copy of the sample data."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from glacier_runtime import LocalExecutor

from orders.datasets import (
    category_shares,
    completeness,
    daily_sales,
    orders,
    weekly_sales,
)
from orders.pipeline import pipeline

SOURCES = Path(__file__).parents[1] / "data" / "lake" / "raw"
SATURDAY, SUNDAY = "day=2026-01-17", "day=2026-01-18"


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake that holds nothing but the sources."""
    shutil.copytree(SOURCES, tmp_path / "data" / "lake" / "raw")
    return tmp_path / "data" / "lake"


@pytest.fixture
def making(lake: Path) -> Callable[..., LocalExecutor]:
    """Run on this machine, in the folder of that lake, and make some days."""

    def _making(*days: str) -> LocalExecutor:
        return LocalExecutor(root=lake.parents[1], partitions=days)

    return _making


def test_every_column_is_what_the_next_task_expects() -> None:
    report = pipeline.validate()

    assert report.ok, str(report)


def test_a_day_is_a_folder_and_made_by_itself(
    making: Callable[..., LocalExecutor], lake: Path
) -> None:
    pipeline.run(executor=making(SATURDAY))
    pipeline.run(executor=making(SUNDAY))

    for dataset in ("clean/orders", "marts/daily_sales", "marts/weekly_sales"):
        assert sorted(folder.name for folder in (lake / dataset).iterdir()) == [SATURDAY, SUNDAY]


def test_all_that_was_sold_is_in_every_mart(making: Callable[..., LocalExecutor]) -> None:
    result = pipeline.run(executor=making(SATURDAY, SUNDAY))

    ordered = result[orders].collect()
    sold = (ordered["cents"] * ordered["quantity"]).sum()
    assert result[daily_sales].collect()["cents"].sum() == sold
    assert result[category_shares].collect()["cents"].sum() == sold
    week = result[weekly_sales].collect().filter(pl.col("day") == date(2026, 1, 18))
    assert week["cents"].sum() == sold


def test_orders_that_come_a_day_late_are_there_when_their_day_is_made_again(
    making: Callable[..., LocalExecutor], lake: Path
) -> None:
    pipeline.run(executor=making(SATURDAY, SUNDAY))
    shutil.copytree(lake / "raw" / "tomorrow", lake / "raw" / "orders", dirs_exist_ok=True)

    result = pipeline.run(executor=making(SATURDAY, SUNDAY))

    counts = result[completeness].collect().sort("day")
    assert counts.select("at_first", "orders").rows() == [(50, 57), (25, 27)]
