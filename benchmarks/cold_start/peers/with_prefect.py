"""The tasks in a flow of Prefect, with the server that it starts by itself."""

import polars as pl
from prefect import flow, task
from three_tasks import add_up, count, double


@task
def numbers() -> pl.LazyFrame:
    """Make numbers."""
    return count()


@task
def doubled(given: pl.LazyFrame) -> pl.LazyFrame:
    """Double and keep them."""
    double(given).sink_parquet("doubled.parquet")
    return pl.scan_parquet("doubled.parquet")


@task
def total(given: pl.LazyFrame) -> None:
    """Add them up."""
    add_up(given).sink_parquet("total.parquet")


@flow
def small() -> None:
    """Run all three."""
    total(doubled(numbers()))


small()
