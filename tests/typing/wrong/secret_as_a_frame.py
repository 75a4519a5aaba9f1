"""A secret is annotated as if it were a dataset."""

# caught: validate GLC208

from typing import Annotated

import polars as pl
from flights import Late, local

from glacier_runtime import Pipeline, Secret


@local.task
def select(flights: Annotated[pl.LazyFrame, Secret("flights")]) -> Late:
    return flights.head(3)


pipeline = Pipeline(name="delays", tasks=[select])
