"""A secret has a default, which would stand in the code."""

# caught: validate GLC208

from typing import Annotated

import polars as pl
from flights import Late, local

from glacier_runtime import Pipeline, Secret

Token = Annotated[str, Secret("api-token")]


@local.task
def fetch(token: Token = "hunter2") -> Late:
    return pl.LazyFrame({"carrier": [token]})


pipeline = Pipeline(name="delays", tasks=[fetch])
