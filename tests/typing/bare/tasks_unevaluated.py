"""Bare datasets where annotations are not evaluated by Python.

Glacier evaluates them when the function is decorated.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias, assert_type

import polars as pl
from bare import datasets
from bare.datasets import Summary, clean, raw, summary

from glacier_runtime import Dataset, Pipeline, Previous, Provider
from glacier_runtime.config import LocalConfig

local = Provider(config=LocalConfig()).local()
counts = Dataset("counts")
Both: TypeAlias = tuple[clean, datasets.rest]


@local.task
def split(
    raw: raw, before: Previous[clean], settings: datasets.settings, scans: datasets.scans
) -> Both:
    assert_type(before, pl.LazyFrame)
    assert_type(raw, pl.LazyFrame)
    assert_type(settings, dict[str, object])
    assert_type(scans, Path)
    return raw.head(3), raw.tail(3)


@local.task(retries=1)
def summarise(clean: clean, rest: datasets.rest) -> tuple[summary, counts]:
    return Summary(rows=clean.collect().height), rest.select(pl.len())


@local.task
def report(summary: summary, counts: Annotated[pl.DataFrame, counts]) -> None:
    assert_type(summary.rows, int)
    assert_type(counts, pl.DataFrame)


class Shelf:
    """A namespace of datasets."""

    books = Dataset("books")


@local.task
def lend(books: Shelf.books) -> None:
    assert_type(books, pl.LazyFrame)


def make() -> None:
    inner = Dataset("inner", format="json")

    @local.task
    def count(inner: inner) -> None:
        assert_type(inner, dict[str, object])


frame = pl.LazyFrame()
assert_type(split(frame, frame, {}, Path("scans")), tuple[pl.LazyFrame, pl.LazyFrame])
assert_type(clean, Dataset)
pipeline = Pipeline(name="splitting", tasks=[split, summarise, report])
