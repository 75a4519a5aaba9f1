"""A format cannot hold a dtype of the schema."""

# caught: validate GLC313

from typing import Annotated

import polars as pl
from flights import Flights, lake, local
from pydantic import BaseModel

from glacier_runtime import Dataset, Pipeline


class Carrier(BaseModel):
    carrier: str
    delays: list[int]


carriers = Dataset("carriers", storage=lake.at("carriers.csv"), schema=Carrier)


@local.task
def group(flights: Flights) -> Annotated[pl.LazyFrame, carriers]:
    return flights.group_by("carrier").agg(delays="delay")


pipeline = Pipeline(name="delays", tasks=[group])
