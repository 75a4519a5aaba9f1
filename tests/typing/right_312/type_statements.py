"""Aliases may be `type` statements, from Python 3.12 on."""

from typing import Annotated, assert_type

import polars as pl
from pydantic import BaseModel

from glacier_runtime import Dataset, Pipeline, Previous, Provider, dataset_of
from glacier_runtime.config import LocalConfig


class Number(BaseModel):
    n: int


provider = Provider(config=LocalConfig())
lake = provider.bucket("lake")
local = provider.local()
numbers = Dataset("numbers", storage=lake.at("numbers.parquet"), schema=Number)
total = Dataset("total", storage=lake.at("total.json"), schema=Number)

type Frame = pl.LazyFrame
type Numbers = Annotated[Frame, numbers]
type Total = Annotated[Number, total]


@local.task
def count(before: Previous[Numbers]) -> Numbers:
    assert_type(before.collect(), pl.DataFrame)
    return pl.concat([before, pl.LazyFrame({"n": [1, 2, 3]})])


@local.task
def add(numbers: Numbers) -> tuple[Total, Annotated[Frame, Dataset("copy")]]:
    return Number(n=numbers.sum().collect().item()), numbers


assert_type(add(pl.LazyFrame())[0].n, int)
assert_type(dataset_of(Numbers), Dataset)
pipeline = Pipeline(name="counting", tasks=[count, add])
