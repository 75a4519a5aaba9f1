"""A bare dataset is given type arguments."""

# caught: import TypeError

import polars as pl
from flights import local

from glacier_runtime import Dataset

numbers = Dataset("numbers")


@local.task
def count() -> numbers[int]:  # wrong: mypy=valid-type
    return pl.LazyFrame({"n": [1, 2, 3]})
