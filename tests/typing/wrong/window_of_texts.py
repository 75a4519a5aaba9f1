"""A window counts carriers, which have no order."""

# caught: validate GLC216

from typing import Annotated

import polars as pl
from flights import Flight, Flights, lake, local

from glacier_runtime import Dataset, Partition, Pipeline, Window

one = Dataset("one", storage=lake.at("one/"), schema=Flight, partition_by="carrier")
two = Dataset("two", storage=lake.at("two/"), schema=Flight, partition_by="carrier")
One = Annotated[pl.LazyFrame, one]


@local.task
def split(flights: Flights, carrier: Partition[str]) -> One:
    return flights.filter(pl.col("carrier") == carrier)


@local.task
def join(
    flights: Annotated[One, Window(-1, 0)], carrier: Partition[str]
) -> Annotated[pl.LazyFrame, two]:
    return flights.filter(pl.col("carrier") == carrier)


pipeline = Pipeline(name="carriers", tasks=[split, join])
