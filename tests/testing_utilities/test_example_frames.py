"""Example rows: valid, readable, the same every time; and a clear word where there can be none."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import dataframely as dy
import polars as pl
import pytest
from pydantic import BaseModel, Field, create_model

from glacier_runtime import CsvFormat, Dataset
from glacier_runtime.errors import TestingError
from glacier_runtime.testing import example_frame
from glacier_runtime.testing.keeping import broken_rules
from tests.testing_utilities.shop import RawOrder, lake, orders, summary


class Colour(Enum):
    """A colour."""

    RED = "red"
    BLUE = "blue"


class Part(BaseModel):
    """A part of a row."""

    x: Annotated[int, Field(ge=3, le=5)]
    y: str | None


COLUMNS: dict[str, Any] = {
    "integer": int,
    "byte": Annotated[int, pl.UInt8],
    "between": Annotated[int, Field(gt=10, lt=13)],
    "far": Annotated[int, Field(ge=10**15)],
    "negative": Annotated[int, Field(le=-5)],
    "sevens": Annotated[int, Field(gt=0, multiple_of=7)],
    "real": float,
    "share": Annotated[float, Field(gt=0, lt=1)],
    "halves": Annotated[float, Field(ge=-2, le=2, multiple_of=0.5)],
    "narrow": Annotated[float, pl.Float32],
    "finite": Annotated[float, Field(allow_inf_nan=False)],
    "text": str,
    "code": Annotated[str, Field(pattern="^[A-Z0-9]{2}$")],
    "mail": Annotated[str, Field(pattern=r"^[\w.-]+@(example|mail)\.(org|com)$")],
    "negated": Annotated[str, Field(pattern=r"^[^a-y]\D\S.?$")],
    "long": Annotated[str, Field(min_length=30, max_length=40)],
    "short": Annotated[str, Field(max_length=2)],
    "long_code": Annotated[str, Field(pattern="^[a-z]+$", min_length=12, max_length=14)],
    "flag": bool,
    "colour": Colour,
    "listed": Literal["a", "b"],
    "number_listed": Literal[1, 5],
    "category": Annotated[str, pl.Categorical],
    "day": date,
    "late": Annotated[date, Field(ge=date(2030, 1, 1), lt=date(2030, 1, 3))],
    "moment": datetime,
    "moment_utc": Annotated[datetime, pl.Datetime("ms", "UTC")],
    "moment_ns": Annotated[datetime, pl.Datetime("ns", "Europe/Berlin")],
    "clock": time,
    "span": timedelta,
    "short_span": Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(seconds=3))],
    "price": Annotated[Decimal, Field(max_digits=8, decimal_places=2, ge=Decimal("0.5"))],
    "raw": Annotated[bytes, Field(min_length=2)],
    "numbers": list[int],
    "some": Annotated[list[Annotated[int, Field(ge=1, le=2)]], Field(min_length=2, max_length=3)],
    "part": Part,
    "parts": list[Part],
    "maybe": int | None,
    "maybe_code": Annotated[str, Field(pattern="^x$")] | None,
}


def model_of(**columns: Any) -> type[BaseModel]:
    fields: dict[str, Any] = {name: (annotation, ...) for name, annotation in columns.items()}
    return create_model("Row", **fields)


@pytest.mark.parametrize("name", COLUMNS)
def test_values_of_every_kind_keep_their_rules(name: str) -> None:
    model = model_of(value=COLUMNS[name])
    dataset = Dataset("rows", schema=model)

    frame = example_frame(model, 40)

    assert dataset.table is not None
    assert frame.schema == dataset.table.dtypes
    assert frame.height == 40
    assert broken_rules(dataset, frame) == []
    nulls = frame["value"].null_count()
    assert 0 < nulls < 40 if name.startswith("maybe") else nulls == 0


def test_all_of_them_together_are_rows_that_pydantic_takes_too() -> None:
    model = model_of(**COLUMNS)

    for row in example_frame(model, 10).rows(named=True):
        model.model_validate(row)


def test_the_same_rows_come_every_time_and_others_for_another_seed() -> None:
    frame = example_frame(RawOrder, 20)

    assert frame.equals(example_frame(RawOrder, 20))
    assert not frame.equals(example_frame(RawOrder, 20, seed=1))
    assert example_frame(RawOrder, 0).schema == frame.schema


def test_the_same_rows_come_in_another_process(tmp_path: Path) -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from glacier_runtime.testing import example_frame\n"
        "from tests.testing_utilities.shop import RawOrder\n"
        "example_frame(RawOrder, 20).write_parquet(sys.argv[2])"
    )
    file = tmp_path / "rows.parquet"
    root = Path(__file__).parents[2]

    subprocess.run([sys.executable, "-c", program, str(root), str(file)], check=True)

    assert pl.read_parquet(file).equals(example_frame(RawOrder, 20))


def test_a_column_keeps_its_values_when_another_one_is_added() -> None:
    one = example_frame(model_of(a=int), 5)
    two = example_frame(model_of(a=int, b=str), 5)

    assert one["a"].equals(two["a"])


def test_columns_that_are_given_are_taken_as_they_are() -> None:
    frame = example_frame(orders, 2, columns={"price": [0, 1], "item": "cup"})

    assert frame["price"].to_list() == [0.0, 1.0]
    assert frame["item"].to_list() == ["cup", "cup"]
    assert frame["id"].min() >= 1  # type: ignore[operator]


@pytest.mark.parametrize(
    ("columns", "fault"),
    [
        ({"prize": 1}, "columns= names 'prize'; it has id, day, item, price"),
        ({"price": [1, 2, 3]}, "columns= gives 3 values of 'price' for 5 rows"),
        ({"price": "free"}, "column 'price' is given with 'free' in row 0, which is no Float64"),
    ],
)
def test_columns_that_do_not_fit_are_refused(columns: dict[str, object], fault: str) -> None:
    with pytest.raises(TestingError, match="GLC625") as caught:
        example_frame(orders, columns=columns)

    assert fault in str(caught.value)


@pytest.mark.parametrize("rows", [3, 300])
def test_keys_are_unique(rows: int) -> None:
    model = model_of(id=int, code=str, day=date, share=float)
    for key in ("id", "code", "day", "share", ("code", "day")):
        keyed = Dataset("keyed", schema=model, unique=key)

        frame = example_frame(keyed, rows)

        assert not frame.select(key).is_duplicated().any()


@pytest.mark.parametrize(
    ("annotation", "fault"),
    [
        (Annotated[int, Field(ge=5, le=4)], "nothing lies between 5 and 4"),
        (Annotated[int, Field(gt=7, lt=14, multiple_of=7)], "no multiple of 7"),
        (Annotated[str, Field(pattern="^ab$", min_length=3)], "value: min_length=3"),
        (Annotated[str, Field(pattern=r"^\p{Lu}$")], "bad escape"),
        (Annotated[list[int], Field(min_length=3, max_length=2)], "no length lies between 3 and 2"),
        (Annotated[object, pl.Object], "Object has no example values"),
    ],
    ids=str,
)
def test_what_no_value_can_keep_is_said(annotation: Any, fault: str) -> None:
    with pytest.raises(TestingError) as caught:
        example_frame(model_of(value=annotation))

    assert caught.value.codes == ("GLC625",)
    assert fault in caught.value.problems[0].message


def test_keys_that_have_too_few_values_are_said() -> None:
    keyed = Dataset("keyed", schema=model_of(flag=bool), unique="flag")

    with pytest.raises(TestingError, match="no 3 rows were found that keep flag: unique"):
        example_frame(keyed, 3)


@pytest.mark.parametrize("of", [summary, Dataset("loose")], ids=str)
def test_what_is_no_table_with_a_schema_has_no_rows(of: Dataset) -> None:
    with pytest.raises(TestingError, match="it has no schema of a table"):
        example_frame(of)


def test_what_the_format_cannot_hold_is_left_out() -> None:
    schema = model_of(value=Literal["NA", "x"])
    csv = Dataset(
        "csv", schema=schema, storage=lake.at("a.csv"), format=CsvFormat(null_values=("NA",))
    )

    assert example_frame(csv, 20)["value"].unique().to_list() == ["x"]


class Flight(dy.Schema):
    """A schema of dataframely."""

    carrier = dy.String(regex="^[A-Z]{2}$")
    number = dy.Int64(min=1, max=9999, primary_key=True)


def test_a_schema_of_dataframely_makes_rows_itself() -> None:
    frame = example_frame(Flight, 4, columns={"carrier": "UA"})

    assert frame.equals(example_frame(Flight, 4, columns={"carrier": "UA"}))
    assert not frame.equals(example_frame(Flight, 4, seed=1))
    assert frame["carrier"].to_list() == ["UA"] * 4
    Flight.validate(frame)
