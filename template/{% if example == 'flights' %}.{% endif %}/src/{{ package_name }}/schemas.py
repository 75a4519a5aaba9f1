"""What each dataset looks like: one model per row, checked while the data streams through.

A field gives a column its name and type; `Field(...)` and `Literal[...]` are rules that every row a task makes has to
keep. A column that may be empty says `| None`.
"""

from datetime import date, datetime
from typing import Annotated, Literal

import polars as pl
from pydantic import BaseModel, Field

Airport = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
CarrierCode = Annotated[str, Field(pattern=r"^[0-9A-Z]{2}$")]
UtcInstant = Annotated[datetime, pl.Datetime("us", "UTC")]
Condition = Literal["clear", "rain or snow", "low visibility", "strong wind", "unknown"]


class RawFlight(BaseModel):
    """One scheduled departure, as published: delays in minutes, times as local HHMM."""

    year: int = Field(ge=1987)
    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=31)
    dep_time: int | None = Field(ge=1, le=2400)
    dep_delay: int | None
    arr_delay: int | None
    carrier: CarrierCode
    flight: int = Field(ge=1)
    tailnum: str | None
    origin: Airport
    dest: Airport
    air_time: int | None = Field(gt=0)
    distance: int = Field(gt=0)
    minute: int = Field(ge=0, le=59)
    time_hour: UtcInstant


class RawObservation(BaseModel):
    """The weather at one airport in one hour: °F, miles per hour, inches and miles."""

    origin: Airport
    time_hour: UtcInstant
    temp: float
    wind_speed: float = Field(ge=0)
    precip: float = Field(ge=0)
    visib: float = Field(ge=0, le=10)


class Airline(BaseModel):
    """The name behind a carrier code."""

    carrier: CarrierCode
    name: str = Field(min_length=1)


class CleanFlight(BaseModel):
    """A flight that left and arrived; delays are minutes, negative when early."""

    day: date
    carrier: CarrierCode
    flight: int = Field(ge=1)
    tail_number: str
    origin: Airport
    destination: Airport
    scheduled_departure: UtcInstant
    departure_delay: int
    arrival_delay: int
    air_time: int = Field(gt=0)
    distance: int = Field(gt=0)


class RejectedFlight(BaseModel):
    """A scheduled departure that never became a flight from A to B."""

    day: date
    carrier: CarrierCode
    flight: int = Field(ge=1)
    origin: Airport
    destination: Airport
    scheduled_departure: UtcInstant
    reason: Literal["cancelled", "diverted"]


class WeatherHour(BaseModel):
    """One hour at one airport, reduced to the condition that hurts departures most."""

    origin: Airport
    hour: UtcInstant
    condition: Condition


class RouteBaseline(BaseModel):
    """How late a flight on this route usually arrives."""

    origin: Airport
    destination: Airport
    flights: int = Field(ge=1)
    typical_arrival_delay: float


class FlightInWeather(BaseModel):
    """A flight beside the weather at its scheduled departure."""

    day: date
    carrier: CarrierCode
    flight: int = Field(ge=1)
    origin: Airport
    destination: Airport
    arrival_delay: int
    condition: Condition


class WeatherEffect(BaseModel):
    """What one condition costs at one airport, against the usual delay of the same routes."""

    origin: Airport
    condition: Condition
    flights: int = Field(ge=1)
    mean_excess_delay: float
    late_share: float = Field(ge=0, le=1)


class CarrierRecord(BaseModel):
    """How a carrier kept its schedule; no mean where nothing arrived."""

    carrier: CarrierCode
    name: str
    scheduled: int = Field(ge=1)
    arrived: int = Field(ge=0)
    cancelled: int = Field(ge=0)
    diverted: int = Field(ge=0)
    mean_arrival_delay: float | None
    on_time_share: float = Field(ge=0, le=1)
