"""A column is added that the output does not declare."""

# caught: validate GLC404

import polars as pl
from flights import Flights, Late, local

from glacier_runtime import Pipeline


@local.task
def select(flights: Flights) -> Late:
    return flights.with_columns(is_late=pl.col("delay") > 15)


pipeline = Pipeline(name="delays", tasks=[select])
