"""Partition keys and watermarks are plain values to a task, windows are plain frames."""

from datetime import date, datetime
from typing import Annotated, Literal, assert_type

import polars as pl
from flights import Flight, Flights, lake, local

from glacier_runtime import Dataset, Partition, Previous, Same, Watermark, Whole, Window

days = Dataset("days", storage=lake.at("days/"), schema=Flight, partition_by="day")
both = Dataset("both", storage=lake.at("both/"), schema=Flight, partition_by=["carrier", "day"])
shares = Dataset("shares", storage=lake.at("shares/"), schema=Flight, partition_by="day")
hours = Dataset("hours", storage=lake.at("hours/"), partition_by=("hour",))
Days = Annotated[pl.LazyFrame, days]
Both = Annotated[pl.LazyFrame, both]
Carrier = Literal["AA", "UA"]


@local.task
def split(flights: Flights, day: Partition[date]) -> Days:
    assert_type(day, date)
    return flights.filter(pl.col("day") == day)


@local.task
def carry_on(
    last: Annotated[Days, Window(-6, 0)],
    before: Annotated[Previous[Both], Window(-1, -1, column="day")],
    day: Partition[date],
    carrier: Partition[Carrier],
    since: Annotated[int | None, Watermark(both, "delay")],
) -> Both:
    assert_type(carrier, Carrier)
    assert_type(since, int | None)
    assert_type(last, pl.LazyFrame)
    assert_type(before, pl.LazyFrame)
    late = pl.concat([last, before]).filter(pl.col("delay") > (since or 0))
    return late.filter(pl.col("day") == day, pl.col("carrier") == carrier)


@local.task
def share(
    same: Annotated[Days, Same()], everything: Annotated[Days, Whole()], day: Partition[date]
) -> Annotated[pl.LazyFrame, shares]:
    assert_type(everything, pl.LazyFrame)
    return same.filter(pl.col("day") == day)


@local.task(retries=2, timeout_s=60)
def hourly(hour: Partition[datetime]) -> Annotated[pl.LazyFrame, hours]:
    assert_type(hour, datetime)
    return pl.LazyFrame({"hour": [hour]})


assert_type(split(pl.LazyFrame(), date(2024, 1, 1)), pl.LazyFrame)
