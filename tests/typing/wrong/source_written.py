"""A task writes a dataset that comes from outside."""

# caught: validate GLC304

import polars as pl
from flights import Flights, local

from glacier_runtime import Pipeline


@local.task
def select() -> Flights:
    return pl.LazyFrame({"carrier": ["UA"]})


pipeline = Pipeline(name="delays", tasks=[select])
