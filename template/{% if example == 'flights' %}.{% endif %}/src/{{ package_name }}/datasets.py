"""Every dataset of the pipeline, each as an object and as a type.

The object (`clean_flights`) is what results and tests ask for. Its type (`CleanFlights`) is what a task names in its
signature; to mypy and the editor it is a plain LazyFrame.
"""

from typing import Annotated

import polars as pl
from glacier_runtime import Dataset

from . import schemas
from .provider import lake

raw_flights = Dataset(
    "raw_flights",
    storage=lake.at("raw/flights.parquet"),
    schema=schemas.RawFlight,
    source=True,
)
RawFlights = Annotated[pl.LazyFrame, raw_flights]

raw_weather = Dataset(
    "raw_weather",
    storage=lake.at("raw/weather.parquet"),
    schema=schemas.RawObservation,
    source=True,
)
RawWeather = Annotated[pl.LazyFrame, raw_weather]

airlines = Dataset(
    "airlines",
    storage=lake.at("raw/airlines.csv"),
    schema=schemas.Airline,
    source=True,
)
Airlines = Annotated[pl.LazyFrame, airlines]

clean_flights = Dataset(
    "clean_flights",
    storage=lake.at("clean/flights/"),
    schema=schemas.CleanFlight,
    partition_by="day",
)
CleanFlights = Annotated[pl.LazyFrame, clean_flights]

# The quarantine: what `clean` turns away stays countable, with the reason.
rejected_flights = Dataset(
    "rejected_flights",
    storage=lake.at("clean/rejected.parquet"),
    schema=schemas.RejectedFlight,
)
RejectedFlights = Annotated[pl.LazyFrame, rejected_flights]

hourly_weather = Dataset(
    "hourly_weather",
    storage=lake.at("clean/weather.parquet"),
    schema=schemas.WeatherHour,
)
HourlyWeather = Annotated[pl.LazyFrame, hourly_weather]

route_baselines = Dataset(
    "route_baselines",
    storage=lake.at("interim/route_baselines.parquet"),
    schema=schemas.RouteBaseline,
)
RouteBaselines = Annotated[pl.LazyFrame, route_baselines]

flights_in_weather = Dataset(
    "flights_in_weather",
    storage=lake.at("interim/flights_in_weather.parquet"),
    schema=schemas.FlightInWeather,
)
FlightsInWeather = Annotated[pl.LazyFrame, flights_in_weather]

weather_impact = Dataset(
    "weather_impact",
    storage=lake.at("marts/weather_impact.parquet"),
    schema=schemas.WeatherEffect,
)
WeatherImpact = Annotated[pl.LazyFrame, weather_impact]

carrier_report = Dataset(
    "carrier_report",
    storage=lake.at("marts/carrier_report.parquet"),
    schema=schemas.CarrierRecord,
)
CarrierReport = Annotated[pl.LazyFrame, carrier_report]
