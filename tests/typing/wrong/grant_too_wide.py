"""A right is granted on everything, by a wildcard in its action."""

# caught: import GLC109

from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Grant, Provider
from glacier_runtime.config import LocalConfig

local = Provider(config=LocalConfig()).local()
raw = Dataset("raw")
clean = Dataset("clean")
Raw = Annotated[pl.LazyFrame, raw]
Clean = Annotated[pl.LazyFrame, clean]


@local.task(grants=[Grant(actions=["s3:*"], resources=["*"], reason="to be safe")])
def wash(raw: Raw) -> Clean:
    return raw
