"""The last partition of a window is no number."""

# caught: validate GLC216

from datetime import date
from typing import Annotated

import polars as pl
from flights import Flight, lake, local

from glacier_runtime import Dataset, Partition, Pipeline, Window

days = Dataset("days", storage=lake.at("days/"), schema=Flight, partition_by="day", source=True)
weeks = Dataset("weeks", storage=lake.at("weeks/"), schema=Flight, partition_by="day")
week = Window(-6, "today")  # wrong: mypy=arg-type pyright=reportArgumentType


@local.task
def join(
    flights: Annotated[pl.LazyFrame, days, week], day: Partition[date]
) -> Annotated[pl.LazyFrame, weeks]:
    return flights.with_columns(pl.lit(day).alias("day"))


pipeline = Pipeline(name="weeks", tasks=[join])
