"""A task makes one partition of a dataset that has none."""

# caught: validate GLC215

from datetime import date

import polars as pl
from flights import Flights, Late, local

from glacier_runtime import Partition, Pipeline


@local.task
def split(flights: Flights, day: Partition[date]) -> Late:
    return flights.filter(pl.col("day") == day)


pipeline = Pipeline(name="days", tasks=[split])
