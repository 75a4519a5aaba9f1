"""A task uses a column that its input does not have."""

# caught: validate GLC401

import polars as pl
from flights import Flights, Late, local

from glacier_runtime import Pipeline


@local.task
def select(flights: Flights) -> Late:
    return flights.filter(pl.col("dealy") > 15)


pipeline = Pipeline(name="delays", tasks=[select])
