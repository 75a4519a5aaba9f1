"""A column is lost that the output declares."""

# caught: validate GLC402

import polars as pl
from flights import Flights, Late, local

from glacier_runtime import Pipeline


@local.task
def select(flights: Flights) -> Late:
    return flights.filter(pl.col("delay") > 15).drop("day")


pipeline = Pipeline(name="delays", tasks=[select])
