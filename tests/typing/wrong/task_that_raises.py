"""A task divides by nothing."""

# caught: run GLC601

from typing import Annotated

import polars as pl
from flights import local

from glacier_runtime import Dataset, Pipeline

ratio = Dataset("ratio")


@local.task
def divide(by: int = 0) -> Annotated[pl.LazyFrame, ratio]:
    return pl.LazyFrame({"ratio": [1 / by]})


pipeline = Pipeline(name="dividing", tasks=[divide])


def use() -> None:
    pipeline.run()
