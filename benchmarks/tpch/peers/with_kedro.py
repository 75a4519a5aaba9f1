"""The queries in Kedro: a catalog of lazy Parquet datasets, the steps between among them, and its sequential runner."""

from __future__ import annotations

import logging
from pathlib import Path

from clock import report
from flow import FLOW, RESULTS, inputs_of, scanned
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline, node
from kedro.runner import SequentialRunner
from kedro_datasets.polars import LazyPolarsDataset

logging.disable(logging.CRITICAL)


def _run(tables: Path, results: Path) -> None:
    steps = results.parent / "steps"
    steps.mkdir()
    places = dict.fromkeys(scanned(tables), tables)
    places |= {name: results if name in RESULTS else steps for name in FLOW}
    catalog = DataCatalog(
        {
            name: LazyPolarsDataset(filepath=str(folder / f"{name}.parquet"), file_format="parquet")
            for name, folder in places.items()
        }
    )
    nodes = [node(made, inputs_of(made), name, name=f"make_{name}") for name, made in FLOW.items()]
    SequentialRunner().run(Pipeline(nodes), catalog)


report(_run)
