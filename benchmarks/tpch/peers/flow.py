"""The fifteen tasks by name: the functions that all contenders call; each is given what its parameters are called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import polars as pl

from benchmarks.tpch import queries

RESULTS: Final = ("q1", "q3", "q4", "q5", "q6", "q9", "q10", "q12", "q18", "q21")
FLOW: Final[Mapping[str, Callable[..., pl.LazyFrame]]] = {
    "priced_items": queries.priced,
    "late_items": queries.received_late,
    "nations": queries.nations_of,
    "suppliers": queries.local_suppliers,
    "customer_orders": queries.orders_by_customer,
    **{name: getattr(queries, name) for name in RESULTS},
}


def inputs_of(function: Callable[..., pl.LazyFrame]) -> list[str]:
    """Return the names of what a task reads."""
    return list(inspect.signature(function).parameters)


def sources() -> list[str]:
    """Return the names of what is read and made by no task."""
    read = (name for function in FLOW.values() for name in inputs_of(function))
    return [name for name in dict.fromkeys(read) if name not in FLOW]


def scanned(tables: Path) -> dict[str, pl.LazyFrame]:
    """Return all sources, and start the threads of Polars, which is no part of a run."""
    pl.select(pl.lit(1)).lazy().collect(engine="streaming")
    return {name: pl.scan_parquet(tables / f"{name}.parquet") for name in sources()}
