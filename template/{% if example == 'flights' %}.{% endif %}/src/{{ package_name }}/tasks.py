"""What happens to the data.

The signature of a task says what it reads and writes, and nothing else connects the tasks. All of them stay lazy, so
that neighbours run as one query.
"""

from datetime import date

import polars as pl

from .datasets import (
    Airlines,
    CarrierReport,
    CleanFlights,
    FlightsInWeather,
    HourlyWeather,
    RawFlights,
    RawWeather,
    RejectedFlights,
    RouteBaselines,
    WeatherImpact,
)
from .provider import small

# The Department of Transportation counts an arrival as on time within a quarter of an hour.
ON_TIME_MINUTES = 15


@small.task
def clean(raw: RawFlights) -> tuple[CleanFlights, RejectedFlights]:
    """Part the flights that arrived from those that did not, and say why not."""
    flights = raw.select(
        day=pl.date("year", "month", "day"),
        carrier="carrier",
        flight="flight",
        tail_number="tailnum",
        origin="origin",
        destination="dest",
        scheduled_departure=pl.col("time_hour") + pl.duration(minutes="minute"),
        departure_delay="dep_delay",
        arrival_delay="arr_delay",
        air_time="air_time",
        distance="distance",
        # A diverted flight has left, but nobody recorded an arrival at its destination.
        reason=pl.when(pl.col("dep_time").is_null())
        .then(pl.lit("cancelled"))
        .when(pl.col("arr_delay").is_null())
        .then(pl.lit("diverted")),
    )
    arrived = flights.filter(pl.col("reason").is_null()).drop("reason")
    rejected = flights.filter(pl.col("reason").is_not_null()).drop(
        "tail_number", "departure_delay", "arrival_delay", "air_time", "distance"
    )
    return arrived, rejected


@small.task
def label_weather(observations: RawWeather) -> HourlyWeather:
    """Name the condition that hurts departures most in each hour."""
    return observations.select(
        "origin",
        hour="time_hour",
        condition=pl.when(pl.col("visib") < 3)
        .then(pl.lit("low visibility"))
        .when(pl.col("wind_speed") >= 25)
        .then(pl.lit("strong wind"))
        .when(pl.col("precip") > 0)
        .then(pl.lit("rain or snow"))
        .otherwise(pl.lit("clear")),
    )


@small.task
def baseline_routes(flights: CleanFlights) -> RouteBaselines:
    """Find the usual arrival delay of each route; the median, for one storm must not move it."""
    return flights.group_by("origin", "destination").agg(
        flights=pl.len().cast(pl.Int64),
        typical_arrival_delay=pl.col("arrival_delay").median(),
    )


@small.task
def attach_weather(flights: CleanFlights, weather: HourlyWeather) -> FlightsInWeather:
    """Put the weather at the scheduled departure beside each flight."""
    return (
        flights.with_columns(hour=pl.col("scheduled_departure").dt.truncate("1h"))
        # Stations miss hours now and then. That is no reason to lose a flight.
        .join(weather, on=["origin", "hour"], how="left").select(
            "day",
            "carrier",
            "flight",
            "origin",
            "destination",
            "arrival_delay",
            pl.col("condition").fill_null("unknown"),
        )
    )


@small.task
def measure_weather(flights: FlightsInWeather, baselines: RouteBaselines) -> WeatherImpact:
    """Measure what each condition costs, in minutes beyond what the route costs anyway."""
    excess = pl.col("arrival_delay") - pl.col("typical_arrival_delay")
    return (
        flights.join(baselines.drop("flights"), on=["origin", "destination"])
        .group_by("origin", "condition")
        .agg(
            flights=pl.len().cast(pl.Int64),
            mean_excess_delay=excess.mean(),
            late_share=(pl.col("arrival_delay") > ON_TIME_MINUTES).mean(),
        )
        .sort("origin", "condition")
    )


@small.task
def report_carriers(
    flights: CleanFlights,
    rejected: RejectedFlights,
    airlines: Airlines,
    since: date = date(2013, 1, 1),
) -> CarrierReport:
    """Report how each carrier kept its schedule since a given day."""
    arrived = (
        flights.filter(pl.col("day") >= since)
        .group_by("carrier")
        .agg(
            arrived=pl.len().cast(pl.Int64),
            on_time=(pl.col("arrival_delay") <= ON_TIME_MINUTES).sum().cast(pl.Int64),
            mean_arrival_delay=pl.col("arrival_delay").mean(),
        )
    )
    lost = (
        rejected.filter(pl.col("day") >= since)
        .group_by("carrier")
        .agg(
            cancelled=(pl.col("reason") == "cancelled").sum().cast(pl.Int64),
            diverted=(pl.col("reason") == "diverted").sum().cast(pl.Int64),
        )
    )
    counts = pl.col("arrived", "on_time", "cancelled", "diverted")
    return (
        airlines.join(arrived, on="carrier", how="left")
        .join(lost, on="carrier", how="left")
        .with_columns(counts.fill_null(0))
        .with_columns(scheduled=pl.sum_horizontal("arrived", "cancelled", "diverted"))
        .filter(pl.col("scheduled") > 0)
        .select(
            "carrier",
            "name",
            "scheduled",
            "arrived",
            "cancelled",
            "diverted",
            "mean_arrival_delay",
            on_time_share=pl.col("on_time") / pl.col("scheduled"),
        )
        .sort("on_time_share", "carrier", descending=[True, False])
    )
