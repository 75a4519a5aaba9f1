"""Data as it once was: by version or moment, of tables and of what Glacier keeps itself; and clear words when it is gone."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import polars as pl
import pytest

from glacier_runtime import AsOf, Dataset, LocalExecutor, Pipeline, task
from glacier_runtime.errors import DefinitionError, StorageError
from tests.lake.ledger import Ledger, Row, made_of, rows_in
from tests.lake.test_modes import FIRST, SECOND

NOW = datetime(2024, 1, 1, tzinfo=UTC)


def read(ledger: Ledger, dataset: Dataset, as_of: AsOf) -> list[Any]:
    return ledger.seen_through(Annotated[pl.LazyFrame, dataset, as_of])


def test_tables_are_read_as_of_their_own_versions(ledger: Ledger) -> None:
    before = datetime.now(UTC)
    ledger.run(FIRST)
    first = 0
    if ledger.kind == "iceberg":
        snapshot = ledger.table().current_snapshot()
        assert snapshot is not None
        first = snapshot.snapshot_id
    time.sleep(0.01)
    between = datetime.now(UTC)
    time.sleep(0.01)
    ledger.run(SECOND)
    books = ledger.dataset(source=True)

    assert read(ledger, books, AsOf(version=first)) == FIRST
    assert read(ledger, books, AsOf(timestamp=between)) == FIRST
    assert len(read(ledger, books, AsOf(timestamp=datetime.now(UTC)))) == 4
    for gone in (AsOf(version=99), AsOf(timestamp=before - timedelta(days=1))):
        with pytest.raises(StorageError, match="GLC545") as caught:
            read(ledger, books, gone)
        assert str(gone) in str(caught.value)


def test_other_datasets_are_read_as_of_versions_that_glacier_keeps(ledger: Ledger) -> None:
    place = ledger.lake.at("books.parquet")
    raw = Dataset("raw", storage=ledger.lake.at("raw.parquet"), schema=Row, source=True)
    books, once = (
        Dataset("books", storage=place, schema=Row, source=is_read) for is_read in (False, True)
    )

    @task(dry_run=False)
    def keep(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, books]:
        return rows

    moments = []
    for number in range(1, 6):
        ledger.give([(number, NOW.date(), 1.0)])
        Pipeline(name="ledger", tasks=[keep]).run(executor=LocalExecutor(root=ledger.root))
        moments.append(datetime.now(UTC))

    assert read(ledger, once, AsOf(version=4)) == [(4, NOW.date(), 1.0)]
    assert read(ledger, once, AsOf(timestamp=moments[3])) == [(4, NOW.date(), 1.0)]
    for gone in (AsOf(version=1), AsOf(version=9), AsOf(timestamp=moments[0])):
        with pytest.raises(StorageError, match="versions 3 to 5 are kept"):
            read(ledger, once, gone)


def test_a_task_reads_what_it_makes_as_it_once_was(ledger: Ledger) -> None:
    ledger.run(FIRST)
    books = ledger.dataset()
    moment = AsOf(timestamp=datetime.now(UTC))
    raw = Dataset("raw", storage=ledger.lake.at("raw.parquet"), schema=Row, source=True)

    @task(dry_run=False)
    def again(
        rows: Annotated[pl.LazyFrame, raw],  # noqa: ARG001
        once: Annotated[pl.LazyFrame, books, moment],
    ) -> Annotated[pl.LazyFrame, books]:
        return once

    pipeline = Pipeline(name="ledger", tasks=[again])
    assert pipeline.validate().problems == ()
    made = pipeline.run(executor=LocalExecutor(root=ledger.root))

    assert rows_in(made_of(made, books)) == sorted([*FIRST, *FIRST], key=repr)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"version": 1, "timestamp": NOW},
        {"version": -1},
        {"version": "1"},
        {"timestamp": NOW.replace(tzinfo=None)},
        {"timestamp": "2024-01-01"},
    ],
)
def test_a_moment_is_a_version_or_a_time_with_a_zone(options: dict[str, Any]) -> None:
    with pytest.raises(DefinitionError, match="GLC546"):
        AsOf(**options)


def test_what_is_not_stored_has_no_past() -> None:
    memory = Dataset("memory", schema=Row)

    @task(dry_run=False)
    def look(rows: Annotated[pl.LazyFrame, memory, AsOf(version=1)]) -> None:  # noqa: ARG001
        return None

    assert [problem.code.code for problem in look.problems] == ["GLC546"]
