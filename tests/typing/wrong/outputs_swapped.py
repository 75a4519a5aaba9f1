"""A task returns its two frames in the wrong order."""

# caught: validate GLC402,GLC404

from typing import Annotated

import polars as pl
from flights import Flights, Late, local
from pydantic import BaseModel

from glacier_runtime import Dataset, Pipeline


class Delay(BaseModel):
    carrier: str
    minutes: int


Delays = Annotated[pl.LazyFrame, Dataset("delays", schema=Delay)]


@local.task
def select(flights: Flights) -> tuple[Late, Delays]:
    delays = flights.select("carrier", minutes="delay")
    return delays, flights


pipeline = Pipeline(name="delays", tasks=[select])
