"""A right is granted as the text of an action."""

# caught: import GLC109

from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Provider
from glacier_runtime.config import LocalConfig

local = Provider(config=LocalConfig()).local()
raw = Dataset("raw")
clean = Dataset("clean")
Raw = Annotated[pl.LazyFrame, raw]
Clean = Annotated[pl.LazyFrame, clean]


@local.task(grants=["sns:Publish"])  # wrong: mypy=list-item pyright=reportArgumentType
def wash(raw: Raw) -> Clean:
    return raw
