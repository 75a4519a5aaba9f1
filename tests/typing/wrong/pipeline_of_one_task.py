"""Tasks are given as a list, even if there is one."""

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


pipeline = Pipeline(name="washing", tasks=wash)  # wrong: mypy=arg-type pyright=reportArgumentType
