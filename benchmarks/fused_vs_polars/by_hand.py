"""The pipeline without Glacier: one multi-sink query, written straight to where the files belong."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from benchmarks.fused_vs_polars import queries

__all__ = ["run"]


def run(source: Path, target: Path) -> None:
    """Write all seven outputs in one streaming pass."""
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
    pl.collect_all(
        frame.sink_parquet(target / f"{name}.parquet", lazy=True) for name, frame in outputs.items()
    )
