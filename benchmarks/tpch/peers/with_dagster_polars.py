"""The queries in Dagster with its IO manager for Polars, which keeps lazy frames as Parquet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dagster_assets
import polars as pl
from clock import report
from dagster_polars import PolarsParquetIOManager
from flow import RESULTS


def _run(tables: Path, results: Path) -> Callable[[], None]:
    kept = results.parent / "kept"
    dagster_assets.run(
        tables, PolarsParquetIOManager(base_dir=str(kept)), pl.LazyFrame, lambda frame: frame
    )

    def into_place() -> None:
        for name in RESULTS:
            (kept / f"{name}.parquet").rename(results / f"{name}.parquet")

    return into_place


report(_run)
