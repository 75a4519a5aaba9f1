"""Two datasets lie in one place."""

# caught: validate GLC306

from typing import Annotated

import polars as pl
from flights import Flights, lake, local

from glacier_runtime import Dataset, Pipeline

late = Dataset("late", storage=lake.at("flights.csv"))


@local.task
def select(flights: Flights) -> Annotated[pl.LazyFrame, late]:
    return flights.head(3)


pipeline = Pipeline(name="delays", tasks=[select])
