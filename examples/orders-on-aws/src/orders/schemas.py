"""What each dataset looks like: one model per row, checked while the data streams through.

A field gives a column its name and type; `Field(...)` and `Literal[...]` are rules that every row a task makes has to
keep. Money is counted in cents, because cents add up.
"""

from datetime import date, datetime
from typing import Annotated, Literal

import polars as pl
from pydantic import BaseModel, Field

UtcInstant = Annotated[datetime, pl.Datetime("us", "UTC")]
Shop = Literal["harbour", "market", "station"]
Category = Literal["coffee", "food", "goods"]


class RawOrder(BaseModel):
    """One order as a till sent it, in the export of the day on which it was received."""

    day: date
    order: int
    shop: str
    placed_at: UtcInstant
    product: str
    quantity: int
    cents: int


class Product(BaseModel):
    """What a product code stands for."""

    product: str
    name: str
    category: Category


class Order(BaseModel):
    """One order, on the day on which it was placed."""

    day: date
    order: int = Field(ge=1)
    shop: Shop
    placed_at: UtcInstant
    product: str = Field(pattern=r"^[a-z]+(?:-[a-z]+)*$")
    quantity: int = Field(ge=1, le=100)
    cents: int = Field(gt=0)
    received_on: date


class DailySales(BaseModel):
    """What a shop took on one day, by category."""

    day: date
    shop: Shop
    category: Category
    orders: int = Field(ge=1)
    cents: int = Field(gt=0)


class WeeklySales(BaseModel):
    """What a shop took in the seven days that end with this one, and how many of them are known."""

    day: date
    shop: Shop
    days: int = Field(ge=1, le=7)
    cents: int = Field(gt=0)


class Completeness(BaseModel):
    """How many orders a day had when it was made first, and how many it has now."""

    day: date
    at_first: int = Field(ge=0)
    orders: int = Field(ge=0)


class CategoryShare(BaseModel):
    """What a category contributes to all that was ever sold."""

    category: Category
    orders: int = Field(ge=1)
    cents: int = Field(gt=0)
    share: float = Field(ge=0, le=1)
