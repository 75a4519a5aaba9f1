"""Formats other than parquet, through a run: what is published can be read again, or is not published."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from pydantic import BaseModel, Field

from glacier_runtime import CsvFormat, Dataset
from glacier_runtime.errors import DefinitionError, ExecutionError, StorageError
from tests.execution.local_runs import Number, lake, local, run_tasks

SUFFIXES = [".parquet", ".arrow", ".csv", ".ndjson"]


class Mixed(BaseModel):
    text: str | None
    number: int | None
    real: float | None
    flag: bool | None
    day: date | None
    moment: Annotated[datetime, pl.Datetime("us", "UTC")] | None


MIXED = pl.DataFrame(
    {
        "text": ["", None, 'q"u,o\nte', "NA", "é😀", " "],
        "number": [1, None, -(2**63), 2**63 - 1, 0, 7],
        "real": [0.1, None, -0.0, 1e300, 5e-324, 1 / 3],
        "flag": [True, False, None, True, False, None],
        "day": [date(1, 1, 1), None, date(9999, 12, 31), *[date(2024, 2, 29)] * 3],
        "moment": [datetime(2024, 1, 1, 1, 1, 1, 1, tzinfo=UTC), *[None] * 5],
    },
    schema={
        "text": pl.String,
        "number": pl.Int64,
        "real": pl.Float64,
        "flag": pl.Boolean,
        "day": pl.Date,
        "moment": pl.Datetime("us", "UTC"),
    },
)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_rows_come_back_as_they_went_in(suffix: str, tmp_path: Path) -> None:
    mixed = Dataset("mixed", storage=lake(tmp_path).at(f"mixed{suffix}"), schema=Mixed)
    again = Dataset("again", schema=Mixed)

    @local.task
    def write() -> Annotated[pl.LazyFrame, mixed]:
        return MIXED.lazy()

    @local.task(retries=1)
    def read(given: Annotated[pl.LazyFrame, mixed]) -> Annotated[pl.LazyFrame, again]:
        return given

    result = run_tasks(tmp_path, write, read)
    assert result[mixed].rows == MIXED.height
    assert_frame_equal(result[again].collect(), MIXED, check_exact=True)
    assert_frame_equal(result[mixed].collect(), MIXED, check_exact=True)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_single_column_of_nulls_keeps_its_rows(suffix: str, tmp_path: Path) -> None:
    class Sparse(BaseModel):
        text: str | None

    sparse = Dataset("sparse", storage=lake(tmp_path).at(f"sparse{suffix}"), schema=Sparse)

    @local.task
    def write() -> Annotated[pl.LazyFrame, sparse]:
        return pl.LazyFrame({"text": [None, "", None]}, schema={"text": pl.String})

    assert run_tasks(tmp_path, write)[sparse].collect()["text"].to_list() == [None, "", None]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_table_without_rows_is_a_version(suffix: str, tmp_path: Path) -> None:
    mixed = Dataset("mixed", storage=lake(tmp_path).at(f"mixed{suffix}"), schema=Mixed)

    @local.task
    def write() -> Annotated[pl.LazyFrame, mixed]:
        return MIXED.lazy().clear()

    made = run_tasks(tmp_path, write)[mixed]
    assert made.rows == 0
    assert_frame_equal(made.collect(), MIXED.clear())


def test_a_folder_of_text_files_is_written_as_one_file(tmp_path: Path) -> None:
    numbers = Dataset("numbers", storage=lake(tmp_path).at("numbers/"), schema=Number, format="csv")

    @local.task
    def write() -> Annotated[pl.LazyFrame, numbers]:
        return pl.LazyFrame({"n": [1, 2]})

    made = run_tasks(tmp_path, write)[numbers]
    assert made.collect()["n"].to_list() == [1, 2]
    assert made.path is not None
    assert [path.suffix for path in made.path.iterdir()] == [".csv"]


def test_a_csv_format_with_options_reads_what_it_writes(tmp_path: Path) -> None:
    class Texts(BaseModel):
        left: str | None
        right: str | None

    kind = CsvFormat(separator=";", null_values=("NA",))
    texts = Dataset("texts", storage=lake(tmp_path).at("texts.csv"), schema=Texts, format=kind)
    content = {"left": ["a;b", None], "right": ["c", "d"]}

    @local.task
    def write() -> Annotated[pl.LazyFrame, texts]:
        return pl.LazyFrame(content)

    made = run_tasks(tmp_path, write)[texts]
    assert made.path is not None
    assert made.path.read_text().splitlines()[0] == "left;right"
    assert made.collect().to_dict(as_series=False) == content


def test_a_text_that_would_be_read_as_null_is_not_published(tmp_path: Path) -> None:
    """With `NA` for null, the text "NA" is lost the moment it is written."""

    class Text(BaseModel):
        text: str
        n: int

    kind = CsvFormat(null_values=("NA",))
    texts = Dataset("texts", storage=lake(tmp_path).at("texts.csv"), schema=Text, format=kind)

    @local.task
    def write() -> Annotated[pl.LazyFrame, texts]:
        return pl.LazyFrame({"text": ["NA", "b"], "n": [1, 2]})

    with pytest.raises((ExecutionError, StorageError), match="texts"):
        run_tasks(tmp_path, write)
    assert not (tmp_path / "data/lake/texts.csv").exists()


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("fuse", [True, False])
def test_ndjson_refuses_numbers_that_json_does_not_have(
    bad: float, fuse: bool, tmp_path: Path
) -> None:
    class Real(BaseModel):
        real: float | None

    reals = Dataset("reals", storage=lake(tmp_path).at("reals.ndjson"), schema=Real)

    @local.task
    def write() -> Annotated[pl.LazyFrame, reals]:
        return pl.LazyFrame({"real": [1.0, bad, None]})

    with pytest.raises(ExecutionError, match="finite") as failure:
        run_tasks(tmp_path, write, fuse=fuse)
    assert failure.value.codes == ("GLC504",)
    assert "1 of 3 rows" in str(failure.value)


def test_csv_holds_times_decimals_and_numbers_that_are_none(tmp_path: Path) -> None:
    class Rare(BaseModel):
        moment: time
        price: Decimal = Field(max_digits=12, decimal_places=2)
        real: float

    rare = Dataset("rare", storage=lake(tmp_path).at("rare.csv"), schema=Rare)
    rows = {"moment": [time(1, 2, 3, 4)], "price": [Decimal("1.10")], "real": [math.inf]}

    @local.task
    def write() -> Annotated[pl.LazyFrame, rare]:
        return pl.LazyFrame(rows, schema=pl.Schema(rare.table.dtypes) if rare.table else None)

    assert run_tasks(tmp_path, write)[rare].collect().to_dict(as_series=False) == rows


@pytest.mark.parametrize("name", ['q"', "a,b", "two\nlines", " ", "é", "'"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_column_name_that_a_format_cannot_hold_is_never_published(
    name: str, suffix: str, tmp_path: Path
) -> None:
    class Odd(BaseModel):
        n: int = Field(alias=name)

    try:
        odd = Dataset("odd", storage=lake(tmp_path).at(f"odd{suffix}"), schema=Odd)
    except DefinitionError:
        return  # refused outright: nothing can be lost

    @local.task
    def write() -> Annotated[pl.LazyFrame, odd]:
        return pl.LazyFrame({name: [1]})

    try:
        made = run_tasks(tmp_path, write)[odd]
    except StorageError as error:
        assert_refused(error, odd)
    else:
        assert made.collect().to_dicts() == [{name: 1}]


def assert_refused(error: StorageError, dataset: Dataset) -> None:
    assert error.problems[0].dataset == dataset.name
    assert dataset.storage is not None
    assert dataset.storage.bucket.base_path is not None
    assert not Path(dataset.storage.bucket.base_path, "lake", dataset.storage.key).exists()
