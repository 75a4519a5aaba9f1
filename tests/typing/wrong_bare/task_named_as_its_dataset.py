"""A task has the name of a dataset of its module."""

# caught: not at all

import polars as pl

from glacier_runtime import Dataset, Pipeline

numbers = Dataset("numbers")
pipeline = Pipeline(name="counting")


@pipeline.task  # wrong: mypy=no-redef
def numbers() -> numbers:
    return pl.LazyFrame({"n": [1, 2, 3]})
