"""Schemas of dataframely: its columns, rules and keys mean here what they mean there, or are refused."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import dataframely as dy
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glacier_runtime import Dataset
from glacier_runtime.errors import DefinitionError
from glacier_runtime.schemas import table_schema
from glacier_runtime.tables import key_rule


class Flight(dy.Schema):
    carrier = dy.String(primary_key=True, regex="^[A-Z]{2}$", description="IATA code.")
    number = dy.Int64(primary_key=True, min=1, max=9)
    delay = dy.Float64(nullable=True, min=-10, check=lambda delay: delay % 2 == 0)
    tail = dy.String(unique=True, nullable=True, alias="Tail Number")
    tags = dy.List(dy.String(min_length=1), nullable=True, max_length=2)
    plane = dy.Struct({"seats": dy.Int32(min=1)}, nullable=True)

    @dy.rule()
    def late_ones_have_tags(cls) -> pl.Expr:  # noqa: N805
        return pl.col("delay").is_null() | pl.col("tags").is_not_null()

    @dy.rule()
    def carriers_fly_twice(cls) -> pl.Expr:  # noqa: N805
        return pl.len().over("carrier") <= 2


def test_columns_keep_names_dtypes_nullability_and_description() -> None:
    table = table_schema(Flight)

    assert table.name == "Flight"
    assert table.dtypes == pl.Schema(
        {
            "carrier": pl.String(),
            "number": pl.Int64(),
            "delay": pl.Float64(),
            "Tail Number": pl.String(),
            "tags": pl.List(pl.String()),
            "plane": pl.Struct({"seats": pl.Int32()}),
        }
    )
    assert [column.nullable for column in table.columns] == [False, False, True, True, True, True]
    assert table.columns[0].description == "IATA code."


@pytest.mark.parametrize(
    ("column", "dtype"),
    [
        (dy.Decimal(12, 2), pl.Decimal(12, 2)),
        (
            dy.Datetime(time_unit="ms", time_zone="Europe/Berlin"),
            pl.Datetime("ms", "Europe/Berlin"),
        ),
        (dy.Enum(["a", "b"]), pl.Enum(["a", "b"])),
        (dy.Array(dy.Float32(), shape=3), pl.Array(pl.Float32(), 3)),
        (dy.Duration(), pl.Duration("us")),
        (dy.Bool(), pl.Boolean()),
    ],
    ids=lambda part: type(part).__name__,
)
def test_a_column_gives_its_dtype(column: dy.Column, dtype: pl.DataType) -> None:
    table = table_schema(type("Row", (dy.Schema,), {"x": column}))

    assert table.dtypes == pl.Schema({"x": dtype})


def test_primary_key_and_unique_columns_are_keys() -> None:
    flights = Dataset("flights", schema=Flight, unique=("carrier", "delay"))

    assert flights.keys == (("carrier", "delay"), ("carrier", "number"), ("Tail Number",))


_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "carrier": st.sampled_from(["UA", "AA", "u", None]),
            "number": st.sampled_from([0, 1, 2, 9, 10, None]),
            "delay": st.sampled_from([None, 0.0, 1.0, 2.0, -12.0, float("nan"), float("inf")]),
            "Tail Number": st.sampled_from([None, "N1", "N2", "N3"]),
            "tags": st.sampled_from([None, [], ["a"], [""], ["a", "b", "c"], [None]]),
            "plane": st.sampled_from([None, {"seats": 1}, {"seats": 0}, {"seats": None}]),
        }
    ),
    max_size=6,
)


@settings(max_examples=60)
@given(_ROWS)
def test_a_row_breaks_a_rule_exactly_if_dataframely_refuses_it(rows: list[dict[str, Any]]) -> None:
    table = table_schema(Flight)
    frame = pl.DataFrame(rows, schema=table.dtypes)
    rules = (*table.rules, *map(key_rule, table.keys))
    broken = pl.any_horizontal(rule.broken.fill_null(value=False) for rule in rules)

    good, _ = Flight.filter(frame)

    assert frame.filter(~broken).rows() == good.rows()


def test_one_row_breaks_the_rules_it_should() -> None:
    table = table_schema(Flight)
    row = {"carrier": "ua", "number": None, "delay": 3.0}
    frame = pl.DataFrame([row], schema=table.dtypes)

    named = {str(rule) for rule in table.rules if frame.select(rule.broken.any()).item()}

    assert named == {"carrier: regex", "number: not null", "delay: check", "late_ones_have_tags"}


class Vague(dy.Schema):
    whole = dy.Integer()
    anything = dy.Any()
    inside = dy.List(dy.Float())
    starred = dy.Int64(alias="^x$")


class Aggregating(dy.Schema):
    n = dy.Int64(check=lambda n: n.sum() > 0)


class Wrong(dy.Schema):
    n = dy.Int64()

    @dy.rule()
    def counts(cls) -> pl.Expr:  # noqa: N805
        return pl.col("n") + 1

    @dy.rule()
    def elsewhere(cls) -> pl.Expr:  # noqa: N805
        return pl.col("m") > 0

    @dy.rule()
    def fails(cls) -> pl.Expr:  # noqa: N805
        raise RuntimeError


class Empty(dy.Schema):
    pass


@pytest.mark.parametrize(
    ("schema", "faults"),
    [
        (
            Vague,
            {
                "whole": "is a Integer, which stands for several dtypes",
                "anything": "is a Any, which stands for several dtypes",
                "inside": "is a Float, which stands for several dtypes",
                "^x$": "which Polars takes for a pattern",
            },
        ),
        (Aggregating, {"n": "gives 1 values of Boolean for two rows"}),
        (
            Wrong,
            {
                "counts": "gives 2 values of Int64 for two rows",
                "elsewhere": "cannot be evaluated: ColumnNotFoundError",
                "fails": "cannot be evaluated: RuntimeError",
            },
        ),
        (Empty, {None: "has no columns"}),
    ],
)
def test_what_has_no_counterpart_is_refused_all_at_once(
    schema: type[dy.Schema], faults: dict[str | None, str]
) -> None:
    with pytest.raises(DefinitionError) as caught:
        table_schema(schema)

    found = {problem.column: problem.message for problem in caught.value.problems}
    assert set(caught.value.codes) == {"GLC104"}
    assert found.keys() == faults.keys()
    assert all(faults[name] in found[name] for name in faults)


def test_a_document_needs_a_pydantic_model() -> None:
    with pytest.raises(DefinitionError, match="is one of tables") as caught:
        Dataset("summary", schema=Flight, format="json")
    assert caught.value.codes == ("GLC105",)


def test_values_of_every_kind_keep_its_own_examples() -> None:
    class Kinds(dy.Schema):
        price = dy.Decimal(12, 2, min=Decimal(0))
        at = dy.Datetime(time_zone="UTC", min=datetime(2013, 1, 1, tzinfo=UTC), resolution="1h")
        share = dy.Float32(min=0, max=1)

    table = table_schema(Kinds)
    sample = Kinds.sample(50)

    assert sample.schema == table.dtypes
    assert not sample.select(pl.any_horizontal(rule.broken.any() for rule in table.rules)).item()


def test_the_library_is_imported_by_nobody_but_its_users() -> None:
    code = (
        "import sys, pydantic, glacier_runtime as g\n"
        "class Row(pydantic.BaseModel): n: int\n"
        "g.Dataset('rows', schema=Row)\n"
        "sys.exit('dataframely' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
