"""A figure of a result is misspelled."""

# caught: import AttributeError

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


result = Pipeline(name="washing", tasks=[wash]).run()
assert result[clean].row == 3  # wrong: mypy=attr-defined pyright=reportAttributeAccessIssue
