"""A partition key, which is a date, is used as text."""

# caught: run GLC601

from datetime import date
from typing import Annotated

import polars as pl
from flights import Flight, lake, local

from glacier_runtime import Dataset, LocalExecutor, Partition, Pipeline

days = Dataset("days", storage=lake.at("days/"), schema=Flight, partition_by="day")


@local.task
def measure(day: Partition[date]) -> Annotated[pl.LazyFrame, days]:
    carrier = day[:2]  # wrong: mypy=index pyright=reportIndexIssue,reportUnknownVariableType
    return pl.LazyFrame({"carrier": [carrier], "delay": [3], "day": [day]})


pipeline = Pipeline(name="days", tasks=[measure])


def use() -> None:
    pipeline.run(executor=LocalExecutor(partitions=["day=2024-01-01"]))
