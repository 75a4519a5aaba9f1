"""One source, one task, one dataset, and when the task runs. Take it apart into modules when it grows."""

from datetime import date
from typing import Annotated

import polars as pl
from glacier_runtime import Cron, Dataset, Pipeline, Provider
from pydantic import BaseModel, Field

provider = Provider.from_env()
lake = provider.bucket("lake", versioning=True)
small = provider.serverless(memory_mib=512, timeout_s=60)


class Reading(BaseModel):
    """What a sensor measured."""

    day: date
    sensor: str
    celsius: float


class DailyMean(BaseModel):
    """The mean of one day, over all sensors."""

    day: date
    readings: int = Field(ge=1)
    celsius: float = Field(ge=-90, le=60)


readings = Dataset("readings", storage=lake.at("raw/readings.csv"), schema=Reading, source=True)
daily_means = Dataset(
    "daily_means", storage=lake.at("daily_means.parquet"), schema=DailyMean, unique="day"
)


@small.task
def average(
    measured: Annotated[pl.LazyFrame, readings],
) -> Annotated[pl.LazyFrame, daily_means]:
    """Average what was measured on each day."""
    return (
        measured.group_by("day")
        .agg(readings=pl.len().cast(pl.Int64), celsius=pl.col("celsius").mean())
        .sort("day")
    )


pipeline = Pipeline(
    name="minimal",
    tasks=[average],
    schedule=Cron("0 5 * * *"),
)
