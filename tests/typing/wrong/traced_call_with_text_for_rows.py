"""A traced pipeline passes text where a task takes rows."""

# caught: validate GLC211

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
    return double("numbers")  # wrong: mypy=arg-type pyright=reportArgumentType
