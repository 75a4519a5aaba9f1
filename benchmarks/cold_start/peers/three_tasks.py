"""The three tasks, as functions."""

from __future__ import annotations

import polars as pl


def count() -> pl.LazyFrame:
    """Make numbers."""
    return pl.LazyFrame({"n": range(1000)})


def double(numbers: pl.LazyFrame) -> pl.LazyFrame:
    """Double them."""
    return numbers.with_columns(pl.col("n") * 2)


def add_up(doubled: pl.LazyFrame) -> pl.LazyFrame:
    """Add them up."""
    return doubled.sum()
