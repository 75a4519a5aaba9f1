"""A task promises two bare datasets and returns one."""

# caught: validate GLC406

import polars as pl
from flights import local

from glacier_runtime import Dataset, Pipeline

numbers = Dataset("numbers")
few = Dataset("few")


@local.task
def count() -> tuple[numbers, few]:
    return pl.LazyFrame({"n": [1, 2, 3]})  # wrong: mypy=return-value


pipeline = Pipeline(name="counting", tasks=[count])
