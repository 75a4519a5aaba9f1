"""A pipeline is asked about a task that it does not have."""

# caught: run GLC316

from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Pipeline, task

numbers = Dataset("numbers")
Numbers = Annotated[pl.LazyFrame, numbers]


@task
def count() -> Numbers:
    return pl.LazyFrame({"n": [1, 2, 3]})


pipeline = Pipeline([count], name="counting")


def use() -> None:
    pipeline.get_consumers("cuont")
