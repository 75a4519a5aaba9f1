"""A bare dataset of rows is used as a document."""

# caught: run GLC601

import polars as pl
from flights import local

from glacier_runtime import Dataset, Pipeline

numbers = Dataset("numbers")
few = Dataset("few")


@local.task
def count() -> numbers:
    return pl.LazyFrame({"n": [1, 2, 3]})


@local.task
def select(numbers: numbers) -> few:
    return pl.LazyFrame({"n": [numbers["n"]]})  # wrong: mypy=index


pipeline = Pipeline(name="counting", tasks=[count, select])
