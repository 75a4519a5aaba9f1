"""Tasks that make one partition at a time keep the others in the table, and read just the partitions they want."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import polars as pl
import pytest

from glacier_runtime import Dataset, LocalExecutor, Partition, Pipeline, task
from glacier_runtime.errors import StorageError
from glacier_runtime.execution.partition_outputs import mended_beside_others
from glacier_runtime.partitions import PartitionKey
from tests.lake.ledger import Ledger, Row, frame, made_of, rows_in

DAYS = [date(2024, 1, day) for day in (1, 2, 3)]


def keys(*days: date) -> tuple[PartitionKey, ...]:
    return tuple(PartitionKey((("day", day.isoformat()),)) for day in days)


def test_partitions_are_made_and_read_one_by_one(ledger: Ledger) -> None:
    ledger.mode = "overwrite"
    ledger.options = {"partition_by": "day"}
    books = ledger.dataset()
    place = ledger.lake.at("twice/")
    twice = Dataset("twice", storage=place, schema=Row, format=ledger.kind, partition_by="day")
    value = 1.0

    @task(dry_run=False)
    def make(day: Partition[date]) -> Annotated[pl.LazyFrame, books]:
        return frame([(day.day, day, value)] if value else []).lazy()

    @task(dry_run=False)
    def double(
        rows: Annotated[pl.LazyFrame, books],
        day: Partition[date],  # noqa: ARG001
    ) -> Annotated[pl.LazyFrame, twice]:
        return rows.with_columns(pl.col("value") * 2)

    pipeline = Pipeline(name="ledger", tasks=[make, double])

    def run(*days: date) -> list[tuple[object, ...]]:
        executor = LocalExecutor(root=ledger.root, partitions=keys(*days), force=True, fuse=False)
        return rows_in(made_of(pipeline.run(executor=executor), twice))

    assert run(*DAYS[:2]) == [(1, DAYS[0], 2.0), (2, DAYS[1], 2.0)]
    value = 3.0
    assert run(DAYS[1], DAYS[2]) == [(1, DAYS[0], 2.0), (2, DAYS[1], 6.0), (3, DAYS[2], 6.0)]
    value = 0.0
    assert run(DAYS[0]) == [(2, DAYS[1], 6.0), (3, DAYS[2], 6.0)]
    assert ledger.in_library() == [(2, DAYS[1], 3.0), (3, DAYS[2], 3.0)]


def test_a_partition_that_a_source_does_not_have_is_missed(ledger: Ledger) -> None:
    ledger.add_from_outside([(1, DAYS[0], 1.0)])
    books = ledger.dataset(source=True, partition_by="day")
    out = Dataset("out", storage=ledger.lake.at("out/"), schema=Row, partition_by="day")

    @task(dry_run=False)
    def copy(
        rows: Annotated[pl.LazyFrame, books],
        day: Partition[date],  # noqa: ARG001
    ) -> Annotated[pl.LazyFrame, out]:
        return rows

    pipeline = Pipeline(name="ledger", tasks=[copy])
    made = pipeline.run(executor=LocalExecutor(root=ledger.root, partitions=keys(DAYS[0])))
    assert rows_in(made_of(made, out)) == [(1, DAYS[0], 1.0)]
    with pytest.raises(StorageError, match="GLC630"):
        pipeline.run(executor=LocalExecutor(root=ledger.root, partitions=keys(DAYS[1])))


def test_a_table_has_one_writer_even_of_runs_that_make_different_partitions(
    ledger: Ledger,
) -> None:
    ledger.mode = "overwrite"
    ledger.options = {"partition_by": "day"}
    books = ledger.dataset()
    refused: list[StorageError] = []

    def run(day: date) -> list[tuple[object, ...]]:
        executor = LocalExecutor(root=ledger.root, partitions=keys(day))
        return rows_in(made_of(pipeline.run(executor=executor), books))

    @task(dry_run=False)
    def make(day: Partition[date]) -> Annotated[pl.LazyFrame, books]:
        if day == DAYS[0]:
            with pytest.raises(StorageError, match="GLC505") as failure:
                run(DAYS[1])
            refused.append(failure.value)
        return frame([(day.day, day, 1.0)]).lazy()

    pipeline = Pipeline(name="ledger", tasks=[make])

    assert run(DAYS[0]) == [(1, DAYS[0], 1.0)]
    assert len(refused) == 1
    assert run(DAYS[1]) == [(1, DAYS[0], 1.0), (2, DAYS[1], 1.0)]


def test_a_table_is_mended_by_one_run_at_a_time(ledger: Ledger) -> None:
    ledger.mode = "overwrite"
    table, place = ledger.dataset(partition_by="day"), ledger.lake.at("files/")
    files = Dataset("files", storage=place, schema=Row, partition_by="day")

    assert mended_beside_others([table, files]) == {files: frozenset()}
