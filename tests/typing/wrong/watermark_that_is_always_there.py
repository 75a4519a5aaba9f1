"""A task counts on a watermark, which is None before the first run."""

# caught: validate GLC217

from datetime import date
from typing import Annotated

import polars as pl
from flights import Flights, Late, late, local

from glacier_runtime import Pipeline, Watermark


@local.task
def select(flights: Flights, since: Annotated[date, Watermark(late, "day")]) -> Late:
    return flights.filter(pl.col("day") > since)


pipeline = Pipeline(name="late", tasks=[select])
