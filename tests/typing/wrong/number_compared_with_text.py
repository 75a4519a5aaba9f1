"""A number is compared with text, which Polars itself notices only when it computes."""

# caught: run GLC601

from typing import Annotated

import polars as pl
from flights import local
from pydantic import BaseModel

from glacier_runtime import Dataset, Pipeline


class Delay(BaseModel):
    minutes: int


delays, late = Dataset("delays", schema=Delay), Dataset("late", schema=Delay)
Delays = Annotated[pl.LazyFrame, delays]


@local.task
def measure() -> Delays:
    return pl.LazyFrame({"minutes": [3, 30]})


@local.task
def select(delays: Delays) -> Annotated[pl.LazyFrame, late]:
    return delays.filter(pl.col("minutes") > "a quarter")


pipeline = Pipeline(name="delays", tasks=[measure, select])


def use() -> None:
    pipeline.run()
