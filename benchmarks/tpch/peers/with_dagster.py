"""The queries in Dagster with its default IO manager, which pickles what assets return: eager frames."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import dagster_assets
import polars as pl
from clock import report
from dagster import FilesystemIOManager
from flow import RESULTS


def _run(tables: Path, results: Path) -> Callable[[], None]:
    kept = results.parent / "kept"
    keeper = FilesystemIOManager(base_dir=str(kept))
    dagster_assets.run(tables, keeper, pl.DataFrame, pl.LazyFrame.collect)

    def as_parquet() -> None:
        for name in RESULTS:
            with (kept / name).open("rb") as file:
                pickle.load(file).write_parquet(results / f"{name}.parquet")

    return as_parquet


report(_run)
