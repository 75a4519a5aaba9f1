"""A task returns a frame and does not say of which dataset."""

# caught: validate GLC203

import polars as pl
from flights import Flights, local

from glacier_runtime import Pipeline


@local.task
def select(flights: Flights) -> pl.LazyFrame:
    return flights.head(3)


pipeline = Pipeline(name="delays", tasks=[select])
