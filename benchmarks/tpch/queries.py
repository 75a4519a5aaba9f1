"""The steps and the queries, as functions from frames to frames; both contenders call them.

Numbers and parameters are those of the TPC-H specification. What several queries need is a step of its own.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

__all__ = [
    "local_suppliers",
    "nations_of",
    "orders_by_customer",
    "priced",
    "q1",
    "q3",
    "q4",
    "q5",
    "q6",
    "q9",
    "q10",
    "q12",
    "q18",
    "q21",
    "received_late",
]

_CURRENT: Final = date(1995, 3, 15)
_FOUR: Final = pl.Decimal(38, 4)  # Polars keeps the larger scale of two factors, and rounds to it
_SIX: Final = pl.Decimal(38, 6)


def priced(lineitem: pl.LazyFrame) -> pl.LazyFrame:
    """Line items with what was paid for them: for queries 1, 3, 5, 9 and 10."""
    revenue = pl.col("l_extendedprice").cast(_FOUR) * (1 - pl.col("l_discount"))
    return lineitem.select(
        "l_orderkey",
        "l_partkey",
        "l_suppkey",
        "l_quantity",
        "l_extendedprice",
        "l_discount",
        "l_tax",
        "l_returnflag",
        "l_linestatus",
        "l_shipdate",
        revenue.alias("revenue"),
    )


def received_late(lineitem: pl.LazyFrame) -> pl.LazyFrame:
    """Line items that came after the day they were promised for: for queries 4, 12 and 21."""
    late = lineitem.filter(pl.col("l_receiptdate") > pl.col("l_commitdate"))
    return late.select(
        "l_orderkey", "l_suppkey", "l_shipdate", "l_commitdate", "l_receiptdate", "l_shipmode"
    )


def nations_of(nation: pl.LazyFrame, region: pl.LazyFrame) -> pl.LazyFrame:
    """Nations with the names of their regions: for queries 5, 9, 10 and 21."""
    joined = nation.join(region, left_on="n_regionkey", right_on="r_regionkey")
    return joined.select("n_nationkey", "n_name", "r_name")


def local_suppliers(supplier: pl.LazyFrame, nations: pl.LazyFrame) -> pl.LazyFrame:
    """Suppliers with their nations and regions: for queries 5, 9 and 21."""
    joined = supplier.join(nations, left_on="s_nationkey", right_on="n_nationkey")
    return joined.select("s_suppkey", "s_name", "s_nationkey", "n_name", "r_name")


def orders_by_customer(orders: pl.LazyFrame, customer: pl.LazyFrame) -> pl.LazyFrame:
    """Orders with what is known of who gave them: for queries 3, 5, 10 and 18."""
    joined = orders.join(customer, left_on="o_custkey", right_on="c_custkey")
    return joined.select(
        "o_orderkey",
        "o_custkey",
        "o_totalprice",
        "o_orderdate",
        "o_shippriority",
        "c_name",
        "c_address",
        "c_nationkey",
        "c_phone",
        "c_acctbal",
        "c_mktsegment",
        "c_comment",
    )


def q1(priced_items: pl.LazyFrame) -> pl.LazyFrame:
    """Pricing summary."""
    keys = ["l_returnflag", "l_linestatus"]
    kept = priced_items.filter(pl.col("l_shipdate") <= date(1998, 9, 2))
    summary = kept.group_by(keys).agg(
        pl.col("l_quantity").sum().alias("sum_qty"),
        pl.col("l_extendedprice").sum().alias("sum_base_price"),
        pl.col("revenue").sum().alias("sum_disc_price"),
        (pl.col("revenue").cast(_SIX) * (1 + pl.col("l_tax"))).sum().alias("sum_charge"),
        pl.col("l_quantity").cast(pl.Float64).mean().alias("avg_qty"),
        pl.col("l_extendedprice").cast(pl.Float64).mean().alias("avg_price"),
        pl.col("l_discount").cast(pl.Float64).mean().alias("avg_disc"),
        _count().alias("count_order"),
    )
    return summary.sort(keys)


def q3(priced_items: pl.LazyFrame, customer_orders: pl.LazyFrame) -> pl.LazyFrame:
    """Shipping priority."""
    building = customer_orders.filter(
        pl.col("c_mktsegment") == "BUILDING", pl.col("o_orderdate") < _CURRENT
    )
    shipped = priced_items.filter(pl.col("l_shipdate") > _CURRENT)
    joined = shipped.join(building, left_on="l_orderkey", right_on="o_orderkey")
    keys = ["l_orderkey", "o_orderdate", "o_shippriority"]
    waiting = joined.group_by(keys).agg(pl.col("revenue").sum())
    return _top(waiting, ["revenue", "o_orderdate", "l_orderkey"], [True, False, False], 10).select(
        "l_orderkey", "revenue", "o_orderdate", "o_shippriority"
    )


def q4(orders: pl.LazyFrame, late_items: pl.LazyFrame) -> pl.LazyFrame:
    """Order priority checking."""
    quarter = pl.col("o_orderdate").is_between(date(1993, 7, 1), date(1993, 9, 30))
    late = orders.filter(quarter).join(
        late_items, left_on="o_orderkey", right_on="l_orderkey", how="semi"
    )
    counted = late.group_by("o_orderpriority").agg(_count().alias("order_count"))
    return counted.sort("o_orderpriority")


def q5(
    priced_items: pl.LazyFrame, customer_orders: pl.LazyFrame, suppliers: pl.LazyFrame
) -> pl.LazyFrame:
    """Local supplier volume."""
    year = pl.col("o_orderdate").is_between(date(1994, 1, 1), date(1994, 12, 31))
    ordered = customer_orders.filter(year).select("o_orderkey", "c_nationkey")
    asian = suppliers.filter(pl.col("r_name") == "ASIA")
    joined = priced_items.join(ordered, left_on="l_orderkey", right_on="o_orderkey").join(
        asian, left_on=["l_suppkey", "c_nationkey"], right_on=["s_suppkey", "s_nationkey"]
    )
    volumes = joined.group_by("n_name").agg(pl.col("revenue").sum())
    return volumes.sort("revenue", descending=True)


def q6(lineitem: pl.LazyFrame) -> pl.LazyFrame:
    """Forecasting revenue change."""
    kept = lineitem.filter(
        pl.col("l_shipdate").is_between(date(1994, 1, 1), date(1994, 12, 31)),
        pl.col("l_discount").is_between(
            pl.lit("0.05").str.to_decimal(scale=2), pl.lit("0.07").str.to_decimal(scale=2)
        ),
        pl.col("l_quantity") < 24,
    )
    return kept.select(
        (pl.col("l_extendedprice").cast(_FOUR) * pl.col("l_discount")).sum().alias("revenue")
    )


def q9(
    priced_items: pl.LazyFrame,
    part: pl.LazyFrame,
    partsupp: pl.LazyFrame,
    suppliers: pl.LazyFrame,
    orders: pl.LazyFrame,
) -> pl.LazyFrame:
    """Product type profit measure."""
    green = part.filter(pl.col("p_name").str.contains("green", literal=True)).select("p_partkey")
    offers = partsupp.join(green, left_on="ps_partkey", right_on="p_partkey").select(
        "ps_partkey", "ps_suppkey", "ps_supplycost"
    )
    sold = priced_items.join(
        offers, left_on=["l_partkey", "l_suppkey"], right_on=["ps_partkey", "ps_suppkey"]
    )
    placed = sold.join(
        suppliers.select("s_suppkey", "n_name"), left_on="l_suppkey", right_on="s_suppkey"
    )
    dated = placed.join(
        orders.select("o_orderkey", "o_orderdate"), left_on="l_orderkey", right_on="o_orderkey"
    )
    amount = pl.col("revenue") - pl.col("ps_supplycost").cast(_FOUR) * pl.col("l_quantity")
    profits = dated.group_by(
        pl.col("n_name").alias("nation"), pl.col("o_orderdate").dt.year().alias("o_year")
    ).agg(amount.sum().alias("sum_profit"))
    return profits.sort(["nation", "o_year"], descending=[False, True])


def q10(
    priced_items: pl.LazyFrame, customer_orders: pl.LazyFrame, nations: pl.LazyFrame
) -> pl.LazyFrame:
    """Returned item reporting."""
    quarter = pl.col("o_orderdate").is_between(date(1993, 10, 1), date(1993, 12, 31))
    returned = priced_items.filter(pl.col("l_returnflag") == "R")
    joined = returned.join(
        customer_orders.filter(quarter), left_on="l_orderkey", right_on="o_orderkey"
    ).join(nations, left_on="c_nationkey", right_on="n_nationkey")
    keys = ["o_custkey", "c_name", "c_acctbal", "c_phone", "n_name", "c_address", "c_comment"]
    lost = joined.group_by(keys).agg(pl.col("revenue").sum())
    return _top(lost, ["revenue", "o_custkey"], [True, False], 20)


def q12(orders: pl.LazyFrame, late_items: pl.LazyFrame) -> pl.LazyFrame:
    """Shipping modes and order priority."""
    kept = late_items.filter(
        pl.col("l_shipmode").is_in(["MAIL", "SHIP"]),
        pl.col("l_shipdate") < pl.col("l_commitdate"),
        pl.col("l_receiptdate").is_between(date(1994, 1, 1), date(1994, 12, 31)),
    )
    joined = orders.select("o_orderkey", "o_orderpriority").join(
        kept, left_on="o_orderkey", right_on="l_orderkey"
    )
    is_high = pl.col("o_orderpriority").is_in(["1-URGENT", "2-HIGH"])
    counted = joined.group_by("l_shipmode").agg(
        is_high.sum().cast(pl.Int64).alias("high_line_count"),
        (~is_high).sum().cast(pl.Int64).alias("low_line_count"),
    )
    return counted.sort("l_shipmode")


def q18(lineitem: pl.LazyFrame, customer_orders: pl.LazyFrame) -> pl.LazyFrame:
    """Large volume customer."""
    quantities = lineitem.group_by("l_orderkey").agg(pl.col("l_quantity").sum().alias("sum_qty"))
    large = quantities.filter(pl.col("sum_qty") > 300)
    joined = customer_orders.join(large, left_on="o_orderkey", right_on="l_orderkey")
    columns = ["c_name", "o_custkey", "o_orderkey", "o_orderdate", "o_totalprice", "sum_qty"]
    by = ["o_totalprice", "o_orderdate", "o_orderkey"]
    return _top(joined.select(columns), by, [True, False, False], 100)


def q21(
    lineitem: pl.LazyFrame,
    late_items: pl.LazyFrame,
    suppliers: pl.LazyFrame,
    orders: pl.LazyFrame,
) -> pl.LazyFrame:
    """Suppliers who kept orders waiting."""
    by_order = lineitem.group_by("l_orderkey").agg(
        pl.col("l_suppkey").n_unique().alias("suppliers")
    )
    several = by_order.filter(pl.col("suppliers") > 1)
    late = late_items.select("l_orderkey", "l_suppkey")
    by_late_order = late.group_by("l_orderkey").agg(
        pl.col("l_suppkey").n_unique().alias("late_suppliers")
    )
    only_one = by_late_order.filter(pl.col("late_suppliers") == 1)
    failed = orders.filter(pl.col("o_orderstatus") == "F").select("o_orderkey")
    saudi = suppliers.filter(pl.col("n_name") == "SAUDI ARABIA").select("s_suppkey", "s_name")
    waiting = (
        late.join(saudi, left_on="l_suppkey", right_on="s_suppkey")
        .join(failed, left_on="l_orderkey", right_on="o_orderkey", how="semi")
        .join(several, on="l_orderkey", how="semi")
        .join(only_one, on="l_orderkey", how="semi")
    )
    counted = waiting.group_by("s_name").agg(_count().alias("numwait"))
    return _top(counted, ["numwait", "s_name"], [True, False], 100)


def _top(frame: pl.LazyFrame, by: list[str], descending: list[bool], rows: int) -> pl.LazyFrame:
    return frame.sort(by, descending=descending).head(rows)


def _count() -> pl.Expr:
    return pl.len().cast(pl.Int64)
