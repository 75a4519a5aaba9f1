"""A figure of a result is misspelled."""

from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import LocalConfig

local = Provider(config=LocalConfig()).local()
raw = Dataset("raw")
clean = Dataset("clean")
Raw = Annotated[pl.LazyFrame, raw]
Clean = Annotated[pl.LazyFrame, clean]


@local.task
def wash(raw: Raw) -> Clean:
    return raw


result = Pipeline(name="washing", tasks=[wash]).run()
assert result[clean].row == 3  # wrong: mypy=attr-defined pyright=reportAttributeAccessIssue
