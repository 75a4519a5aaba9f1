"""A task returns what its annotation does not say."""

from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Provider
from glacier_runtime.config import LocalConfig

local = Provider(config=LocalConfig()).local()
raw = Dataset("raw")
clean = Dataset("clean")
Raw = Annotated[pl.LazyFrame, raw]
Clean = Annotated[pl.LazyFrame, clean]


@local.task
def wash(raw: Raw) -> Clean:
    return len(raw.collect_schema())  # wrong: mypy=return-value pyright=reportReturnType
