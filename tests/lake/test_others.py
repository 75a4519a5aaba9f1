"""Others write the same table: what they add is neither lost nor hidden, and what Glacier adds is there once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Annotated

import polars as pl
import pytest
from deltalake import DeltaTable

from glacier_runtime import Dataset, LocalExecutor, Pipeline, task
from glacier_runtime.errors import StorageError
from tests.lake.ledger import Ledger, frame, made_of

DAY = date(2024, 1, 1)


def test_somebody_elses_table_is_a_source(ledger: Ledger) -> None:
    ledger.add_from_outside([(1, DAY, 1.0)])
    ledger.add_from_outside([(2, DAY, 2.0)])

    assert ledger.seen() == [(1, DAY, 1.0), (2, DAY, 2.0)]


def test_a_task_that_reads_the_table_runs_again_after_others_have_changed_it(
    ledger: Ledger,
) -> None:
    ledger.run([(1, DAY, 1.0)])
    books = ledger.dataset(source=True)
    sums = Dataset("sums", storage=ledger.lake.at("sums.parquet"))

    @task(dry_run=False)
    def add_up(rows: Annotated[pl.LazyFrame, books]) -> Annotated[pl.LazyFrame, sums]:
        return rows.select(pl.col("value").sum())

    def run() -> tuple[bool, float]:
        made = Pipeline(name="sums", tasks=[add_up]).run(executor=LocalExecutor(root=ledger.root))
        return made[sums].is_current, made_of(made, sums).item()

    assert run() == (False, 1.0)
    assert run() == (True, 1.0)
    ledger.add_from_outside([(2, DAY, 2.0)])
    assert run() == (False, 3.0)
    assert run() == (True, 3.0)


def test_a_source_is_pinned_when_the_run_starts(ledger: Ledger) -> None:
    ledger.run([(1, DAY, 1.0)])
    books = ledger.dataset(source=True)
    one, two = Dataset("one"), Dataset("two")

    @task(dry_run=False)
    def first(rows: Annotated[pl.DataFrame, books]) -> Annotated[pl.DataFrame, one]:
        ledger.add_from_outside([(2, DAY, 2.0)])
        return rows

    @task(dry_run=False, depends_on=[first])
    def second(rows: Annotated[pl.DataFrame, books]) -> Annotated[pl.DataFrame, two]:
        return rows

    made = Pipeline(name="reading", tasks=[first, second]).run(
        executor=LocalExecutor(root=ledger.root)
    )

    assert made[one].rows == made[two].rows == 1
    assert len(ledger.seen()) == 2


@pytest.mark.parametrize("mode", ["append", "merge"])
def test_who_adds_at_the_same_time_loses_nothing(ledger: Ledger, mode: str) -> None:
    ledger.mode = mode
    ledger.run([(0, DAY, 0.0)])

    def add(number: int) -> None:
        for _ in range(20):  # the library gives up after some tries of its own
            try:
                ledger.add_from_outside([(100 + number, DAY, 1.0)])
            except Exception as error:
                if "ommit" not in str(error):
                    raise
            else:
                return
        raise AssertionError("could not add")

    with ThreadPoolExecutor(2) as pool:
        theirs = [pool.submit(add, number) for number in range(5)]
        for number in range(1, 4):
            ledger.run([(number, DAY, 1.0)])
        for done in theirs:
            done.result()

    found = [row[0] for row in ledger.in_library()]
    assert found == sorted([0, 1, 2, 3, 100, 101, 102, 103, 104], key=lambda n: repr((n,)))
    assert len(ledger.seen()) == 9


def test_a_table_of_others_is_added_to_and_never_replaced(ledger: Ledger) -> None:
    ledger.add_from_outside([(1, DAY, 1.0)])
    ledger.mode = "overwrite"
    with pytest.raises(StorageError, match="GLC509"):
        ledger.run([(2, DAY, 2.0)])
    assert ledger.in_library() == [(1, DAY, 1.0)]

    ledger.mode = "append"
    ledger.run([(2, DAY, 2.0)])

    assert ledger.in_library() == ledger.seen() == [(1, DAY, 1.0), (2, DAY, 2.0)]


def test_people_find_runs_in_the_history_of_the_table(ledger: Ledger) -> None:
    ledger.run([(1, DAY, 1.0)])

    if ledger.kind == "delta":
        noted = DeltaTable(ledger.path).history(1)[0]
    else:
        snapshot = ledger.table().current_snapshot()
        assert snapshot is not None
        assert snapshot.summary is not None
        noted = snapshot.summary.additional_properties

    assert noted["glacier.version"] == "1"
    assert noted["glacier.pipeline"] == "ledger"


def test_the_log_of_a_table_does_not_grow_with_its_marks() -> None:
    from glacier_runtime.storage.lake.table import SLOTS, slot_name

    assert len({slot_name("books", number) for number in range(1000)}) == SLOTS == 64
    assert frame([]).is_empty()
