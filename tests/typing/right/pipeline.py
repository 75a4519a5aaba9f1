"""What a project looks like to a type checker: datasets are frames, tasks are functions."""

from datetime import date
from typing import Annotated, assert_type

import polars as pl
from pydantic import BaseModel, Field

from glacier_runtime import (
    Cron,
    CsvFormat,
    Dataset,
    Grant,
    Pipeline,
    Previous,
    Provider,
    Task,
    dataset_of,
)
from glacier_runtime.config import AwsConfig, LocalConfig


class Flight(BaseModel):
    carrier: Annotated[str, Field(pattern="^[A-Z0-9]{2}$")]
    delay: Annotated[int, pl.Int32] | None


class Delay(BaseModel):
    carrier: str
    delay: float


here = Provider(config=LocalConfig(base_path="data"))
there = Provider(config=AwsConfig(region="eu-west-1", tags={"team": "data"}))
provider = Provider.from_env()
lake = provider.bucket("lake", versioning=True)
local = provider.local()
small = provider.serverless(memory_mib=512, timeout_s=60)
tell = Grant(
    actions=["s3:PutObject", "s3:GetObject"],
    resources=[lake.at("drop/"), "arn:aws:s3:::somebody-elses/drop/*"],
    reason="leaves a copy for partners",
)

raw_flights = Dataset(
    "raw_flights",
    storage=lake.at("raw/flights.csv"),
    schema=Flight,
    format=CsvFormat(null_values=("NA",)),
    source=True,
)
flights = Dataset("flights", storage=lake.at("flights/"), schema=Flight, partition_by="carrier")
rejected = Dataset("rejected", storage=lake.at("rejected.arrow"), format="ipc")
delays = Dataset("delays", storage=lake.at("delays.parquet"), schema=Delay)

RawFlights = Annotated[pl.LazyFrame, raw_flights]
Flights = Annotated[pl.LazyFrame, flights]
Rejected = Annotated[pl.LazyFrame, rejected]
Delays = Annotated[pl.LazyFrame, delays]


@local.task
def clean(raw: RawFlights) -> tuple[Flights, Rejected]:
    return raw.filter(pl.col("delay") >= 0), raw.filter(pl.col("delay") < 0)


@small.task(retries=3, name="average-delays", dry_run=False, grants=[tell])
def average(flights: Flights, before: Previous[Delays], since: date = date(2013, 1, 1)) -> Delays:
    assert_type(before, pl.LazyFrame)
    new = flights.filter(pl.col("day") >= since).group_by("carrier").agg(pl.mean("delay"))
    return pl.concat([before, new])


@local.task()
def report(delays: Annotated[pl.DataFrame, delays]) -> None:
    assert_type(delays.height, int)


frame = pl.LazyFrame()
assert_type(clean(frame), tuple[pl.LazyFrame, pl.LazyFrame])
assert_type(average(frame, before=frame), pl.LazyFrame)
assert_type(average(frame, frame, since=date(2013, 1, 5)), pl.LazyFrame)
assert_type(clean.name, str)
assert_type(average.writes, tuple[Dataset, ...])
assert_type(dataset_of(Flights), Dataset)

listed: list[Task[..., object]] = [clean, average, report]
pipeline = Pipeline(
    name="flights",
    tasks=[clean, average, report],
    description="Delays by carrier.",
    schedule=Cron("0 5 * * *", timezone="Europe/Berlin"),
)
