"""Every dataset of the pipeline, each as an object and as a type.

The object (`orders`) is what results and tests ask for. Its type (`Orders`) is what a task names in its signature; to
mypy and the editor it is a plain LazyFrame. `partition_by="day"` makes a dataset a folder for each day, each of which is
made, and made again, by itself.
"""

from typing import Annotated

import polars as pl
from glacier_runtime import Dataset

from . import schemas
from .provider import lake

# By the day on which they were received, which for a few is later than the day on which they were placed.
raw_orders = Dataset(
    "raw_orders",
    storage=lake.at("raw/orders/"),
    schema=schemas.RawOrder,
    partition_by="day",
    source=True,
)
RawOrders = Annotated[pl.LazyFrame, raw_orders]

products = Dataset(
    "products",
    storage=lake.at("raw/products.csv"),
    schema=schemas.Product,
    source=True,
)
Products = Annotated[pl.LazyFrame, products]

# Rows that break a rule are set apart, with the rules that they break; the others go on.
orders = Dataset(
    "orders",
    storage=lake.at("clean/orders/"),
    schema=schemas.Order,
    partition_by="day",
    unique="order",
    on_violation="quarantine",
    quarantine=lake.at("rejected/orders/"),
)
Orders = Annotated[pl.LazyFrame, orders]

daily_sales = Dataset(
    "daily_sales",
    storage=lake.at("marts/daily_sales/"),
    schema=schemas.DailySales,
    partition_by="day",
    unique=("day", "shop", "category"),
)
DailySales = Annotated[pl.LazyFrame, daily_sales]

weekly_sales = Dataset(
    "weekly_sales",
    storage=lake.at("marts/weekly_sales/"),
    schema=schemas.WeeklySales,
    partition_by="day",
    unique=("day", "shop"),
)
WeeklySales = Annotated[pl.LazyFrame, weekly_sales]

completeness = Dataset(
    "completeness",
    storage=lake.at("marts/completeness/"),
    schema=schemas.Completeness,
    partition_by="day",
    unique="day",
)
Completeness = Annotated[pl.LazyFrame, completeness]

category_shares = Dataset(
    "category_shares",
    storage=lake.at("marts/category_shares.parquet"),
    schema=schemas.CategoryShare,
    unique="category",
)
CategoryShares = Annotated[pl.LazyFrame, category_shares]
