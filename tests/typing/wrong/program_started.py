"""A task starts another program."""

# caught: warn GLC431

import subprocess
from typing import Annotated

import polars as pl
from flights import local

from glacier_runtime import Dataset, Pipeline

numbers = Dataset("numbers")


@local.task
def count() -> Annotated[pl.LazyFrame, numbers]:
    subprocess.run(["true"], check=True)
    return pl.LazyFrame({"n": [1, 2, 3]})


pipeline = Pipeline(name="counting", tasks=[count])
