"""A task returns a frame of one dataset for another: to Python they are the same type."""

# caught: validate GLC402,GLC404

from typing import Annotated

import polars as pl
from flights import Flights, local
from pydantic import BaseModel

from glacier_runtime import Dataset, Pipeline


class Delay(BaseModel):
    minutes: int


Delays = Annotated[pl.LazyFrame, Dataset("delays", schema=Delay)]


@local.task
def select(flights: Flights) -> Delays:
    return flights


pipeline = Pipeline(name="delays", tasks=[select])
