"""An executor is an object; the name of one is a mode."""

# caught: import GLC605

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
# wrong: mypy=call-overload pyright=reportArgumentType,reportCallIssue
pipeline.run(executor="local")
