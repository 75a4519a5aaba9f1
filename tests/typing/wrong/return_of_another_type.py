"""A task returns what its annotation does not say."""

# caught: validate GLC406

from typing import Annotated

import polars as pl
from flights import local
from pydantic import BaseModel

from glacier_runtime import Dataset, Pipeline


class Number(BaseModel):
    n: int


numbers, few = Dataset("numbers", schema=Number), Dataset("few", schema=Number)
Numbers = Annotated[pl.LazyFrame, numbers]
Few = Annotated[pl.LazyFrame, few]


@local.task
def count() -> Numbers:
    return pl.LazyFrame({"n": [1, 2, 3]})


@local.task
def select(numbers: Numbers) -> Few:
    return numbers.collect_schema().names()  # wrong: mypy=return-value pyright=reportReturnType


pipeline = Pipeline(name="counting", tasks=[count, select])
