"""Pipelines of other forms, and datasets with more to them, run on what a test gives as well."""

from __future__ import annotations

from typing import Annotated

import polars as pl
import pytest
from pydantic import BaseModel, Field

from glacier_runtime import Dataset, Pipeline, Provider, Source, SourceMetadata, pipeline, task
from glacier_runtime.config import AwsConfig
from glacier_runtime.errors import TestingError
from glacier_runtime.testing import example_frame, run_pipeline, run_task

provider = Provider(config=AwsConfig(region="eu-west-1"))
lake = provider.bucket("lake")


class Number(BaseModel):
    """A small number."""

    n: Annotated[int, Field(ge=0)]


class Rates(Source):
    """Rows that no test may ask for."""

    def scan(self) -> pl.LazyFrame:
        raise AssertionError("asked for its rows")

    def get_metadata(self) -> SourceMetadata:
        return SourceMetadata(kind="http", location="https://example.org")


rates = Dataset("rates", source=Rates(), schema=Number)
raw = Dataset("raw", storage=lake.at("raw.parquet"), schema=Number, source=True)
kept = Dataset(
    "kept",
    storage=lake.at("kept.parquet"),
    schema=Number,
    unique="n",
    on_violation="quarantine",
    quarantine=lake.at("rejects.parquet"),
)
warned = Dataset("warned", storage=lake.at("warned.parquet"), schema=Number, on_violation="warn")
total = Dataset("total", storage=lake.at("total.parquet"))


@task
def keep(given: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, kept]:
    return given


@task
def warn(given: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, warned]:
    return given


@task
def add(given: Annotated[pl.LazyFrame, warned]) -> Annotated[pl.LazyFrame, total]:
    return given.sum()


@task
def weigh(given: Annotated[pl.LazyFrame, rates]) -> Annotated[pl.LazyFrame, total]:
    return given.sum()


ROWS = [{"n": 1}, {"n": 2}, {"n": 2}, {"n": -1}]


def test_rows_that_break_rules_are_set_apart_as_in_a_run() -> None:
    outputs = run_task(keep, inputs={raw: ROWS})

    assert outputs[kept]["n"].to_list() == [1]
    assert sorted(outputs[kept.rejects]["n"].to_list()) == [-1, 2, 2]
    assert outputs.violations(kept) == {"n: ge=0": 1, "n: unique": 2}


def test_rows_that_break_rules_are_counted_where_they_are_let_through() -> None:
    outputs = run_task(warn, inputs={raw: ROWS})

    assert outputs[warned].height == 4
    assert outputs.violations("warned") == {"n: ge=0": 1}
    assert outputs.violations(warned) == outputs.violations("warned")


def test_rows_may_break_rules_where_they_would_be_let_through() -> None:
    assert run_task(add, inputs={warned: ROWS}).frame.item() == 4


def test_a_source_of_the_users_is_given_and_never_asked() -> None:
    assert run_task(weigh, inputs={rates: ROWS}).frame.item() == 4
    assert (
        run_pipeline(Pipeline(name="weighing", tasks=[weigh]), inputs={"rates": ROWS})[total].item()
        == 4
    )
    with pytest.raises(TestingError, match="GLC622"):
        run_task(weigh)


def test_a_task_is_run_for_one_that_only_waits_for_it() -> None:
    done = []

    @task
    def first() -> None:
        done.append("first")

    @task(depends_on=[first])
    def second(given: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, total]:
        done.append("second")
        return given

    run_pipeline(Pipeline(name="both", tasks=[second, first]), inputs={raw: ROWS})
    assert done == ["first", "second"]
    run_task(second, inputs={raw: ROWS})
    assert done == ["first", "second", "second"]


@task
def double(given: pl.LazyFrame) -> pl.LazyFrame:
    return given.with_columns(pl.col("n") * 2)


@task
def read_all(given: Source) -> pl.LazyFrame:
    return given.scan().sum()


@pipeline(name="traced")
def traced() -> pl.LazyFrame:
    return double(read_all(lake.at("raw/numbers.parquet")))


def test_a_traced_pipeline_runs_on_what_its_sources_are_called() -> None:
    (source,) = traced.graph.sources

    made = run_pipeline(traced, inputs={source.name: ROWS})

    assert made[traced.returned[0]].item() == 8


def test_examples_keep_the_keys_of_a_dataset() -> None:
    assert example_frame(kept, 30)["n"].n_unique() == 30
