"""A task returns one of the two datasets it promises."""

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
def wash(raw: Raw) -> tuple[Clean, Raw]:
    return raw  # wrong: mypy=return-value pyright=reportReturnType
