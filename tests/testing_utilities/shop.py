"""A small pipeline of a shop, in a cloud that nobody here can reach."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
from pydantic import BaseModel, Field, SecretStr

from glacier_runtime import Dataset, Pipeline, Previous, Provider, Secret
from glacier_runtime.config import AwsConfig

provider = Provider(config=AwsConfig(region="eu-west-1"))
lake = provider.bucket("lake")
small = provider.serverless()


class RawOrder(BaseModel):
    """An order as it comes."""

    id: int
    day: date
    item: Annotated[str, Field(min_length=1)]
    price: float | None
    note: str | None


class Order(BaseModel):
    """An order that was paid."""

    id: Annotated[int, Field(ge=1)]
    day: date
    item: str
    price: Annotated[float, Field(gt=0)]


class Reject(BaseModel):
    """An order that was not."""

    id: int
    reason: Literal["no price", "free"]


class Total(BaseModel):
    """What a day brought."""

    day: date
    price: float


class Summary(BaseModel):
    """What all days brought."""

    orders: int
    price: float


raw_orders = Dataset("raw_orders", storage=lake.at("raw/orders.csv"), schema=RawOrder, source=True)
orders = Dataset("orders", storage=lake.at("clean/orders/"), schema=Order, partition_by="day")
rejects = Dataset("rejects", storage=lake.at("clean/rejects.ndjson"), schema=Reject)
totals = Dataset("totals", storage=lake.at("marts/totals.parquet"), schema=Total)
summary = Dataset("summary", storage=lake.at("marts/summary.json"), schema=Summary)
letter = Dataset("letter", storage=lake.at("marts/letter.txt"), format="files")

RawOrders = Annotated[pl.LazyFrame, raw_orders]
Orders = Annotated[pl.LazyFrame, orders]
Totals = Annotated[pl.LazyFrame, totals]


@small.task
def clean(raw: RawOrders) -> tuple[Orders, Annotated[pl.LazyFrame, rejects]]:
    """Part what was paid from what was not."""
    paid = raw.filter(pl.col("price") > 0).drop("note")
    reason = pl.when(pl.col("price").is_null()).then(pl.lit("no price")).otherwise(pl.lit("free"))
    unpaid = raw.filter(pl.col("price").is_null() | (pl.col("price") <= 0))
    return paid, unpaid.select("id", reason=reason)


@small.task
def add_up(
    paid: Orders, old: Previous[Totals], since: date = date(2024, 1, 1), factor: float = 1.0
) -> Totals:
    """Add a day to the days before."""
    new = (
        paid.filter(pl.col("day") >= since)
        .group_by("day")
        .agg((pl.col("price").sum() * factor).alias("price"))
    )
    return pl.concat([old, new]).sort("day")


@small.task
def sum_up(days: Annotated[pl.DataFrame, totals], paid: Orders) -> Annotated[Summary, summary]:
    """Put everything into one document."""
    return Summary(orders=paid.select(pl.len()).collect().item(), price=days["price"].sum())


@small.task(retries=3)
def write(
    numbers: Annotated[Summary, summary], signature: Annotated[SecretStr, Secret("api-token")]
) -> Annotated[Path, letter]:
    """Write a letter."""
    path = Path("letter.txt").absolute()
    path.write_text(f"{numbers.orders} orders, {len(signature.get_secret_value())}")
    return path


pipeline = Pipeline(name="shop", tasks=[clean, add_up, sum_up, write])

ORDERS = [
    {"id": 1, "day": "2024-01-01", "item": "cup", "price": 2},
    {"id": 2, "day": "2024-01-02", "item": "pot", "price": 10.5},
    {"id": 3, "day": "2024-01-02", "item": "lid"},
]
