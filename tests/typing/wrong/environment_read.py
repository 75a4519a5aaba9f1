"""A task reads an environment variable, which is neither parameter nor secret."""

# caught: warn GLC435

import os
from typing import Annotated

import polars as pl
from flights import local

from glacier_runtime import Dataset, Pipeline

numbers = Dataset("numbers")


@local.task
def count() -> Annotated[pl.LazyFrame, numbers]:
    return pl.LazyFrame({"n": [len(os.environ)]})


pipeline = Pipeline(name="counting", tasks=[count])
