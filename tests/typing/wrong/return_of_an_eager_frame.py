"""A task that promises a lazy frame returns an eager one."""

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
    return raw.collect()  # wrong: mypy=return-value pyright=reportReturnType
