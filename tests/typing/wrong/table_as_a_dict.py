"""A table is annotated with a type that cannot carry it."""

# caught: validate GLC204

from typing import Annotated

import polars as pl
from flights import Late, flights, local

from glacier_runtime import Pipeline


@local.task
def select(flights: Annotated[dict[str, object], flights]) -> Late:
    return pl.LazyFrame(flights)


pipeline = Pipeline(name="delays", tasks=[select])
