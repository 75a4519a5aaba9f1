"""Every dtype that a format claims to hold comes back as it went in; what it cannot hold, it refuses by name."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from glacier_runtime.storage.formats import (
    FORMATS,
    CsvFormat,
    IpcFormat,
    NdjsonFormat,
    ParquetFormat,
    TableFormat,
    unstorable_dtypes,
)

# Those of files; tables that have a log of their own are tested in tests/lake.
TABLES = [
    kind for kind in FORMATS.values() if isinstance(kind, TableFormat) and kind.written_as == kind
]
TEXTS = ["", " ", "a,b", 'q"uote', "two\nlines", "\r\n", "é😀", "NA", "null", "1", "\\N", "'", "\t"]
WITHOUT_ZONE = datetime(2020, 1, 1, 1, 1, 1, 1, tzinfo=UTC).replace(tzinfo=None)
FLOATS = [0.1, 1 / 3, -0.0, 1e300, 5e-324]
VALUES: dict[pl.DataType, list[object]] = {
    pl.Boolean(): [True, False],
    pl.Int8(): [-(2**7), 2**7 - 1],
    pl.Int16(): [-(2**15), 2**15 - 1],
    pl.Int32(): [-(2**31), 2**31 - 1],
    pl.Int64(): [-(2**63), 2**63 - 1],
    pl.Int128(): [-(2**127), 2**127 - 1],
    pl.UInt8(): [0, 2**8 - 1],
    pl.UInt16(): [0, 2**16 - 1],
    pl.UInt32(): [0, 2**32 - 1],
    pl.UInt64(): [0, 2**64 - 1],
    pl.Float32(): [0.5, 1 / 3, -0.0],
    pl.Float64(): [*FLOATS],
    pl.Decimal(12, 2): [Decimal("1.10"), Decimal("-9999999999.99")],
    pl.Decimal(38, 9): [Decimal("-12345678901234567890.123456789")],
    pl.String(): [*TEXTS],
    pl.Binary(): [b"", b"\x00\xff"],
    pl.Date(): [date(1, 1, 1), date(9999, 12, 31)],
    pl.Time(): [time(0, 0, 0, 1), time(23, 59, 59, 999_999)],
    pl.Datetime("ms"): [WITHOUT_ZONE.replace(microsecond=1000)],
    pl.Datetime("us"): [WITHOUT_ZONE.replace(year=year) for year in (1, 1969, 2020, 9999)],
    pl.Datetime("ns"): [WITHOUT_ZONE],
    pl.Datetime("us", "UTC"): [datetime(2020, 1, 1, 1, 1, 1, 1, tzinfo=UTC)],
    pl.Datetime("us", "Europe/Berlin"): [
        datetime(2020, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)  # the hour that is twice
    ],
    pl.Duration("us"): [timedelta(days=1, microseconds=1), timedelta(microseconds=-1)],
    pl.Categorical(): ["a", "b"],
    pl.Enum(["a", "b"]): ["a", "b"],
    pl.List(pl.Int64()): [[1, None], []],
    pl.List(pl.String()): [["a", None, ""], []],
    pl.Array(pl.Int64(), 2): [[1, 2], [3, None]],
    pl.Struct({"x": pl.Int64(), "y": pl.String()}): [{"x": 1, "y": "a"}, {"x": None, "y": None}],
    pl.Null(): [None],
}


def storable() -> Iterator[tuple[TableFormat, pl.DataType]]:
    for kind in TABLES:
        for dtype in VALUES:
            if not unstorable_dtypes(kind, pl.Schema({"value": dtype})):
                yield kind, dtype


def frame_of(dtype: pl.DataType, values: list[object]) -> pl.DataFrame:
    column = pl.Series("value", values, dtype=dtype, strict=False)
    if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
        column = pl.Series("value", values).dt.convert_time_zone(dtype.time_zone).cast(dtype)
    return column.to_frame()


def written_and_read(kind: TableFormat, frame: pl.DataFrame, folder: Path) -> pl.DataFrame:
    path = folder / f"data{kind.suffixes[0]}"
    pl.collect_all([kind.sink(frame.lazy(), str(path)).plan])
    return kind.scan([str(path)], frame.schema).select(frame.columns).collect()


@pytest.mark.parametrize(
    ("kind", "dtype"), list(storable()), ids=lambda value: getattr(value, "name", str(value))
)
def test_values_come_back_as_they_went_in(
    kind: TableFormat, dtype: pl.DataType, tmp_path: Path
) -> None:
    values = [*VALUES[dtype], None]
    alone = frame_of(dtype, values)
    assert alone["value"].null_count() == values.count(None)
    assert_frame_equal(written_and_read(kind, alone, tmp_path), alone, check_exact=True)
    beside = alone.with_columns(number=pl.int_range(pl.len()))
    assert_frame_equal(written_and_read(kind, beside, tmp_path), beside, check_exact=True)


@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: kind.name)
def test_a_table_without_rows_keeps_its_columns(kind: TableFormat, tmp_path: Path) -> None:
    empty = pl.DataFrame(schema={"n": pl.Int64, "text": pl.String, "day": pl.Date})
    assert_frame_equal(written_and_read(kind, empty, tmp_path), empty)


@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: kind.name)
def test_hostile_column_names_come_back(kind: TableFormat, tmp_path: Path) -> None:
    names = ["a b", "é", "'q'", "a,b", "two\nlines", "{{ x }}", "${x}", "a*", "^.*", " ", "a.b"]
    frame = pl.DataFrame({name: [number] for number, name in enumerate(names)})
    assert_frame_equal(written_and_read(kind, frame, tmp_path), frame)


def holds_nan(kind: TableFormat) -> bool:
    return kind.changed_values("x", pl.Float64()) is None


@pytest.mark.parametrize("kind", [k for k in TABLES if holds_nan(k)], ids=lambda kind: kind.name)
@pytest.mark.parametrize("dtype", [pl.Float32(), pl.Float64()], ids=str)
def test_formats_that_claim_so_hold_what_is_no_number(
    kind: TableFormat, dtype: pl.DataType, tmp_path: Path
) -> None:
    frame = frame_of(dtype, [math.nan, math.inf, -math.inf, None, 0.0])
    assert_frame_equal(written_and_read(kind, frame, tmp_path), frame, check_exact=True)


def test_the_format_that_cannot_hold_what_is_no_number_says_so() -> None:
    assert [kind.name for kind in TABLES if not holds_nan(kind)] == ["ndjson"]


@pytest.mark.parametrize(
    ("kind", "refused"),
    [
        (ParquetFormat(), {pl.Object()}),
        (IpcFormat(), {pl.Object()}),
        (
            CsvFormat(),
            {pl.Binary(), pl.Duration("us"), pl.List(pl.Int64()), pl.Struct({"x": pl.Int64()})},
        ),
        (
            NdjsonFormat(),
            {pl.Binary(), pl.Duration("us"), pl.Decimal(12, 2), pl.Int8(), pl.UInt8(), pl.Time()},
        ),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_dtypes_that_a_format_cannot_hold_are_named_at_any_depth(
    kind: TableFormat, refused: set[pl.DataType]
) -> None:
    schema = pl.Schema({"good": pl.Int64()} | {str(dtype): dtype for dtype in refused})
    assert set(unstorable_dtypes(kind, schema)) == {str(dtype) for dtype in refused}
    nested = pl.Schema({str(dtype): pl.List(pl.Struct({"x": dtype})) for dtype in refused})
    assert set(unstorable_dtypes(kind, nested)) == set(nested)


def test_partition_values_never_leave_the_folder(tmp_path: Path) -> None:
    values = ["../../evil", "a/b", "..", ".", "", " ", "é", "%2F", "a=b", "*", "\n", "a\\b", "a:b"]
    frame = pl.DataFrame({"key": values, "n": range(len(values))})
    folder = tmp_path / "made"
    sink = ParquetFormat().sink_partitioned(frame.lazy(), str(folder), ["key"])
    pl.collect_all([sink.plan])
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == set(map(Path, sink.rows_of))
    assert all(Path(path).is_relative_to(folder) for path in sink.rows_of)
    read = ParquetFormat().scan(sorted(sink.rows_of), frame.schema).collect()
    assert_frame_equal(read.sort("n"), frame)
