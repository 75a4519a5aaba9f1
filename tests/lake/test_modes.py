"""What each mode does to a table; whoever reads it, through Glacier or not, sees the same."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Annotated, Any

import polars as pl
import pytest

from glacier_runtime import Dataset, LocalExecutor, Pipeline, task
from tests.lake.ledger import Ledger, Row, frame, made_of, rows_in

A, B, C = date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)
FIRST = [(1, A, 1.0), (2, B, None)]
SECOND = [(2, B, 20.0), (3, C, 3.0)]
EXPECTED: dict[str, Any] = {
    "append": [*FIRST, *SECOND],
    "overwrite": SECOND,
    "merge": [FIRST[0], *SECOND],
    "overwrite_partition": [FIRST[0], *SECOND],
}
# Every mode and both formats; the other pairs are long.
PAIRS = {
    ("delta", "merge"),
    ("delta", "overwrite_partition"),
    ("iceberg", "append"),
    ("iceberg", "overwrite"),
}


def alike(ledger: Ledger, expected: list[Any]) -> bool:
    everybody = (ledger.seen(), ledger.in_library(), ledger.in_duckdb())
    wanted = sorted(expected, key=repr)
    assert list(everybody) == [wanted] * 3
    return True


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        pytest.param(*pair, marks=() if pair in PAIRS else pytest.mark.long)
        for pair in product(["delta", "iceberg"], EXPECTED)
    ],
    indirect=["kind"],
)
def test_a_run_changes_the_table_as_its_mode_says(ledger: Ledger, mode: str) -> None:
    ledger.mode = mode
    ledger.options = {"partition_by": "day"} if mode == "overwrite_partition" else {}

    ledger.run(FIRST)
    assert alike(ledger, FIRST)
    result = ledger.run(SECOND)

    assert alike(ledger, EXPECTED[mode])
    (books,) = result
    made = result[books]
    assert rows_in(made_of(result, books)) == sorted(EXPECTED[mode], key=repr)
    assert made.rows == len(SECOND)  # the rows of the run, not of the table


@pytest.mark.parametrize("mode", EXPECTED)
def test_a_run_without_rows_is_a_change_like_any_other(ledger: Ledger, mode: str) -> None:
    ledger.mode = mode
    ledger.options = {"partition_by": "day"} if mode == "overwrite_partition" else {}

    ledger.run([])
    ledger.run(FIRST)
    ledger.run([])

    left = [] if mode == "overwrite" else FIRST
    assert ledger.seen() == ledger.in_library() == sorted(left, key=repr)


def test_partitions_of_any_kind_are_overwritten(ledger: Ledger) -> None:
    class Part(Row):
        text: str | None
        number: int | None
        flag: bool

    ledger.mode = "overwrite_partition"
    keys = ("day", "text", "number", "flag")
    ledger.options = {"partition_by": keys, "schema": Part}
    parts = pl.DataFrame({"text": ["it's", None], "number": [1, None], "flag": [True, False]})

    def run(value: float) -> list[float]:
        table = pl.concat([frame([(1, A, value), (2, B, value)]), parts], how="horizontal")
        folder = ledger.root / "data" / "lake"
        folder.mkdir(parents=True, exist_ok=True)
        table.write_parquet(folder / "raw.parquet")
        raw = Dataset("raw", storage=ledger.lake.at("raw.parquet"), schema=Part, source=True)
        books = ledger.dataset()

        @task(dry_run=False)
        def keep(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, books]:
            return rows

        made = Pipeline(name="ledger", tasks=[keep]).run(executor=LocalExecutor(root=ledger.root))
        return sorted(made_of(made, books)["value"])

    assert run(1.0) == [1.0, 1.0]
    assert run(2.0) == [2.0, 2.0]


def test_who_reads_a_growing_table_in_the_same_pipeline_sees_all_of_it(ledger: Ledger) -> None:
    raw = Dataset("raw", storage=ledger.lake.at("raw.parquet"), schema=Row, source=True)
    books, total = ledger.dataset(), Dataset("total")

    @task(dry_run=False)
    def keep(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, books]:
        return rows

    @task(dry_run=False)
    def count(rows: Annotated[pl.LazyFrame, books]) -> Annotated[pl.LazyFrame, total]:
        return rows.select(pl.len())

    pipeline = Pipeline(name="ledger", tasks=[keep, count])
    for fuse in (True, False):
        ledger.give(FIRST)
        found = pipeline.run(executor=LocalExecutor(root=ledger.root, fuse=fuse, force=True))
        assert made_of(found, total).item() == 2 * (1 + (not fuse))


def test_what_was_there_before_the_run_is_the_whole_table(ledger: Ledger) -> None:
    ledger.mode = "overwrite"
    ledger.run(FIRST)
    ledger.add_from_outside([(9, C, 9.0)])

    ledger.going_on(SECOND).run(executor=LocalExecutor(root=ledger.root))

    assert ledger.in_library() == sorted([*FIRST, (9, C, 9.0), *SECOND], key=repr)
