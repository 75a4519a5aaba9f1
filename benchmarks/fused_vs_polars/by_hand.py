"""The pipeline without Glacier: one multi-sink query, written straight to where the files belong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import polars as pl

from benchmarks.fused_vs_polars import queries

__all__ = ["run"]

_CARRIER: Final = ~pl.col("carrier").str.contains("^[0-9A-Z]{2}$")
_FLIGHTS: Final = pl.col("flights") < 1


def _no_airport(*columns: str) -> list[pl.Expr]:
    return [~pl.col(column).str.contains("^[A-Z]{3}$") for column in columns]


# What the rules of the schemas in `with_glacier` say, beside that nothing is null.
_BROKEN: Final[Mapping[str, Iterable[pl.Expr]]] = {
    "clean": (
        _CARRIER,
        *_no_airport("origin", "destination"),
        pl.col("flight") < 1,
        *(pl.col(column) <= 0 for column in ("air_time", "distance", "speed")),
        pl.col("speed").is_nan(),
    ),
    "rejected": (_CARRIER, *_no_airport("origin", "destination"), pl.col("flight") < 1),
    "carriers": (_CARRIER, _FLIGHTS, ~pl.col("late_share").is_between(0, 1)),
    "routes": (_FLIGHTS, *_no_airport("origin", "destination")),
    "hourly": (_FLIGHTS, *_no_airport("origin"), ~pl.col("hour").is_between(0, 23)),
    "baselines": _no_airport("origin", "destination"),
    "impact": (_FLIGHTS, *_no_airport("origin")),
}


def run(source: Path, target: Path, *, checked: bool = False) -> None:
    """Write all seven outputs in one streaming pass.

    Args:
        source: The folder of the raw data.
        target: The folder of the outputs, which is made.
        checked: Whether rows that break a rule of the schemas are counted in that pass, and refused, too.
    """
    target.mkdir(parents=True)
    raw = pl.scan_parquet(source / "flights.parquet")
    weather = pl.scan_parquet(source / "weather.parquet")
    clean = queries.clean(raw)
    baselines = queries.baselines(clean)
    outputs = {
        "clean": clean,
        "rejected": queries.rejected(raw),
        "carriers": queries.carriers(clean),
        "routes": queries.routes(clean),
        "hourly": queries.hourly(clean),
        "baselines": baselines,
        "impact": queries.impact(queries.with_weather(clean, weather), baselines),
    }
    sinks = [
        frame.sink_parquet(target / f"{name}.parquet", lazy=True) for name, frame in outputs.items()
    ]
    counts = [
        frame.select(pl.any_horizontal(pl.all().is_null(), *_BROKEN[name]).sum())
        for name, frame in outputs.items()
        if checked
    ]
    done = pl.collect_all([*sinks, *counts])
    if any(count.item() for count in done[len(sinks) :]):
        message = "rows break a rule"
        raise ValueError(message)
