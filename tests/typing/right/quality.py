"""Rows that break a rule are a dataset, too."""

from typing import Annotated, assert_type

import polars as pl
from flights import Flight, Flights, local

from glacier_runtime import Dataset, Pipeline

checked = Dataset("checked", schema=Flight, unique=("carrier", "day"), on_violation="quarantine")
Checked = Annotated[pl.LazyFrame, checked]
Rejects = Annotated[pl.LazyFrame, checked.rejects]


@local.task
def check(flights: Flights) -> Checked:
    return flights


@local.task
def count(rejects: Rejects) -> None:
    assert_type(rejects, pl.LazyFrame)


pipeline = Pipeline([check, count], name="checking")
