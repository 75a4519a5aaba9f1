"""A task of two outputs gives a tuple, not a frame."""

# caught: import AttributeError

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


wash(pl.LazyFrame()).collect()  # wrong: mypy=attr-defined pyright=reportAttributeAccessIssue
