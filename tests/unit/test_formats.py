"""File formats: which one a path and a wish give, and which dtypes each can hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import get_args

import polars as pl
import pytest

from glacier_runtime import CsvFormat
from glacier_runtime.errors import DefinitionError
from glacier_runtime.storage.formats import (
    FORMATS,
    Format,
    FormatName,
    IpcFormat,
    NdjsonFormat,
    ParquetFormat,
    TableFormat,
    choose_format,
    unstorable_dtypes,
)

TABLE_FORMATS: dict[str, TableFormat] = {
    "csv": CsvFormat(),
    "ipc": IpcFormat(),
    "ndjson": NdjsonFormat(),
    "parquet": ParquetFormat(),
}
every_table_format = pytest.mark.parametrize("name", TABLE_FORMATS)

# A dtype, and values that test its edges.
SAMPLES: dict[str, tuple[pl.DataType, list[object]]] = {
    "Boolean": (pl.Boolean(), [True, False, None]),
    "Int8": (pl.Int8(), [-128, 127, None]),
    "Int16": (pl.Int16(), [-(2**15), None]),
    "Int32": (pl.Int32(), [-(2**31), None]),
    "Int64": (pl.Int64(), [-(2**63), 2**63 - 1, None]),
    "UInt8": (pl.UInt8(), [255, None]),
    "UInt16": (pl.UInt16(), [2**16 - 1, None]),
    "UInt32": (pl.UInt32(), [2**32 - 1, None]),
    "UInt64": (pl.UInt64(), [2**64 - 1, None]),
    "Float32": (pl.Float32(), [1.5, None]),
    "Float64": (pl.Float64(), [0.1, -1e300, None]),
    "String": (pl.String(), ["", " a ", 'a,b;"c"\n\té🦆', "null", "NA", "\\N", None]),
    "Binary": (pl.Binary(), [b"\x00\xff", None]),
    "Date": (pl.Date(), [date(1, 1, 1), date(9999, 12, 31), None]),
    "Datetime": (pl.Datetime("us"), [datetime(2013, 1, 1, 1, 2, 3, 456), None]),  # noqa: DTZ001
    "Datetime(UTC)": (pl.Datetime("us", "UTC"), [datetime(2013, 1, 1, tzinfo=UTC), None]),
    "Time": (pl.Time(), [time(1, 2, 3), None]),
    "Duration": (pl.Duration("us"), [timedelta(microseconds=1), None]),
    "Decimal": (pl.Decimal(12, 2), [Decimal("-1.50"), None]),
    "Categorical": (pl.Categorical(), ["a", None]),
    "Enum": (pl.Enum(["a", "b"]), ["b", None]),
    "List": (pl.List(pl.Int64()), [[1, None], [], None]),
    "List(Time)": (pl.List(pl.Time()), [[time(1)]]),
    "Array": (pl.Array(pl.Int64(), 2), [[1, 2], None]),
    "Struct": (pl.Struct({"a": pl.String()}), [{"a": "x"}, {"a": None}]),
    "Struct(Duration)": (pl.Struct({"a": pl.Duration("us")}), [{"a": timedelta(1)}]),
    "Null": (pl.Null(), [None]),
}


@pytest.mark.parametrize(
    ("suffix", "name"),
    [
        (".parquet", "parquet"),
        (".pq", "parquet"),
        (".csv", "csv"),
        (".ndjson", "ndjson"),
        (".jsonl", "ndjson"),
        (".arrow", "ipc"),
        (".ipc", "ipc"),
        (".feather", "ipc"),
        (".json", "json"),
    ],
)
def test_the_suffix_says_the_format(suffix: str, name: FormatName) -> None:
    assert choose_format(None, suffix, is_folder=False).name == name


def test_a_folder_holds_parquet_unless_it_is_said_otherwise() -> None:
    assert choose_format(None, "", is_folder=True).name == "parquet"
    assert choose_format("csv", "", is_folder=True).name == "csv"


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_can_be_named_where_the_path_says_nothing(name: FormatName) -> None:
    assert choose_format(name, "", is_folder=False) is FORMATS[name]


@pytest.mark.parametrize("suffix", [".csv", ".zip", ".parquet", ""])
def test_files_of_any_suffix_may_be_handed_over_as_they_are(suffix: str) -> None:
    assert choose_format("files", suffix, is_folder=False).name == "files"


def test_a_format_with_options_is_taken_as_it_is() -> None:
    wanted = CsvFormat(separator=";", null_values=("NA",))

    assert choose_format(wanted, ".csv", is_folder=False) is wanted
    assert choose_format(wanted, ".txt", is_folder=False) is wanted


@pytest.mark.parametrize(
    ("wanted", "suffix", "why"),
    [
        (None, ".xlsx", "no format is known for the suffix '.xlsx'"),
        (None, "", "no format is known for the suffix ''"),
        (None, ".CSV", "no format is known for the suffix '.CSV'"),
        ("excel", ".xlsx", "format 'excel' is unknown"),
        ("", "", "format '' is unknown"),
        ("{{ format }}", ".csv", "format '{{ format }}' is unknown"),
        ("csv", ".parquet", "format 'csv' does not suit a path that ends in '.parquet'"),
        ("parquet", ".csv", "format 'parquet' does not suit a path that ends in '.csv'"),
        ("json", ".ndjson", "format 'json' does not suit a path that ends in '.ndjson'"),
        (CsvFormat(), ".parquet", "format 'csv' does not suit a path that ends in '.parquet'"),
    ],
)
def test_a_format_that_is_unknown_or_contradicts_the_path_is_refused(
    wanted: Format | str | None, suffix: str, why: str
) -> None:
    with pytest.raises(DefinitionError) as caught:
        choose_format(wanted, suffix, is_folder=False)

    (problem,) = caught.value.problems
    assert problem.code.code == "GLC103"
    assert problem.message == why
    assert all(name in problem.fix for name in FORMATS)


@pytest.mark.parametrize("separator", ["", "ab", "→"])
def test_a_csv_separator_is_one_byte(separator: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        CsvFormat(separator=separator)

    assert caught.value.codes == ("GLC103",)


def test_no_suffix_belongs_to_two_formats() -> None:
    suffixes = [suffix for kind in FORMATS.values() for suffix in kind.suffixes]

    assert len(set(suffixes)) == len(suffixes)


def test_the_names_that_type_checkers_know_are_those_that_exist() -> None:
    assert set(get_args(FormatName)) == set(FORMATS)


def test_tables_and_documents_are_told_apart() -> None:
    tables = {name for name, kind in FORMATS.items() if isinstance(kind, TableFormat)}

    assert tables == {*TABLE_FORMATS, "delta", "iceberg"}  # which tests/lake is about


UNSTORABLE = {
    "parquet": set[str](),
    "ipc": set[str](),
    "csv": {
        "Binary",
        "Duration",
        "List",
        "List(Time)",
        "Array",
        "Struct",
        "Struct(Duration)",
        "Null",
    },
    "ndjson": {
        "Binary",
        "Decimal",
        "Duration",
        "Int8",
        "Int16",
        "List(Time)",
        "Null",
        "Struct(Duration)",
        "Time",
        "UInt8",
        "UInt16",
    },
}


@every_table_format
def test_a_format_names_the_columns_it_cannot_hold(name: str) -> None:
    dtypes = pl.Schema({sample: dtype for sample, (dtype, _) in SAMPLES.items()})

    refused = unstorable_dtypes(TABLE_FORMATS[name], dtypes)

    assert refused == {sample: dtypes[sample] for sample in UNSTORABLE[name]}


@pytest.mark.parametrize("name", ["json", "files"])
def test_documents_and_files_have_no_columns_to_refuse(name: FormatName) -> None:
    assert unstorable_dtypes(FORMATS[name], pl.Schema({"x": pl.Object()})) == {}


@pytest.mark.parametrize(
    ("name", "sample"),
    [
        (name, sample)
        for name, refused in UNSTORABLE.items()
        for sample in SAMPLES
        if sample not in refused
    ],
)
def test_what_a_format_says_it_can_hold_comes_back_as_it_was(
    name: str, sample: str, tmp_path: Path
) -> None:
    kind = TABLE_FORMATS[name]
    dtype, values = SAMPLES[sample]
    # A second column: a line of CSV with nothing but one null in it would be an empty line.
    frame = pl.DataFrame(
        {"x": values, "number": range(len(values))},
        schema={"x": dtype, "number": pl.Int64()},
    )
    path = tmp_path / f"data{kind.suffixes[0]}"

    pl.collect_all([kind.sink(frame.lazy(), str(path)).plan])

    assert kind.scan([str(path)], frame.schema).collect().equals(frame)
    assert kind.scan([str(path)], frame.schema).collect_schema() == frame.schema


@every_table_format
def test_a_sink_that_reports_rows_reports_them_for_its_file(name: str, tmp_path: Path) -> None:
    kind = TABLE_FORMATS[name]
    sink = kind.sink(pl.LazyFrame({"x": [1, 2, 3]}), str(tmp_path / f"data{kind.suffixes[0]}"))

    pl.collect_all([sink.plan])

    assert sink.rows_of == ({sink.address: 3} if kind.reports_rows else {})


@every_table_format
def test_nothing_is_written_before_the_plan_runs(name: str, tmp_path: Path) -> None:
    kind = TABLE_FORMATS[name]

    kind.sink(pl.LazyFrame({"x": [1]}), str(tmp_path / f"data{kind.suffixes[0]}"))

    assert list(tmp_path.iterdir()) == []


@every_table_format
def test_several_files_are_read_as_one_table(name: str, tmp_path: Path) -> None:
    kind = TABLE_FORMATS[name]
    paths = [tmp_path / f"{number}{kind.suffixes[0]}" for number in range(3)]
    for number, path in enumerate(paths):
        pl.collect_all([kind.sink(pl.LazyFrame({"x": [number]}), str(path)).plan])

    frame = kind.scan(list(map(str, paths)), pl.Schema({"x": pl.Int64()})).collect()

    assert frame["x"].to_list() == [0, 1, 2]


@every_table_format
def test_a_path_is_no_pattern(name: str, tmp_path: Path) -> None:
    kind = TABLE_FORMATS[name]
    path = tmp_path / "with [brackets]*?" / f"data[1]{kind.suffixes[0]}"
    path.parent.mkdir()
    pl.collect_all([kind.sink(pl.LazyFrame({"x": [1]}), str(path)).plan])

    assert kind.scan([str(path)], pl.Schema({"x": pl.Int64()})).collect().height == 1


def test_csv_options_are_used_to_write_and_to_read(tmp_path: Path) -> None:
    kind = CsvFormat(separator=";", null_values=("NA",))
    path = tmp_path / "data.csv"
    path.write_text("x;y\n1;NA\n", encoding="utf-8")

    frame = kind.scan([str(path)], pl.Schema({"x": pl.Int64(), "y": pl.Int64()})).collect()
    pl.collect_all([kind.sink(frame.lazy(), str(tmp_path / "copy.csv")).plan])

    assert frame.rows() == [(1, None)]
    assert (tmp_path / "copy.csv").read_text(encoding="utf-8") == "x;y\n1;\n"


def test_partition_keys_in_folder_names_are_columns_of_the_declared_dtype(tmp_path: Path) -> None:
    path = tmp_path / "day=2013-01-05" / "data.parquet"
    path.parent.mkdir()
    pl.DataFrame({"x": [1]}).write_parquet(path)

    frame = ParquetFormat().scan(
        [str(path)], pl.Schema({"x": pl.Int64(), "day": pl.Date()}), ["day"]
    )

    assert frame.collect().rows() == [(1, date(2013, 1, 5))]


def test_a_partitioned_sink_writes_a_folder_for_each_value_and_keeps_the_key(
    tmp_path: Path,
) -> None:
    frame = pl.LazyFrame({"day": [date(2013, 1, 5), date(2013, 1, 6)], "x": [1, 2]})
    sink = ParquetFormat().sink_partitioned(frame, str(tmp_path / "days"), ["day"])

    pl.collect_all([sink.plan])

    folders = {Path(path).parent.name: rows for path, rows in sink.rows_of.items()}
    assert folders == {"day=2013-01-05": 1, "day=2013-01-06": 1}
    assert all("day" in pl.read_parquet_schema(path) for path in sink.rows_of)
