"""A column gets another dtype than the output declares."""

# caught: validate GLC403

import polars as pl
from flights import Flights, Late, local

from glacier_runtime import Pipeline


@local.task
def select(flights: Flights) -> Late:
    return flights.with_columns(pl.col("delay").cast(pl.String))


pipeline = Pipeline(name="delays", tasks=[select])
