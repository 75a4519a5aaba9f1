"""A result is asked for that the run did not make."""

# caught: run KeyError

from typing import Annotated

import polars as pl
from flights import local

from glacier_runtime import Dataset, Pipeline

numbers = Dataset("numbers")


@local.task
def count() -> Annotated[pl.LazyFrame, numbers]:
    return pl.LazyFrame({"n": range(3)})


pipeline = Pipeline(name="counting", tasks=[count])


def use() -> None:
    pipeline.run()[Dataset("totals")]
