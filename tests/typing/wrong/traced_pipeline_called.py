"""A traced pipeline is run, not called."""

# caught: import TypeError

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
    return double(count(3))


doubling()  # wrong: mypy=operator pyright=reportCallIssue
