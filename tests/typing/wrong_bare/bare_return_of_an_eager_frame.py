"""A task promises a bare dataset and returns an eager frame."""

# caught: validate GLC406

import polars as pl
from flights import local

from glacier_runtime import Dataset, Pipeline

numbers = Dataset("numbers")


@local.task
def count() -> numbers:
    return pl.DataFrame({"n": [1, 2, 3]})  # wrong: mypy=return-value


pipeline = Pipeline(name="counting", tasks=[count])
