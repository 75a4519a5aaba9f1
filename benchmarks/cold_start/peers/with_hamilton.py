"""The tasks in Hamilton, which joins functions by names."""

import polars as pl
from hamilton import ad_hoc_utils, base, driver
from three_tasks import add_up, count, double


def numbers() -> pl.LazyFrame:
    """Make numbers."""
    return count()


def doubled(numbers: pl.LazyFrame) -> pl.LazyFrame:
    """Double them."""
    return double(numbers)


def total(doubled: pl.LazyFrame) -> pl.LazyFrame:
    """Add them up."""
    return add_up(doubled)


module = ad_hoc_utils.create_temporary_module(numbers, doubled, total, module_name="small")
made = driver.Builder().with_modules(module).with_adapter(base.DictResult()).build()
for name, frame in made.execute(["doubled", "total"]).items():
    frame.sink_parquet(f"{name}.parquet")
