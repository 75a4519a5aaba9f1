"""Rows break a rule of their schema."""

# caught: run GLC504

from typing import Annotated

import polars as pl
from flights import lake, local
from pydantic import BaseModel, Field

from glacier_runtime import Dataset, Pipeline


class Delay(BaseModel):
    minutes: Annotated[int, Field(ge=0)]


delays = Dataset("delays", storage=lake.at("delays.parquet"), schema=Delay)


@local.task
def measure() -> Annotated[pl.LazyFrame, delays]:
    return pl.LazyFrame({"minutes": [3, -1]})


pipeline = Pipeline(name="delays", tasks=[measure])


def use() -> None:
    pipeline.run()
