"""What a pipeline is made of is said by name."""

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


pipeline = Pipeline("washing", tasks=[wash])  # wrong: mypy=call-arg pyright=reportCallIssue
