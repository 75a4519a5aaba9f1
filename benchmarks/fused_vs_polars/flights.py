"""Flights as the airlines publish them, in any number, and the weather they met."""

from __future__ import annotations

from pathlib import Path

import polars as pl

__all__ = ["generate"]

_CARRIERS = ["9E", "AA", "AS", "B6", "DL", "EV", "F9", "FL", "HA", "MQ", "OO", "UA", "US", "VX"]
_ORIGINS = ["EWR", "JFK", "LGA"]
_SEED = 11


def generate(folder: Path, rows: int) -> None:
    """Write `flights.parquet` and `weather.parquet`, the same for the same number of rows."""
    folder.mkdir(parents=True, exist_ok=True)
    _flights(rows).sink_parquet(folder / "flights.parquet")
    _weather().sink_parquet(folder / "weather.parquet")


def _flights(rows: int) -> pl.LazyFrame:
    number = pl.int_range(rows, dtype=pl.Int64, eager=True).alias("number").to_frame().lazy()

    def noise(below: int, salt: int) -> pl.Expr:
        return (pl.col("number").hash(_SEED + salt) % below).cast(pl.Int64)

    return number.select(
        time_hour=pl.datetime(2013, 1, 1, time_unit="us")
        + pl.duration(hours=pl.col("number") * 8760 // rows),
        carrier=_one_of(_CARRIERS, noise(len(_CARRIERS), 1)),
        flight=noise(6000, 2) + 1,
        tail_number=pl.format("N{}", noise(4000, 3)),
        origin=_one_of(_ORIGINS, noise(3, 4)),
        destination=_one_of(_destinations(), noise(100, 5)),
        departure_delay=pl.when(noise(40, 6) > 0).then(noise(200, 7) - 20),
        arrival_delay=pl.when(noise(40, 6) > 0).then(noise(220, 8) - 40),
        air_time=noise(400, 9) + 20,
        distance=noise(100, 5) * 25 + 100,
    )


def _weather() -> pl.LazyFrame:
    hours = pl.LazyFrame({"hour": range(8760)}).join(
        pl.LazyFrame({"origin": _ORIGINS}), how="cross"
    )
    return hours.select(
        "origin",
        time_hour=pl.datetime(2013, 1, 1, time_unit="us") + pl.duration(hours="hour"),
        wind_speed=(pl.struct("hour", "origin").hash(_SEED) % 400).cast(pl.Float64) / 10,
        visibility=(pl.struct("hour", "origin").hash(_SEED + 1) % 100).cast(pl.Float64) / 10,
    )


def _one_of(values: list[str], place: pl.Expr) -> pl.Expr:
    return pl.lit(pl.Series(values)).gather(place)


def _destinations() -> list[str]:
    letters = "ABCDEFGHIJ"
    return [f"{one}{two}X" for one in letters for two in letters]
