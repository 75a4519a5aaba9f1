"""A query that fails after it has written most of its rows: Polars may leave a valid, short file. Nobody must see it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import pytest
from pydantic import BaseModel

from glacier_runtime import Dataset
from glacier_runtime.errors import ExecutionError
from glacier_runtime.storage.versions import current_version
from tests.execution.local_runs import lake, local, run_tasks

ROWS = 1_500_000


class Keyed(BaseModel):
    n: int
    key: int


@pytest.mark.parametrize("path", ["out.parquet", "out.arrow", "out.csv", "out.ndjson", "parts/"])
@pytest.mark.parametrize("where", ["in its own query", "in a query beside it"])
def test_nothing_of_a_query_that_fails_at_its_last_row_is_published(
    path: str, where: str, tmp_path: Path
) -> None:
    bucket = lake(tmp_path)
    keys = "key" if path.endswith("/") else ()
    output = Dataset("output", storage=bucket.at(path), schema=Keyed, partition_by=keys)
    beside = Dataset("beside", storage=bucket.at("beside.parquet"), schema=Keyed)
    is_own = where == "in its own query"

    def rows(count: int, *, fails: bool) -> pl.LazyFrame:
        numbers = pl.int_range(count, eager=True, dtype=pl.Int64).alias("n").to_frame().lazy()
        spelled = pl.when(pl.col("n") < count - 1).then(pl.col("n").cast(pl.String))
        number = spelled.otherwise(pl.lit("none")).cast(pl.Int64) if fails else pl.col("n")
        return numbers.select(n=number, key=pl.col("n") % 3)

    @local.task
    def write(
        count: int, fails: bool
    ) -> tuple[Annotated[pl.LazyFrame, output], Annotated[pl.LazyFrame, beside]]:
        return rows(count, fails=fails and is_own), rows(count, fails=fails and not is_own)

    run_tasks(tmp_path, write, count=10, fails=False)
    with pytest.raises(ExecutionError, match="conversion") as failure:
        run_tasks(tmp_path, write, count=ROWS, fails=True)
    assert failure.value.codes == ("GLC601",)
    for dataset in (output, beside):
        assert dataset.storage is not None
        version = current_version(dataset.storage, tmp_path)
        assert version is not None
        assert (version.number, version.output.rows) == (1, 10)
        attempts = tmp_path / "data/lake/_glacier" / dataset.storage.key / "attempts"
        assert [attempt.name for attempt in attempts.iterdir()] == [version.record.attempt]
    assert run_tasks(tmp_path, write, count=20, fails=False)[output].rows == 20
