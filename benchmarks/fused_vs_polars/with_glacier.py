"""The same pipeline in Glacier, with schemas that check every row, or with schemas that check none."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import polars as pl
from pydantic import BaseModel, Field, create_model

from benchmarks.fused_vs_polars import queries
from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import LocalConfig
from glacier_runtime.tasks import AnyTask

__all__ = ["make_pipeline"]

Carrier = Annotated[str, Field(pattern="^[0-9A-Z]{2}$")]
Airport = Annotated[str, Field(pattern="^[A-Z]{3}$")]
Count = Annotated[int, Field(ge=1)]


class Raw(BaseModel):
    time_hour: datetime
    carrier: str
    flight: int
    tail_number: str
    origin: str
    destination: str
    departure_delay: int | None
    arrival_delay: int | None
    air_time: int
    distance: int


class Weather(BaseModel):
    origin: str
    time_hour: datetime
    wind_speed: float
    visibility: float


class Clean(BaseModel):
    time_hour: datetime
    carrier: Carrier
    flight: Count
    tail_number: str
    origin: Airport
    destination: Airport
    departure_delay: int
    arrival_delay: int
    air_time: Annotated[int, Field(gt=0)]
    distance: Annotated[int, Field(gt=0)]
    day: date
    speed: Annotated[float, Field(gt=0)]


class Rejected(BaseModel):
    time_hour: datetime
    carrier: Carrier
    flight: Count
    origin: Airport
    destination: Airport


class CarrierRecord(BaseModel):
    carrier: Carrier
    flights: Count
    mean_delay: float
    late_share: Annotated[float, Field(ge=0, le=1)]


class Route(BaseModel):
    origin: Airport
    destination: Airport
    flights: Count
    mean_delay: float
    fastest: float


class Hour(BaseModel):
    origin: Airport
    hour: Annotated[int, Field(ge=0, le=23)]
    flights: Count
    mean_delay: float


class Baseline(BaseModel):
    origin: Airport
    destination: Airport
    usual_delay: float


class Impact(BaseModel):
    origin: Airport
    condition: str
    flights: Count
    excess_delay: float


def make_pipeline(root: Path, *, rules: bool) -> Pipeline:
    """Make the pipeline over the data in a folder.

    Args:
        root: The folder; the raw data lies in `data/lake/raw`.
        rules: Whether the schemas hold rules; without, they are the same columns, each nullable.
    """
    provider = Provider(config=LocalConfig(base_path=root / "data"))
    lake, local = provider.bucket("lake"), provider.local()

    def made(name: str, schema: type[BaseModel]) -> Dataset:
        model = schema if rules else _without_rules(schema)
        return Dataset(name, storage=lake.at(f"out/{name}.parquet"), schema=model)

    raw = Dataset("raw", storage=lake.at("raw/flights.parquet"), schema=Raw, source=True)
    weather = Dataset(
        "weather", storage=lake.at("raw/weather.parquet"), schema=Weather, source=True
    )
    clean_flights = made("clean", Clean)
    rejects = made("rejected", Rejected)
    by_carrier = made("carriers", CarrierRecord)
    by_route = made("routes", Route)
    by_hour = made("hourly", Hour)
    usual = made("baselines", Baseline)
    in_weather = Dataset("in_weather")
    effect = made("impact", Impact)

    @local.task
    def clean(
        flights: Annotated[pl.LazyFrame, raw],
    ) -> tuple[Annotated[pl.LazyFrame, clean_flights], Annotated[pl.LazyFrame, rejects]]:
        return queries.clean(flights), queries.rejected(flights)

    @local.task
    def carriers(
        flights: Annotated[pl.LazyFrame, clean_flights],
    ) -> Annotated[pl.LazyFrame, by_carrier]:
        return queries.carriers(flights)

    @local.task
    def routes(
        flights: Annotated[pl.LazyFrame, clean_flights],
    ) -> Annotated[pl.LazyFrame, by_route]:
        return queries.routes(flights)

    @local.task
    def hourly(
        flights: Annotated[pl.LazyFrame, clean_flights],
    ) -> Annotated[pl.LazyFrame, by_hour]:
        return queries.hourly(flights)

    @local.task
    def baselines(
        flights: Annotated[pl.LazyFrame, clean_flights],
    ) -> Annotated[pl.LazyFrame, usual]:
        return queries.baselines(flights)

    @local.task
    def with_weather(
        flights: Annotated[pl.LazyFrame, clean_flights],
        observed: Annotated[pl.LazyFrame, weather],
    ) -> Annotated[pl.LazyFrame, in_weather]:
        return queries.with_weather(flights, observed)

    @local.task
    def impact(
        flights: Annotated[pl.LazyFrame, in_weather],
        usual_delays: Annotated[pl.LazyFrame, usual],
    ) -> Annotated[pl.LazyFrame, effect]:
        return queries.impact(flights, usual_delays)

    tasks: list[AnyTask] = [clean, carriers, routes, hourly, baselines, with_weather, impact]
    return Pipeline(name="flights", tasks=tasks)


def _without_rules(schema: type[BaseModel]) -> type[BaseModel]:
    """The same columns, every one nullable and unconstrained."""
    fields = {name: (field.annotation | None, None) for name, field in schema.model_fields.items()}  # type: ignore[operator]
    return create_model(schema.__name__, **fields)  # type: ignore[call-overload, no-any-return]
