"""Which dtypes a table gives back as they are, by experiment; all others are refused when the dataset is declared."""

from __future__ import annotations

import warnings
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from glacier_runtime import Dataset, DeltaFormat, IcebergFormat, Pipeline, Provider, task
from glacier_runtime.config import LocalConfig
from glacier_runtime.storage.columnar_formats import ParquetFormat
from glacier_runtime.storage.formats import unstorable_dtypes
from glacier_runtime.storage.lake.applying import open_table
from glacier_runtime.storage.lake.table import Mark
from glacier_runtime.storage.local_store import LocalStore
from tests.lake.ledger import FORMATS, Kind

NAIVE = datetime(2024, 1, 1, 1, 2, 3, 4)  # noqa: DTZ001 (that is what it is about)
SAMPLES: dict[str, pl.Series] = {
    "Boolean": pl.Series([True, None]),
    **{
        str(dtype): pl.Series([1, None], dtype=dtype)
        for dtype in (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.Float32, pl.Float64)
    },
    **{
        str(dtype): pl.Series([200, None], dtype=dtype)
        for dtype in (pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64, pl.Int128, pl.UInt128, pl.Float16)
    },
    "Decimal": pl.Series([Decimal("1.25"), None], dtype=pl.Decimal(38, 10)),
    "String": pl.Series(["é", None]),
    "Binary": pl.Series([b"\x00", None]),
    "Date": pl.Series([date(2024, 1, 1), None]),
    "Time": pl.Series([time(1, 2, 3), None]),
    "Duration": pl.Series([timedelta(1), None]),
    "Datetime(us)": pl.Series([NAIVE, None], dtype=pl.Datetime("us")),
    "Datetime(us, UTC)": pl.Series([NAIVE.replace(tzinfo=UTC), None]),
    "Datetime(ms)": pl.Series([NAIVE, None], dtype=pl.Datetime("ms")),
    "Datetime(ns)": pl.Series([NAIVE, None], dtype=pl.Datetime("ns")),
    "Datetime(ns, UTC)": pl.Series([1, None]).cast(pl.Datetime("ns", "UTC")),
    "Datetime(us, Berlin)": pl.Series([1, None]).cast(pl.Datetime("us", "Europe/Berlin")),
    "Categorical": pl.Series(["a", None], dtype=pl.Categorical()),
    "Enum": pl.Series(["a", None], dtype=pl.Enum(["a"])),
    "List": pl.Series([[1, None], [], None], dtype=pl.List(pl.Int64)),
    "List(List)": pl.Series([[[1], None], [], None], dtype=pl.List(pl.List(pl.Int64))),
    "List(UInt8)": pl.Series([[1], None], dtype=pl.List(pl.UInt8)),
    "List(Struct)": pl.Series([[{"a": 1}], None], dtype=pl.List(pl.Struct({"a": pl.Int64}))),
    "Array": pl.Series([[1, 2], None], dtype=pl.Array(pl.Int64, 2)),
    "Struct": pl.Series([{"a": 1, "b": ["x"]}, None]),
    "Struct(Time)": pl.Series([{"a": time(1)}, None]),
    "Null": pl.Series([None, None]),
}
_BOTH = {
    *("Boolean", "Int32", "Int64", "Float32", "Float64", "Decimal", "String", "Binary", "Date"),
    *("Datetime(us)", "Datetime(us, UTC)", "List", "List(List)", "Struct"),
}
HELD = {"delta": _BOTH | {"Int8", "Int16", "List(Struct)"}, "iceberg": _BOTH}


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_accepted_comes_back_and_what_is_refused_would_not(
    kind: Kind, name: str, tmp_path: Path
) -> None:
    frame = SAMPLES[name].alias("x").to_frame()
    form = FORMATS[kind](mode="append")

    is_refused = bool(unstorable_dtypes(form, frame.schema))

    assert is_refused == (name not in HELD[kind])
    assert is_refused == (not comes_back(form, frame, tmp_path))


def comes_back(form: DeltaFormat | IcebergFormat, frame: pl.DataFrame, folder: Path) -> bool:
    place = Provider(config=LocalConfig()).bucket("lake").at("t/")
    store, file = LocalStore(folder), str(folder / "x.parquet")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            frame.write_parquet(file)
            change, mark = form.change(), Mark("glacier:t:1", "1 a", 1)
            rows = ParquetFormat().scan([file], None)
            open_table(change, place, store).change(change, rows, [], mark, {})
            found = open_table(change, place, store).scan().collect()
            return found.schema == frame.schema and found.equals(frame)
        except BaseException:  # noqa: BLE001 (libraries panic, too)
            return False


def test_a_refused_dtype_is_reported_when_the_pipeline_is_checked(kind: Kind) -> None:
    import dataframely as dy

    class Odd(dy.Schema):
        when = dy.Datetime(nullable=True, time_unit="ns")
        count = dy.UInt64(nullable=True)
        right = dy.Int64(nullable=True)

    lake = Provider(config=LocalConfig()).bucket("lake")
    odd = Dataset("odd", storage=lake.at("odd/"), schema=Odd, format=kind)

    @task(dry_run=False)
    def read(rows: odd) -> None:  # type: ignore[valid-type]  # noqa: ARG001
        return None

    problems = Pipeline(name="odd", tasks=[read]).validate().problems
    found = {p.column: p.fix for p in problems if p.code.code == "GLC313"}

    assert found == {
        "when": "use Datetime('us'), or store it as parquet",
        "count": "use Int64, or store it as parquet",
    }
