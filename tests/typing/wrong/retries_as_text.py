"""A number is given as text."""

# caught: import GLC107

from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Provider
from glacier_runtime.config import LocalConfig

local = Provider(config=LocalConfig()).local()
raw = Dataset("raw")
clean = Dataset("clean")
Raw = Annotated[pl.LazyFrame, raw]
Clean = Annotated[pl.LazyFrame, clean]


@local.task(retries="3")  # wrong: mypy=call-overload,untyped-decorator pyright=reportArgumentType
def wash(raw: Raw) -> Clean:
    return raw
