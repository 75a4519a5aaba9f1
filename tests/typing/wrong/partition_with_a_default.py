"""A partition key has a default, by which a run could overwrite a partition that nobody named."""

# caught: validate GLC214

from datetime import date
from typing import Annotated

import polars as pl
from flights import Flight, Flights, lake, local

from glacier_runtime import Dataset, Partition, Pipeline

days = Dataset("days", storage=lake.at("days/"), schema=Flight, partition_by="day")


@local.task
def split(
    flights: Flights, day: Partition[date] = date(2024, 1, 1)
) -> Annotated[pl.LazyFrame, days]:
    return flights.filter(pl.col("day") == day)


pipeline = Pipeline(name="days", tasks=[split])
