"""Datasets as objects, and aliases, which are those objects as types."""

from __future__ import annotations

import inspect
import sys
from pathlib import PurePosixPath
from typing import Annotated, Any

import polars as pl
import pytest
from pydantic import BaseModel
from typing_extensions import TypeAliasType

from glacier_runtime import (
    CsvFormat,
    Dataset,
    Provider,
    dataset_of,
)
from glacier_runtime.config import AwsConfig, LocalConfig
from glacier_runtime.datasets import datasets_in
from glacier_runtime.errors import DefinitionError
from glacier_runtime.storage.formats import FormatName
from glacier_runtime.storage.locations import Location
from tests.unit.builders import LAKE, Row, before, in_memory, stored


class Flight(BaseModel):
    day: str
    carrier: str


class NoTable(BaseModel):
    anything: object


def refused(**options: Any) -> DefinitionError:
    with pytest.raises(DefinitionError) as caught:
        Dataset("flights", **options)
    return caught.value


def test_two_datasets_are_the_same_only_if_they_are_one_object() -> None:
    first, second = stored("flights"), stored("flights")

    assert first == first  # noqa: PLR0124 (that is the question)
    assert first != second
    assert len({first, second}) == 2


def test_a_dataset_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        stored("flights").name = "weather"  # type: ignore[misc]


def test_a_dataset_remembers_the_line_that_declared_it() -> None:
    frame = inspect.currentframe()
    assert frame is not None
    dataset, line = Dataset("flights"), frame.f_lineno

    assert dataset.place is not None
    assert (dataset.place.file, dataset.place.line) == (__file__, line)


def test_the_path_says_the_format() -> None:
    assert stored("flights", "raw/flights.csv").kind.name == "csv"
    assert stored("flights", "clean/flights/").kind.name == "parquet"


def test_a_dataset_without_storage_is_a_table() -> None:
    assert Dataset("flights").kind.name == "parquet"


def test_a_format_may_be_given_by_name_or_with_options() -> None:
    semicolons = CsvFormat(separator=";")

    assert Dataset("flights", storage=LAKE.at("flights.txt"), format="csv").kind == CsvFormat()
    assert Dataset("flights", storage=LAKE.at("flights.csv"), format=semicolons).kind is semicolons


def test_the_schema_gives_columns_and_rules() -> None:
    dataset = Dataset("flights", schema=Flight)

    assert dataset.table is not None
    assert dataset.table.dtypes == {"day": pl.String(), "carrier": pl.String()}


def test_without_a_schema_nothing_is_known_of_the_columns() -> None:
    assert Dataset("flights").table is None


@pytest.mark.parametrize("form", ["json", "files"])
def test_the_schema_of_a_document_is_no_table(form: FormatName) -> None:
    assert Dataset("report", storage=LAKE.at("report"), format=form, schema=NoTable).table is None


@pytest.mark.parametrize(
    ("keys", "expected"), [("day", ("day",)), (["day", "carrier"], ("day", "carrier")), ((), ())]
)
def test_partition_keys_are_given_as_one_or_several_names(
    keys: str | list[str], expected: tuple[str, ...]
) -> None:
    dataset = Dataset("flights", storage=LAKE.at("flights/"), schema=Flight, partition_by=keys)

    assert dataset.partition_keys == expected


