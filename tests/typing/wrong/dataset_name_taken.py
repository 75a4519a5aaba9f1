"""Two datasets have one name."""

# caught: validate GLC305

from typing import Annotated

import polars as pl
from flights import Flights, local

from glacier_runtime import Dataset, Pipeline


@local.task
def select(flights: Flights) -> Annotated[pl.LazyFrame, Dataset("flights")]:
    return flights.head(3)


pipeline = Pipeline(name="delays", tasks=[select])
