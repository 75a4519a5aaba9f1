"""A traced pipeline looks into rows that are not there yet."""

# caught: import GLC212

import polars as pl

from glacier_runtime import pipeline, task


@task
def count(up_to: int) -> pl.LazyFrame:
    return pl.LazyFrame({"n": range(up_to)})


@task
def double(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.select(pl.col("n") * 2)


@pipeline
def doubling() -> pl.LazyFrame:
    rows = count(3)
    if rows.collect().height > 2:
        return double(rows)
    return rows
