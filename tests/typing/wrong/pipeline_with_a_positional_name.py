"""A pipeline is given its name where its tasks belong."""

# caught: import TypeError

from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import LocalConfig

local = Provider(config=LocalConfig()).local()
clean = Dataset("clean")
Clean = Annotated[pl.LazyFrame, clean]


@local.task
def wash() -> Clean:
    return pl.LazyFrame({"n": [1, 2, 3]})


pipeline = Pipeline("washing", tasks=[wash])  # wrong: mypy=arg-type,misc pyright=reportCallIssue