@pytest.mark.parametrize(
    ("options", "fault", "fix"),
    [
        (
            {"storage": LAKE.at("flights/"), "schema": Flight, "partition_by": "dya"},
            "is partitioned by dya, which its schema does not have",
            "partition by one of day, carrier",
        ),
        (
            {"storage": LAKE.at("flights/"), "format": "csv", "partition_by": "day"},
            "is partitioned, which format csv is not",
            "use parquet, ipc, delta or iceberg",
        ),
        (
            {"storage": LAKE.at("flights.parquet"), "partition_by": "day"},
            "is partitioned but not a folder",
            "end its path with '/'",
        ),
        ({"partition_by": "day"}, "is partitioned but not a folder", "end its path with '/'"),
        ({"source": True}, "is a source without storage", "add storage=bucket.at(path)"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    options: dict[str, object], fault: str, fix: str
) -> None:
    (problem,) = refused(**options).problems

    assert problem.code.code == "GLC105"
    assert problem.message == f"dataset 'flights' {fault}"
    assert problem.fix == fix
    assert problem.dataset == "flights"
    assert problem.place is not None
    assert problem.place.file == __file__


def test_all_contradictions_are_reported_at_once() -> None:
    error = refused(storage=LAKE.at("flights.csv"), schema=Flight, partition_by="dya")

    assert error.codes == ("GLC105", "GLC105", "GLC105")


def test_a_schema_without_dtypes_is_refused_where_the_dataset_is_declared() -> None:
    assert refused(schema=NoTable).codes == ("GLC104",)


@pytest.mark.parametrize("schema", [int, Row(x=1), "Row"], ids=repr)
def test_a_schema_that_is_no_model_class_is_refused_readably(schema: object) -> None:
    (problem,) = refused(schema=schema).problems

    assert problem.code.code == "GLC104"


def test_a_format_that_contradicts_the_path_is_refused() -> None:
    assert refused(storage=LAKE.at("flights.csv"), format="parquet").codes == ("GLC103",)


def test_an_alias_stands_for_its_dataset() -> None:
    flights = stored("flights")

    assert dataset_of(Annotated[pl.LazyFrame, flights]) is flights
    assert dataset_of(Annotated[pl.DataFrame, "some note", flights]) is flights
    assert dataset_of(before(flights)) is flights
    assert dataset_of(flights) is flights


def test_an_alias_within_an_alias_stands_for_its_dataset() -> None:
    flights = stored("flights")

    assert dataset_of(Annotated[Annotated[pl.LazyFrame, flights], "the raw ones"]) is flights


def test_a_type_alias_stands_for_its_dataset() -> None:
    flights = stored("flights")

    assert dataset_of(TypeAliasType("Flights", Annotated[pl.LazyFrame, flights])) is flights


if sys.version_info >= (3, 12):

    def test_a_type_statement_stands_for_its_dataset() -> None:
        namespace = {"Annotated": Annotated, "pl": pl, "flights": stored("flights")}
        exec("type Flights = Annotated[pl.LazyFrame, flights]", namespace)

        assert dataset_of(namespace["Flights"]) is namespace["flights"]


@pytest.mark.parametrize(
    "alias", [pl.LazyFrame, int, "flights", None, Annotated[int, "note"]], ids=str
)
def test_what_names_no_dataset_is_refused(alias: object) -> None:
    with pytest.raises(DefinitionError, match="names no datasets") as caught:
        dataset_of(alias)

    assert caught.value.codes == ("GLC206",)


def test_what_names_two_datasets_is_refused() -> None:
    flights, weather = in_memory("flights", "weather")
    alias = Annotated[pl.LazyFrame, flights, weather]

    with pytest.raises(DefinitionError, match="names 2 datasets") as caught:
        dataset_of(alias)

    assert caught.value.codes == ("GLC206",)
    assert datasets_in(alias) == [flights, weather]


@pytest.mark.parametrize(
    ("path", "is_folder", "key", "suffix"),
    [
        ("flights.parquet", False, "flights.parquet", ".parquet"),
        ("raw/flights.csv", False, "raw/flights.csv", ".csv"),
        ("clean/flights/", True, "clean/flights", ""),
        ("v1.2/", True, "v1.2", ""),
        ("flights", False, "flights", ""),
    ],
)
def test_a_location_is_a_file_or_a_folder(
    path: str, is_folder: bool, key: str, suffix: str
) -> None:
    location = LAKE.at(path)

    assert (location.is_folder, location.key, location.suffix) == (is_folder, key, suffix)
    assert str(location) == f"lake:{path}"


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("flights.parquet", "flights.parquet", True),
        ("flights/", "flights/2013.parquet", True),
        ("flights", "flights/", True),
        ("raw/", "raw/us/flights/", True),
        ("flights/", "flights.parquet", False),
        ("flights/", "flights-2/", False),
        ("raw/a.parquet", "raw/b.parquet", False),
    ],
)
def test_locations_overlap_if_one_is_or_holds_the_other(
    one: str, other: str, overlap: bool
) -> None:
    assert LAKE.at(one).overlaps(LAKE.at(other)) is overlap
    assert LAKE.at(other).overlaps(LAKE.at(one)) is overlap


def test_locations_in_different_buckets_do_not_overlap() -> None:
    other = Provider(config=LocalConfig()).bucket("pond")

    assert not LAKE.at("flights/").overlaps(other.at("flights/"))


def test_a_bucket_is_the_same_wherever_it_is_named() -> None:
    again = Provider(config=LocalConfig()).bucket("lake")
    elsewhere = Provider(config=AwsConfig(region="eu-west-1")).bucket("lake")

    assert again.at("flights/") == LAKE.at("flights/")
    assert again.at("flights/").overlaps(LAKE.at("flights/"))
    assert not elsewhere.at("flights/").overlaps(LAKE.at("flights/"))


def test_a_location_reads_as_bucket_and_path_on_every_system() -> None:
    location = LAKE.at("raw/flights.parquet")

    assert isinstance(location, Location)
    assert PurePosixPath(location.path).parts == ("raw", "flights.parquet")
