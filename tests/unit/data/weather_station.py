"""A small pipeline with one of everything that a manifest can say."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
from pydantic import BaseModel, Field

from glacier_runtime import (
    Cron,
    CsvFormat,
    Dataset,
    Pipeline,
    Previous,
    Provider,
    Secret,
)
from glacier_runtime.config import LocalConfig

provider = Provider(config=LocalConfig(base_path="data"))
lake = provider.bucket("lake", versioning=True)
drop_box = provider.bucket("drop-box", protected=False)
small = provider.serverless(memory_mib=512, timeout_s=60)


class Reading(BaseModel):
    """One reading of one sensor."""

    day: date
    sensor: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    celsius: Annotated[float, Field(ge=-90, le=60, description="At two metres.")] | None
    tags: list[Literal["dry", "wet"]]


class Mean(BaseModel):
    """The mean of a day."""

    day: date
    mean: Annotated[float, pl.Float32]


class Summary(BaseModel):
    """What the newest day was like."""

    text: str


photos = Dataset("photos", storage=drop_box.at("photos/"), format="files", source=True)
raw = Dataset(
    "raw-readings",
    storage=drop_box.at("raw/readings.csv"),
    format=CsvFormat(separator=";", null_values=("NA", "-")),
    source=True,
    description="As the station sends them.",
)
readings = Dataset(
    "readings", storage=lake.at("readings/"), schema=Reading, partition_by=["day", "sensor"]
)
means = Dataset("means", storage=lake.at("means.arrow"), schema=Mean)
summary = Dataset("summary", storage=lake.at("summary.json"), schema=Summary)

Photos = Annotated[Path, photos]
Raw = Annotated[pl.DataFrame, raw]
Readings = Annotated[pl.LazyFrame, readings]
Means = Annotated[pl.LazyFrame, means]


@small.task(name="summarise", retries=2)
def write_summary(
    means: Means, photos: Photos, *, words: int, key: Annotated[str, Secret("photo-key")]
) -> Annotated[Summary, summary]:
    """Say it in words.

    In as many as are asked for.
    """
    assert key, "photos cannot be opened"
    text = f"{means.collect().height} days, {len(list(photos.iterdir()))} photos"
    return Summary(text=" ".join(text.split()[:words]))


@small.task
def clean(raw: Raw, since: date = date(2013, 1, 1)) -> Readings:
    return raw.lazy().filter(pl.col("day") >= since)


@small.task
def average(readings: Readings, before: Previous[Means], since: date = date(2013, 1, 1)) -> Means:
    """Add the days since, and keep those before."""
    new = readings.filter(pl.col("day") >= since).group_by("day").agg(mean=pl.mean("celsius"))
    return pl.concat([before, new.cast({"mean": pl.Float32})])


pipeline = Pipeline(
    name="weather-station",
    tasks=[write_summary, clean, average],
    description="Readings of one station, and what follows from them.",
    schedule=Cron("0 5 * * *", timezone="Europe/Berlin"),
)
