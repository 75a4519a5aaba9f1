"""A test calls a task with an eager frame where it takes a lazy one."""

# caught: not at all

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


wash(pl.DataFrame())  # wrong: mypy=arg-type pyright=reportArgumentType
