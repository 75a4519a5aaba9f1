"""Attempts and runs that are at work at once on S3: one wins whole; nothing is lost, mixed or added twice."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import polars as pl
import pytest

from glacier_runtime.errors import StorageError
from glacier_runtime.execution import input_checks
from glacier_runtime.run_task import running
from glacier_runtime.run_task.finding import FoundTask
from glacier_runtime.run_task.outcomes import Outcome, outcome_of
from glacier_runtime.run_task.request import Request
from glacier_runtime.storage import leases, publication
from glacier_runtime.storage.object_requests import BucketObjects
from glacier_runtime.storage.object_store import ObjectStore
from tests.run_task.emulated_s3 import EmulatedS3
from tests.run_task.shop import Shop, attempt, shop


@pytest.fixture
def made(emulator: EmulatedS3, buckets: dict[str, str], tmp_path: Path) -> Shop:
    emulator.put(buckets["lake"], "raw/orders.csv", b"n,day\n1,mo\n2,tu\n")
    emulator.put(buckets["lake"], "raw/visits/a.ndjson", b'{"n": 7, "day": "mo"}\n')
    return shop(tmp_path / "drawn")


def totals(emulator: EmulatedS3, buckets: dict[str, str]) -> int:
    return pl.read_parquet(io.BytesIO(emulator.read(buckets["lake"], "totals.parquet"))).height


def once_before_creating(part: str, act: Callable[[], object], patched: pytest.MonkeyPatch) -> None:
    """Let another process do something before the first key is created that has a part in it."""
    create, waiting = ObjectStore.create, [act]

    def creating(self: ObjectStore, key: str, data: bytes, *, scratch: str) -> None:
        if part in key and waiting:
            waiting.pop()()
        create(self, key, data, scratch=scratch)

    patched.setattr(ObjectStore, "create", creating)
    # Threads of one process wait for each other; another process would not.
    patched.setattr(publication, "one_thread_at_a_time", lambda _: nullcontext())


def test_of_two_runs_one_wins_whole_and_the_other_is_told_which(
    made: Shop,
    emulator: EmulatedS3,
    buckets: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attempt(made, "split", tmp_path)
    attempt(made, "collect", tmp_path, "first")
    rows = totals(emulator, buckets)
    failures: list[StorageError] = []

    def be_second() -> None:
        with pytest.raises(StorageError) as failure:
            attempt(made, "collect", tmp_path, "second")
        failures.append(failure.value)

    with monkeypatch.context() as patched:
        once_before_creating("_glacier/totals.parquet/versions/", be_second, patched)
        attempt(made, "collect", tmp_path, "winner")

    assert [failure.codes for failure in failures] == [("GLC505",)]
    assert "task collect of run winner of shop (process " in str(failures[0])
    assert outcome_of(failures[0]) is Outcome.TRY_AGAIN
    assert totals(emulator, buckets) == 2 * rows
    assert not attempt(made, "collect", tmp_path, "second", attempt=1).skipped
    assert totals(emulator, buckets) == 3 * rows


def test_what_another_run_added_without_asking_is_not_lost(
    made: Shop,
    emulator: EmulatedS3,
    buckets: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attempt(made, "split", tmp_path)
    attempt(made, "collect", tmp_path, "first")
    rows = totals(emulator, buckets)
    with monkeypatch.context() as patched:
        patched.setattr(leases, "_may_take", lambda *_: True)
        once_before_creating(
            "_glacier/totals.parquet/versions/",
            lambda: attempt(made, "collect", tmp_path, "quick"),
            patched,
        )
        with pytest.raises(StorageError, match="run quick of shop") as failure:
            attempt(made, "collect", tmp_path, "slow")

    assert failure.value.codes == ("GLC505",)
    assert outcome_of(failure.value) is Outcome.TRY_AGAIN
    assert totals(emulator, buckets) == 2 * rows
    assert not attempt(made, "collect", tmp_path, "slow", attempt=1).skipped
    assert totals(emulator, buckets) == 3 * rows


def test_what_an_attempt_that_was_given_up_publishes_late_is_not_added_to_itself(
    made: Shop,
    emulator: EmulatedS3,
    buckets: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attempt(made, "split", tmp_path)
    pin, waiting = input_checks.pin_inputs, [0]

    def late(*arguments: object) -> object:
        pinned = pin(*arguments)  # type: ignore[arg-type]
        if waiting:
            attempt(made, "collect", tmp_path, attempt=waiting.pop())
        return pinned

    monkeypatch.setattr(running, "pin_inputs", late)
    with pytest.raises(StorageError) as failure:
        attempt(made, "collect", tmp_path, attempt=1)
    rows = totals(emulator, buckets)

    assert outcome_of(failure.value) is Outcome.TRY_AGAIN
    assert attempt(made, "collect", tmp_path, attempt=2).skipped
    assert totals(emulator, buckets) == rows == 4


def test_of_two_runs_that_claim_crosswise_readers_never_see_a_mixture(
    made: Shop,
    emulator: EmulatedS3,
    buckets: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The slow run claims the first output, the quick one both, and the slow one is the later for the second output.
    with monkeypatch.context() as patched:
        patched.setattr(leases, "_may_take", lambda *_: True)
        once_before_creating(
            "_glacier/lines.ndjson/versions/",
            lambda: attempt(made, "split", tmp_path, "quick", start=100),
            patched,
        )
        with pytest.raises(StorageError) as failure:
            attempt(made, "split", tmp_path, "slow", start=200)

    assert outcome_of(failure.value) is Outcome.TRY_AGAIN
    assert json.loads(emulator.read(buckets["lake"], "lines.ndjson"))["n"] == 101
    (day,) = emulator.keys(buckets["lake"], "by_day/day=mo/")
    assert pl.read_parquet(io.BytesIO(emulator.read(buckets["lake"], day)))["n"].item() == 101


def test_what_a_commit_without_an_answer_names_is_not_removed(
    made: Shop,
    emulator: EmulatedS3,
    buckets: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    create = BucketObjects.create

    def unanswered(self: BucketObjects, key: str, data: bytes) -> None:
        create(self, key, data)
        if "/commits/" in key:
            message = "no answer"
            raise ConnectionError(message)

    with monkeypatch.context() as patched:
        patched.setattr(BucketObjects, "create", unanswered)
        with pytest.raises(StorageError) as failure:
            attempt(made, "split", tmp_path)

    assert outcome_of(failure.value) is Outcome.TRY_AGAIN
    assert attempt(made, "split", tmp_path, attempt=1).skipped
    assert json.loads(emulator.read(buckets["lake"], "lines.ndjson"))["n"] == 1


def test_a_run_of_another_pipeline_by_the_same_names_is_another_run(
    made: Shop, buckets: dict[str, str], tmp_path: Path
) -> None:
    assert buckets
    attempt(made, "split", tmp_path, "2024-01-01")
    other = FoundTask(made.tasks["split"], "other", (), tmp_path)

    assert not running.run_task(other, Request("split", "2024-01-01", force=True)).skipped


def test_an_attempt_that_lacks_an_output_of_the_task_is_no_attempt_of_it(
    made: Shop, emulator: EmulatedS3, buckets: dict[str, str], tmp_path: Path
) -> None:
    attempt(made, "split", tmp_path)
    (key,) = emulator.keys(buckets["lake"], "_glacier/commits/")
    record = json.loads(emulator.read(buckets["lake"], key))
    record["outputs"].pop()
    emulator.put(buckets["lake"], key, json.dumps(record).encode())

    assert not attempt(made, "split", tmp_path, attempt=1).skipped
