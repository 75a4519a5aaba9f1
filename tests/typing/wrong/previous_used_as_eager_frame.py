"""The previous version of a dataset is carried by the same type as the dataset."""

from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Previous, Provider
from glacier_runtime.config import LocalConfig

local = Provider(config=LocalConfig()).local()
raw = Dataset("raw")
clean = Dataset("clean")
Raw = Annotated[pl.LazyFrame, raw]
Clean = Annotated[pl.LazyFrame, clean]


@local.task
def wash(raw: Raw, before: Previous[Clean]) -> Clean:
    return raw.head(before.height)  # wrong: mypy=attr-defined pyright=reportAttributeAccessIssue
