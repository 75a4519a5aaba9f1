"""Datasets and aliases may be local to a function, as they are in tests."""

from typing import Annotated, assert_type

import polars as pl

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import LocalConfig


def make() -> Pipeline:
    local = Provider(config=LocalConfig()).local()
    numbers = Dataset("numbers")

    @local.task
    def count() -> Annotated[pl.LazyFrame, numbers]:
        return pl.LazyFrame({"n": [1, 2, 3]})

    @local.task
    def show(numbers: Annotated[pl.LazyFrame, numbers]) -> None:
        assert_type(numbers, pl.LazyFrame)

    return Pipeline(name="counting", tasks=[count, show])


pipeline = make()
