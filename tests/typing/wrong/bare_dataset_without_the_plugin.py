"""A dataset itself is the annotation, and mypy has no plugin."""

# caught: not at all

import polars as pl
from flights import local

from glacier_runtime import Dataset, Pipeline

numbers = Dataset("numbers")


@local.task
def count() -> numbers:  # wrong: mypy=valid-type pyright=reportInvalidTypeForm
    return pl.LazyFrame({"n": [1, 2, 3]})


pipeline = Pipeline(name="counting", tasks=[count])
