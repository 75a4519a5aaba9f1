"""Options of formats that keep columns: they reach the files; and partitions of Arrow IPC."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from glacier_runtime import (
    Dataset,
    IpcFormat,
    LocalExecutor,
    ParquetFormat,
    Pipeline,
    Provider,
    task,
)
from glacier_runtime.config import LocalConfig
from glacier_runtime.errors import DefinitionError
from tests.lake.ledger import Ledger, Row, frame, made_of, rows_in


def test_options_of_parquet_reach_the_file(tmp_path: Path) -> None:
    form = ParquetFormat(
        compression="gzip", compression_level=9, row_group_size=10, statistics=False
    )
    rows = pl.LazyFrame({"x": range(40)})

    form.sink(rows, str(tmp_path / "x.parquet")).plan.collect()

    found = pq.ParquetFile(tmp_path / "x.parquet").metadata
    assert found.num_row_groups == 4
    column = found.row_group(0).column(0)
    assert column.compression == "GZIP"
    assert not column.is_stats_set


def test_compression_makes_ipc_smaller_and_keeps_it(tmp_path: Path) -> None:
    rows = pl.LazyFrame({"x": [1] * 10_000})
    for compression in ("uncompressed", "zstd", "lz4"):
        file = str(tmp_path / compression)
        form = IpcFormat(compression=compression)
        form.sink(rows, file).plan.collect()
        assert form.scan([file], None).collect().equals(rows.collect())

    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert sizes["zstd"] < sizes["lz4"] < sizes["uncompressed"]


@pytest.mark.parametrize(
    ("form", "options"),
    [
        (ParquetFormat, {"compression": "zip"}),
        (ParquetFormat, {"compression": "zstd", "compression_level": 23}),
        (ParquetFormat, {"compression": "snappy", "compression_level": 1}),
        (ParquetFormat, {"row_group_size": 0}),
        (IpcFormat, {"compression": "snappy"}),
    ],
)
def test_options_without_meaning_are_refused(form: Any, options: dict[str, Any]) -> None:
    with pytest.raises(DefinitionError, match="GLC103"):
        form(**options)


def test_arrow_ipc_has_partitions(tmp_path: Path) -> None:
    lake = Provider(config=LocalConfig()).bucket("lake")
    raw = Dataset("raw", storage=lake.at("raw.parquet"), schema=Row, source=True)
    days = Dataset("days", storage=lake.at("days/"), schema=Row, format="ipc", partition_by="day")

    @task(dry_run=False)
    def keep(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, days]:
        return rows

    rows = [(1, date(2024, 1, 1), 1.0), (2, date(2024, 1, 2), None)]
    for given in (rows, []):
        Ledger(tmp_path, "delta").give(given)
        made = Pipeline(name="ipc", tasks=[keep]).run(executor=LocalExecutor(root=tmp_path))
        assert rows_in(made_of(made, days)) == rows_in(frame(given))
    assert [path.name for path in (tmp_path / "data/lake/days").iterdir()] == ["empty.arrow"]
