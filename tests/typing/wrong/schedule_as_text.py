"""A schedule is a Cron, which checks its expression."""

# caught: import GLC106

from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import LocalConfig

local = Provider(config=LocalConfig()).local()
clean = Dataset("clean")
Clean = Annotated[pl.LazyFrame, clean]


@local.task
def wash() -> Clean:
    return pl.LazyFrame({"n": [1, 2, 3]})


pipeline = Pipeline(
    name="washing",
    tasks=[wash],
    schedule="0 5 * * *",  # wrong: mypy=arg-type pyright=reportArgumentType
)
