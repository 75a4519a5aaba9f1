"""An executor is an object; the name of one is a mode."""

from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import LocalConfig

local = Provider(config=LocalConfig()).local()
raw = Dataset("raw")
clean = Dataset("clean")
Raw = Annotated[pl.LazyFrame, raw]
Clean = Annotated[pl.LazyFrame, clean]


@local.task
def wash(raw: Raw) -> Clean:
    return raw


pipeline = Pipeline(name="washing", tasks=[wash])
pipeline.run(executor="local")  # wrong: mypy=arg-type pyright=reportArgumentType
