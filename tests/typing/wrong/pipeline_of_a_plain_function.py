"""A function becomes a task by a decorator."""

# caught: import GLC314

from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Pipeline

raw = Dataset("raw")
clean = Dataset("clean")
Raw = Annotated[pl.LazyFrame, raw]
Clean = Annotated[pl.LazyFrame, clean]


def wash(raw: Raw) -> Clean:
    return raw


pipeline = Pipeline(
    name="washing",
    tasks=[wash],  # wrong: mypy=list-item pyright=reportArgumentType
)
