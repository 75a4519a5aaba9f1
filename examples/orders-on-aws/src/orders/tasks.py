"""What happens to the data.

The signature of a task says what it reads and writes, and nothing else connects the tasks. A parameter of type
`Partition[date]` makes a task one that runs for each day by itself, and is told which.
"""

from datetime import date
from typing import Annotated

import polars as pl
from glacier_runtime import Partition, Previous, Window

from .datasets import (
    CategoryShares,
    Completeness,
    DailySales,
    Orders,
    Products,
    RawOrders,
    WeeklySales,
)
from .provider import small

# Where the shops are. It decides to which day an order belongs that was placed around midnight.
SHOP_TIME = "Europe/Berlin"

# A till that has no network sends its orders later, but not more than this many days: then somebody carries it home.
GRACE_DAYS = 2


@small.task
def collect(received: Annotated[RawOrders, Window(0, GRACE_DAYS)], day: Partition[date]) -> Orders:
    """Gather what was ordered on one day, from its own export and those that may hold the rest of it."""
    placed_on = pl.col("placed_at").dt.convert_time_zone(SHOP_TIME).dt.date()
    return (
        received.rename({"day": "received_on"})
        .with_columns(day=placed_on)
        .filter(pl.col("day") == day)
        # A till that is not sure whether an order arrived sends it again.
        .sort("received_on")
        .unique("order", keep="first", maintain_order=True)
        .select("day", "order", "shop", "placed_at", "product", "quantity", "cents", "received_on")
    )


@small.task
def add_up(orders: Orders, products: Products, day: Partition[date]) -> DailySales:
    """Add up what each shop took on one day, by category."""
    return (
        # A code that nobody listed has no category, which its rule forbids: better no sales than too few of them.
        orders.join(products, on="product", how="left")
        .group_by("day", "shop", "category")
        .agg(
            orders=pl.len().cast(pl.Int64),
            cents=(pl.col("cents") * pl.col("quantity")).sum(),
        )
        .sort("shop", "category")
    )


@small.task
def add_up_week(sales: Annotated[DailySales, Window(-6, 0)], day: Partition[date]) -> WeeklySales:
    """Add up the seven days that end with this one, as far as they are known."""
    return (
        sales.group_by("shop")
        .agg(days=pl.col("day").n_unique().cast(pl.Int64), cents=pl.col("cents").sum())
        .select(pl.lit(day).alias("day"), "shop", "days", "cents")
        .sort("shop")
    )


@small.task
def watch_late_orders(
    orders: Orders, before: Previous[Completeness], day: Partition[date]
) -> Completeness:
    """Count the orders of one day beside those that it had when it was made first."""
    now = orders.select(orders=pl.len().cast(pl.Int64))
    at_first = before.select(pl.col("at_first").first())
    return pl.concat([now, at_first], how="horizontal").select(
        pl.lit(day).alias("day"), pl.col("at_first").fill_null(pl.col("orders")), "orders"
    )


@small.task
def share_out(sales: DailySales) -> CategoryShares:
    """Find what each category contributes to all sales, of every day that was made."""
    return (
        sales.group_by("category")
        .agg(pl.col("orders").sum(), pl.col("cents").sum())
        .with_columns(share=pl.col("cents") / pl.col("cents").sum())
        .sort("category")
    )
