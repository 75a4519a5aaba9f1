"""A run killed around the moment at which its version gets into the table: readers see old or new, and nothing comes twice."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from glacier_runtime import LocalExecutor
from glacier_runtime.errors import StorageError
from glacier_runtime.storage.lake import delta, iceberg
from glacier_runtime.storage.lake.applying import apply_versions
from tests.lake.dying import ROWS
from tests.lake.ledger import Ledger

FIRST = [(1, date(2024, 1, 1), 1.0), (2, date(2024, 1, 2), None)]
LAST = [(9, date(2024, 1, 9), 9.0)]
AFTER: dict[str, list[Any]] = {"append": [*FIRST, *ROWS], "merge": [FIRST[0], *ROWS]}
ROOT = Path(__file__).parents[2]


def child(ledger: Ledger, when: str) -> subprocess.Popen[bytes]:
    arguments = [str(ledger.root), ledger.kind, ledger.mode, when]
    return subprocess.Popen([sys.executable, "-m", "tests.lake.dying", *arguments], cwd=ROOT)


def sorted_rows(rows: Sequence[Any]) -> list[Any]:
    return sorted(rows, key=repr)


@pytest.mark.parametrize(
    ("kind", "mode", "when", "is_published"),
    [
        pytest.param("delta", "append", "before the commit record", False, marks=pytest.mark.long),
        pytest.param("delta", "append", "before the table's commit", True, marks=pytest.mark.long),
        pytest.param("delta", "append", "while the table is written", True, marks=pytest.mark.long),
        ("delta", "append", "after the table's commit", True),
        ("iceberg", "append", "before the table's commit", True),
        pytest.param(
            "iceberg", "append", "while the table is written", True, marks=pytest.mark.long
        ),
        pytest.param("iceberg", "append", "after the table's commit", True, marks=pytest.mark.long),
        pytest.param("delta", "merge", "before the table's commit", True, marks=pytest.mark.long),
        pytest.param("iceberg", "merge", "before the table's commit", True, marks=pytest.mark.long),
    ],
    indirect=["kind"],
)
def test_a_killed_run_is_finished_once(
    ledger: Ledger, mode: str, when: str, is_published: bool
) -> None:
    ledger.mode = mode
    ledger.run(FIRST)

    assert child(ledger, when).wait(120) == -signal.SIGKILL

    now = sorted_rows(AFTER[mode] if is_published else FIRST)
    is_applied = when == "after the table's commit"
    assert ledger.seen() == now
    assert ledger.in_library() == (now if is_applied else sorted_rows(FIRST))
    # What others do meanwhile is neither lost nor hidden.
    ledger.add_from_outside([(7, date(2024, 1, 7), 7.0)])
    theirs = (7, date(2024, 1, 7), 7.0)
    assert ledger.seen() == sorted_rows([*now, theirs])
    ledger.run(LAST)
    ledger.pipeline().run(executor=LocalExecutor(root=ledger.root))  # finds nothing to do
    assert ledger.seen() == ledger.in_library() == sorted_rows([*now, theirs, *LAST])


@pytest.mark.parametrize("mode", ["append", "merge", "overwrite", "overwrite_partition"])
def test_readers_see_a_published_version_that_the_table_has_not_yet(
    ledger: Ledger, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.mode = mode
    ledger.options = {"partition_by": "day"} if mode == "overwrite_partition" else {}
    ledger.run(FIRST)
    with monkeypatch.context() as patched:
        refuse(patched)
        with pytest.raises(StorageError, match="GLC542") as caught:
            ledger.run(ROWS)
        assert "version 2 is published" in caught.value.problems[0].message
    between = ledger.seen()
    assert ledger.in_library() == sorted_rows(FIRST)

    ledger.run(LAST)

    wholes: dict[str, list[Any]] = {
        "append": [*FIRST, *ROWS],
        "merge": [FIRST[0], *ROWS],
        "overwrite": ROWS,
        "overwrite_partition": [FIRST[0], *ROWS],
    }
    whole = wholes[mode]
    assert between == sorted_rows(whole)
    last = LAST if mode == "overwrite" else [*whole, *LAST]
    assert ledger.seen() == ledger.in_library() == sorted_rows(last)


def refuse(patched: pytest.MonkeyPatch) -> None:
    def change(*_: object) -> None:
        raise ValueError("the table is not in the mood")

    patched.setattr(delta._Delta, "change", change)
    patched.setattr(iceberg._Iceberg, "change", change)


def test_two_who_repair_at_once_repair_once(ledger: Ledger) -> None:
    ledger.run(FIRST)
    with pytest.MonkeyPatch.context() as patched:
        refuse(patched)
        with pytest.raises(StorageError):
            ledger.run(ROWS)
    place = ledger.dataset().storage
    assert place is not None

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(apply_versions, place, ledger.root) for _ in range(4)]:
            done.result()

    assert ledger.in_library() == sorted_rows([*FIRST, *ROWS])


@pytest.mark.long
def test_runs_killed_at_random_lose_nothing_and_double_nothing(ledger: Ledger) -> None:
    ledger.run([(0, date(2024, 1, 1), 0.0)])
    for number in range(1, 26):
        process = child(ledger, "never")
        time.sleep(random.uniform(1.0, 6.0))
        process.kill()
        process.wait()
        before = ledger.seen()
        ledger.run([(1000 + number, date(2024, 1, 2), 1.0)])
        after = ledger.in_library()
        assert after == ledger.seen()
        assert after == sorted_rows([*before, (1000 + number, date(2024, 1, 2), 1.0)])
