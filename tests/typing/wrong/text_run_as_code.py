"""A task runs text as code."""

# caught: warn GLC433


from typing import Annotated

import polars as pl
from flights import local

from glacier_runtime import Dataset, Pipeline

numbers = Dataset("numbers")


@local.task
def count(rule: str = "1 + 2") -> Annotated[pl.LazyFrame, numbers]:
    return pl.LazyFrame({"n": [eval(rule)]})


pipeline = Pipeline(name="counting", tasks=[count])
