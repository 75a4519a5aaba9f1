"""Run parameters are a mapping."""

# caught: import TypeError

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


pipeline = Pipeline(name="washing", tasks=[wash])
pipeline.run(params=[("limit", 3)])  # wrong: mypy=call-overload pyright=reportArgumentType
