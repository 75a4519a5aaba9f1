"""A traced pipeline calls a task without its argument, which then is a parameter of the run."""

# caught: run GLC604

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
    return double(count())  # wrong: mypy=call-arg pyright=reportCallIssue
