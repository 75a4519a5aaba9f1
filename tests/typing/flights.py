"""What the programs of this folder are written against: a provider, two datasets and their aliases."""

from datetime import date
from typing import Annotated

import polars as pl
from pydantic import BaseModel

from glacier_runtime import Dataset, Provider
from glacier_runtime.config import LocalConfig


class Flight(BaseModel):
    """A row of both datasets."""

    carrier: str
    delay: int
    day: date


provider = Provider(config=LocalConfig())
lake = provider.bucket("lake")
local = provider.local()
flights = Dataset("flights", storage=lake.at("flights.csv"), schema=Flight, source=True)
late = Dataset("late", storage=lake.at("late.parquet"), schema=Flight)
Flights = Annotated[pl.LazyFrame, flights]
Late = Annotated[pl.LazyFrame, late]
