"""A task reads data that its signature does not name."""

# caught: warn GLC434

from pathlib import Path
from typing import Annotated

import polars as pl
from flights import local

from glacier_runtime import Dataset, Pipeline

numbers = Dataset("numbers")


@local.task
def count(path: str = "/dev/null") -> Annotated[pl.LazyFrame, numbers]:
    return pl.LazyFrame({"n": [len(Path(path).read_text())]})


pipeline = Pipeline(name="counting", tasks=[count])
