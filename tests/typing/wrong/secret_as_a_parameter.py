"""A secret is given as if it were a run parameter."""

# caught: run GLC607

from typing import Annotated

import polars as pl
from flights import local

from glacier_runtime import Dataset, Pipeline, Secret

rates = Dataset("rates")


@local.task
def fetch(token: Annotated[str, Secret("api-token")]) -> Annotated[pl.LazyFrame, rates]:
    return pl.LazyFrame({"length": [len(token)]})


pipeline = Pipeline(name="rates", tasks=[fetch])


def use() -> None:
    pipeline.run(params={"token": "hunter2"})
