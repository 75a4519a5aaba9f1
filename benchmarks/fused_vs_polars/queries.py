"""The transformations, shared by all contenders: what differs is who runs and writes them, and how."""

from __future__ import annotations

import polars as pl

__all__ = [
    "baselines",
    "carriers",
    "clean",
    "hourly",
    "impact",
    "rejected",
    "routes",
    "with_weather",
]


def clean(raw: pl.LazyFrame) -> pl.LazyFrame:
    arrived = raw.filter(pl.col("arrival_delay").is_not_null())
    return arrived.with_columns(
        day=pl.col("time_hour").dt.date(),
        speed=pl.col("distance") / (pl.col("air_time") / 60),
    )


def rejected(raw: pl.LazyFrame) -> pl.LazyFrame:
    return raw.filter(pl.col("arrival_delay").is_null()).select(
        "time_hour", "carrier", "flight", "origin", "destination"
    )


def carriers(flights: pl.LazyFrame) -> pl.LazyFrame:
    return flights.group_by("carrier").agg(_flights(), _mean_delay(), _late_share()).sort("carrier")


def routes(flights: pl.LazyFrame) -> pl.LazyFrame:
    keys = ("origin", "destination")
    fastest = pl.col("speed").max().alias("fastest")
    return flights.group_by(keys).agg(_flights(), _mean_delay(), fastest).sort(keys)


def hourly(flights: pl.LazyFrame) -> pl.LazyFrame:
    keys = ("origin", "hour")
    hour = pl.col("time_hour").dt.hour().cast(pl.Int64).alias("hour")
    return flights.group_by("origin", hour).agg(_flights(), _mean_delay()).sort(keys)


def baselines(flights: pl.LazyFrame) -> pl.LazyFrame:
    usual = pl.col("arrival_delay").median().alias("usual_delay")
    return flights.group_by("origin", "destination").agg(usual)


def with_weather(flights: pl.LazyFrame, weather: pl.LazyFrame) -> pl.LazyFrame:
    condition = (
        pl.when(pl.col("visibility") < 3)
        .then(pl.lit("fog"))
        .when(pl.col("wind_speed") > 25)
        .then(pl.lit("wind"))
        .otherwise(pl.lit("fair"))
        .alias("condition")
    )
    return flights.join(weather, on=["origin", "time_hour"], how="left").select(
        "origin", "destination", "arrival_delay", condition
    )


def impact(flights: pl.LazyFrame, usual: pl.LazyFrame) -> pl.LazyFrame:
    excess = (pl.col("arrival_delay") - pl.col("usual_delay")).mean().alias("excess_delay")
    keys = ("origin", "condition")
    joined = flights.join(usual, on=["origin", "destination"])
    return joined.group_by(keys).agg(_flights(), excess).sort(keys)


def _flights() -> pl.Expr:
    return pl.len().cast(pl.Int64).alias("flights")


def _mean_delay() -> pl.Expr:
    return pl.col("arrival_delay").mean().alias("mean_delay")


def _late_share() -> pl.Expr:
    return (pl.col("arrival_delay") > 15).mean().alias("late_share")
