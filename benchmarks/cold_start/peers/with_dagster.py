"""The tasks as assets of Dagster, kept as it keeps what is not said otherwise."""

import polars as pl
from dagster import DagsterInstance, FilesystemIOManager, asset, materialize
from three_tasks import add_up, count, double


@asset
def numbers() -> pl.DataFrame:
    """Make numbers."""
    return count().collect()


@asset
def doubled(numbers: pl.DataFrame) -> pl.DataFrame:
    """Double them."""
    return double(numbers.lazy()).collect()


@asset
def total(doubled: pl.DataFrame) -> pl.DataFrame:
    """Add them up."""
    return add_up(doubled.lazy()).collect()


with DagsterInstance.ephemeral() as instance:
    keeper = FilesystemIOManager(base_dir="kept")
    done = materialize(
        [numbers, doubled, total], resources={"io_manager": keeper}, instance=instance
    )
assert done.success
