"""A test misspells a run parameter."""

# caught: import TypeError

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
def wash(raw: Raw, limit: int = 3) -> tuple[Clean, Raw]:
    return raw.head(limit), raw


wash(pl.LazyFrame(), limti=3)  # wrong: mypy=call-arg pyright=reportCallIssue
