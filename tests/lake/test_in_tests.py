"""Tasks that read and make tables are tested like others: on rows that a test gives, in a folder of its own."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Previous, task
from glacier_runtime.testing import run_task
from tests.lake.ledger import Ledger, Row

DAY = date(2024, 1, 1)


def test_a_task_merges_into_what_the_test_says_was_there(ledger: Ledger) -> None:
    ledger.mode = "merge"
    books = ledger.dataset()
    given = Dataset(
        "given", storage=ledger.lake.at("given/"), schema=Row, source=True, format=ledger.kind
    )

    @task(dry_run=False)
    def keep(
        rows: Annotated[pl.LazyFrame, given],
        before: Previous[Annotated[pl.LazyFrame, books]],
    ) -> Annotated[pl.LazyFrame, books]:
        return rows.join(before, on="id", how="semi")

    made = run_task(
        keep,
        inputs={given: [{"id": n, "day": DAY, "value": 9.0} for n in (1, 3)]},
        previous={books: [{"id": n, "day": DAY, "value": 1.0} for n in (1, 2)]},
    )

    assert dict(made[books].select("id", "value").rows()) == {1: 9.0, 2: 1.0}
    assert not list(ledger.root.iterdir())
