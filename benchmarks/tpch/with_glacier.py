"""The same ten queries as a pipeline of small tasks: five steps in memory, ten stored results, each with a schema."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
from pydantic import BaseModel, create_model

from benchmarks.tpch import queries
from benchmarks.tpch.tables import RESULTS, SOURCES
from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import LocalConfig
from glacier_runtime.tasks import AnyTask

__all__ = ["make_pipeline"]


def make_pipeline(  # noqa: C901 (tasks are small; there are fifteen)
    root: Path, *, rules: bool = True, stored_steps: bool = False
) -> Pipeline:
    """Make the pipeline over the tables in a folder.

    Args:
        root: The folder; the tables lie in `data/lake/raw`.
        rules: Whether the schemas of results hold rules; without, they are the same columns, each nullable.
        stored_steps: Whether the steps between are stored, too, as they are where each task is a job of its own.
    """
    provider = Provider(config=LocalConfig(base_path=root / "data"))
    lake = provider.bucket("lake")

    def source(name: str) -> Dataset:
        place = lake.at(f"raw/{name}.parquet")
        return Dataset(name, storage=place, schema=SOURCES[name], source=True)

    def step(name: str) -> Dataset:
        return Dataset(name, storage=lake.at(f"steps/{name}.parquet") if stored_steps else None)

    def result(name: str) -> Dataset:
        schema = RESULTS[name] if rules else _without_rules(RESULTS[name])
        return Dataset(name, storage=lake.at(f"out/{name}.parquet"), schema=schema)

    lineitem, orders, customer, part, partsupp, supplier, nation, region = map(source, SOURCES)
    priced_items, late_items = step("priced_items"), step("late_items")
    nations, suppliers, customer_orders = (
        step("nations"),
        step("suppliers"),
        step("customer_orders"),
    )
    r1, r3, r4, r5, r6, r9, r10, r12, r18, r21 = map(result, RESULTS)
    local = provider.local()

    @local.task
    def price(items: Annotated[pl.LazyFrame, lineitem]) -> Annotated[pl.LazyFrame, priced_items]:
        return queries.priced(items)

    @local.task
    def find_late(items: Annotated[pl.LazyFrame, lineitem]) -> Annotated[pl.LazyFrame, late_items]:
        return queries.received_late(items)

    @local.task
    def place_nations(
        given: Annotated[pl.LazyFrame, nation], regions: Annotated[pl.LazyFrame, region]
    ) -> Annotated[pl.LazyFrame, nations]:
        return queries.nations_of(given, regions)

    @local.task
    def place_suppliers(
        given: Annotated[pl.LazyFrame, supplier], places: Annotated[pl.LazyFrame, nations]
    ) -> Annotated[pl.LazyFrame, suppliers]:
        return queries.local_suppliers(given, places)

    @local.task
    def join_customers(
        given: Annotated[pl.LazyFrame, orders], customers: Annotated[pl.LazyFrame, customer]
    ) -> Annotated[pl.LazyFrame, customer_orders]:
        return queries.orders_by_customer(given, customers)

    @local.task
    def q1(items: Annotated[pl.LazyFrame, priced_items]) -> Annotated[pl.LazyFrame, r1]:
        return queries.q1(items)

    @local.task
    def q3(
        items: Annotated[pl.LazyFrame, priced_items],
        ordered: Annotated[pl.LazyFrame, customer_orders],
    ) -> Annotated[pl.LazyFrame, r3]:
        return queries.q3(items, ordered)

    @local.task
    def q4(
        given: Annotated[pl.LazyFrame, orders], late: Annotated[pl.LazyFrame, late_items]
    ) -> Annotated[pl.LazyFrame, r4]:
        return queries.q4(given, late)

    @local.task
    def q5(
        items: Annotated[pl.LazyFrame, priced_items],
        ordered: Annotated[pl.LazyFrame, customer_orders],
        placed: Annotated[pl.LazyFrame, suppliers],
    ) -> Annotated[pl.LazyFrame, r5]:
        return queries.q5(items, ordered, placed)

    @local.task
    def q6(items: Annotated[pl.LazyFrame, lineitem]) -> Annotated[pl.LazyFrame, r6]:
        return queries.q6(items)

    @local.task
    def q9(
        items: Annotated[pl.LazyFrame, priced_items],
        parts: Annotated[pl.LazyFrame, part],
        offers: Annotated[pl.LazyFrame, partsupp],
        placed: Annotated[pl.LazyFrame, suppliers],
        given: Annotated[pl.LazyFrame, orders],
    ) -> Annotated[pl.LazyFrame, r9]:
        return queries.q9(items, parts, offers, placed, given)

    @local.task
    def q10(
        items: Annotated[pl.LazyFrame, priced_items],
        ordered: Annotated[pl.LazyFrame, customer_orders],
        places: Annotated[pl.LazyFrame, nations],
    ) -> Annotated[pl.LazyFrame, r10]:
        return queries.q10(items, ordered, places)

    @local.task
    def q12(
        given: Annotated[pl.LazyFrame, orders], late: Annotated[pl.LazyFrame, late_items]
    ) -> Annotated[pl.LazyFrame, r12]:
        return queries.q12(given, late)

    @local.task
    def q18(
        items: Annotated[pl.LazyFrame, lineitem], ordered: Annotated[pl.LazyFrame, customer_orders]
    ) -> Annotated[pl.LazyFrame, r18]:
        return queries.q18(items, ordered)

    @local.task
    def q21(
        items: Annotated[pl.LazyFrame, lineitem],
        late: Annotated[pl.LazyFrame, late_items],
        placed: Annotated[pl.LazyFrame, suppliers],
        given: Annotated[pl.LazyFrame, orders],
    ) -> Annotated[pl.LazyFrame, r21]:
        return queries.q21(items, late, placed, given)

    steps: list[AnyTask] = [price, find_late, place_nations, place_suppliers, join_customers]
    results: list[AnyTask] = [q1, q3, q4, q5, q6, q9, q10, q12, q18, q21]
    return Pipeline(name="tpch", tasks=[*steps, *results])


def _without_rules(schema: type[BaseModel]) -> type[BaseModel]:
    """The same columns, every one nullable and unconstrained."""
    fields = {
        name: (_bare(field.annotation, field.metadata), None)
        for name, field in schema.model_fields.items()
    }
    return create_model(schema.__name__, **fields)  # type: ignore[call-overload, no-any-return]


def _bare(annotation: object, metadata: list[object]) -> object:
    """Without constraints on values; what says which dtype it is stays."""
    kept = tuple(m for m in metadata if isinstance(m, type) or hasattr(m, "decimal_places"))
    bare = Annotated[(annotation, *kept)] if kept else annotation
    return bare | None  # type: ignore[operator]
