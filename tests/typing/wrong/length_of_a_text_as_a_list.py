"""An expression does not suit the dtype of its column."""

# caught: validate GLC405

import polars as pl
from flights import Flights, Late, local

from glacier_runtime import Pipeline


@local.task
def select(flights: Flights) -> Late:
    return flights.filter(pl.col("carrier").list.len() > 3)


pipeline = Pipeline(name="delays", tasks=[select])
