"""Frames of hypothesis: every example satisfies the schema, and among them are those that hurt."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from glacier_runtime import Dataset
from glacier_runtime.errors import TestingError
from glacier_runtime.testing import frames, run_task
from glacier_runtime.testing.keeping import broken_rules
from tests.testing_utilities.shop import (
    Order,
    RawOrder,
    clean,
    lake,
    orders,
    raw_orders,
    rejects,
    summary,
)
from tests.testing_utilities.test_example_frames import COLUMNS, Flight, model_of

few = settings(
    max_examples=12,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.mark.parametrize("name", COLUMNS)
def test_every_example_satisfies_the_schema(name: str) -> None:
    dataset = Dataset("rows", schema=model_of(value=COLUMNS[name]))

    @few
    @given(frames(dataset, min_rows=1, max_rows=5))
    def check(frame: pl.DataFrame) -> None:
        assert dataset.table is not None
        assert frame.schema == dataset.table.dtypes
        assert 1 <= frame.height <= 5
        assert broken_rules(dataset, frame) == []
        frame.rows()  # what Python can hold

    check()


@few
@given(frames(raw_orders))
def test_every_order_is_paid_or_rejected(raw: pl.DataFrame) -> None:
    priced = raw.with_columns(pl.col("id").abs().clip(1), pl.col("price").clip(-1e9, 1e9))

    made = run_task(clean, inputs={raw_orders: priced.fill_nan(1.0)})

    assert made[orders].height + made[rejects].height == raw.height


def test_the_extremes_are_among_them_and_failures_are_made_small() -> None:
    dear = pl.col("price") > 1
    smallest = find(frames(Order), lambda f: f.filter(dear).height > 0)

    assert smallest.height == 1
    assert find(frames(Order), lambda frame: frame.is_empty(), settings=few).width == 4
    old = pl.col("day") < date(1600, 1, 1)
    assert find(frames(Order), lambda f: f.filter(old).height > 0, settings=few).height


@pytest.mark.parametrize("key", ["id", ("id", "item")])
def test_keys_are_unique(key: Any) -> None:
    @few
    @given(frames(Dataset("keyed", schema=Order, unique=key), min_rows=2))
    def check(frame: pl.DataFrame) -> None:
        assert not frame.select(key).is_duplicated().any()

    check()


def test_what_json_cannot_hold_is_left_out_for_a_dataset_that_is_kept_in_it() -> None:
    dataset = Dataset(
        "rows", schema=model_of(value=float), storage=lake.at("a.ndjson"), source=True
    )

    @few
    @given(frames(dataset, min_rows=1))
    def check(frame: pl.DataFrame) -> None:
        assert frame["value"].is_finite().all()

    check()


def test_frames_of_dataframely_are_valid() -> None:
    @few
    @given(frames(Flight, max_rows=3))
    def check(frame: pl.DataFrame) -> None:
        Flight.validate(frame)

    check()


def test_strategies_compose() -> None:
    pairs = st.tuples(frames(Order, max_rows=1), frames(RawOrder, max_rows=1))

    left, right = find(pairs, lambda _: True, settings=few)

    assert (left.height, right.height) == (0, 0)


def test_a_schema_without_valid_rows_is_refused_when_it_is_asked_for() -> None:
    with pytest.raises(TestingError, match="GLC625"):
        frames(summary)


def test_without_hypothesis_it_is_said_what_to_install() -> None:
    program = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "from pydantic import BaseModel\n"
        "from glacier_runtime.testing import example_frame, frames\n"
        "class Row(BaseModel):\n"
        "    x: int\n"
        "print(example_frame(Row).height)\n"
        "try:\n"
        "    frames(Row)\n"
        "except Exception as error:\n"
        "    print(error)\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.stdout.startswith("5\nGLC620")
    assert "pip install hypothesis" in done.stdout
