"""A task that makes one day returns rows of another."""

# caught: run GLC633

from datetime import date, timedelta
from typing import Annotated

import polars as pl
from flights import Flight, lake, local

from glacier_runtime import Dataset, LocalExecutor, Partition, Pipeline

days = Dataset("days", storage=lake.at("days/"), schema=Flight, partition_by="day")


@local.task
def measure(day: Partition[date]) -> Annotated[pl.LazyFrame, days]:
    both = [day, day + timedelta(days=1)]
    return pl.LazyFrame({"carrier": ["AA", "AA"], "delay": [3, 5], "day": both})


pipeline = Pipeline(name="days", tasks=[measure])


def use() -> None:
    pipeline.run(executor=LocalExecutor(partitions=["day=2024-01-01"]))
