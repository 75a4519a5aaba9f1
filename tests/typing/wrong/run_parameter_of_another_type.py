"""A run parameter has another type than its task declares."""

# caught: run GLC603

from typing import Annotated

import polars as pl
from flights import local

from glacier_runtime import Dataset, Pipeline

numbers = Dataset("numbers")


@local.task
def count(up_to: int = 3) -> Annotated[pl.LazyFrame, numbers]:
    return pl.LazyFrame({"n": range(up_to)})


pipeline = Pipeline(name="counting", tasks=[count])


def use() -> None:
    pipeline.run(params={"up_to": "many"})
