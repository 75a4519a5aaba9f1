"""A task waits for one that its pipeline does not have."""

# caught: validate GLC315

from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Pipeline, task

numbers = Dataset("numbers")
Numbers = Annotated[pl.LazyFrame, numbers]


@task(depends_on=["prepare"])
def count() -> Numbers:
    return pl.LazyFrame({"n": [1, 2, 3]})


pipeline = Pipeline([count], name="counting")
