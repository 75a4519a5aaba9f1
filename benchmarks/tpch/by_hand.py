"""The ten queries without Glacier: one multi-sink query over shared scans, written straight to where the files belong."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from benchmarks.tpch import queries

__all__ = ["plans", "run"]


def run(source: Path, target: Path) -> None:
    """Write the results of all ten queries in one streaming pass."""
    target.mkdir(parents=True)
    pl.collect_all(
        frame.sink_parquet(target / f"{name}.parquet", lazy=True)
        for name, frame in plans(source).items()
    )


def plans(source: Path) -> dict[str, pl.LazyFrame]:
    """Return the ten queries over one set of scans."""

    def scan(name: str) -> pl.LazyFrame:
        return pl.scan_parquet(source / f"{name}.parquet")

    lineitem, orders = scan("lineitem"), scan("orders")
    priced, late = queries.priced(lineitem), queries.received_late(lineitem)
    nations = queries.nations_of(scan("nation"), scan("region"))
    suppliers = queries.local_suppliers(scan("supplier"), nations)
    customer_orders = queries.orders_by_customer(orders, scan("customer"))
    return {
        "q1": queries.q1(priced),
        "q3": queries.q3(priced, customer_orders),
        "q4": queries.q4(orders, late),
        "q5": queries.q5(priced, customer_orders, suppliers),
        "q6": queries.q6(lineitem),
        "q9": queries.q9(priced, scan("part"), scan("partsupp"), suppliers, orders),
        "q10": queries.q10(priced, customer_orders, nations),
        "q12": queries.q12(orders, late),
        "q18": queries.q18(lineitem, customer_orders),
        "q21": queries.q21(lineitem, late, suppliers, orders),
    }
