"""Killed before every single change that a publication makes in S3: what readers see, and what the next run does."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest

from glacier_runtime.execution.inputs import pin, scan
from tests.run_task.dying import killed_before
from tests.run_task.emulated_s3 import Asked, EmulatedS3
from tests.run_task.shop import Shop, attempt, shop

OLD, NEW, NEXT = 100, 200, 300
MOST_CHANGES = 60


def restore(emulator: EmulatedS3, bucket: str, content: Mapping[str, bytes]) -> None:
    """Let the bucket hold nothing else: a run for each death would take most of the time."""
    for key in emulator.keys(bucket) - content.keys():
        emulator.client.delete_object(Bucket=bucket, Key=key)
    for key, body in content.items():
        emulator.put(bucket, key, body)


def generation(frame: pl.DataFrame) -> int:
    found = set(frame["n"] // 100 * 100)
    assert len(found) == 1, f"a mixture: {found}"
    return int(found.pop())


def visible(made: Shop, root: Path) -> list[int]:
    """The generations that readers within Glacier see."""
    found = [pin(made.datasets[name], root) for name in ("by_day", "lines")]
    return [generation(scan(pinned).collect()) for pinned in found if pinned is not None]


def stable_file(emulator: EmulatedS3, bucket: str) -> int:
    return generation(pl.DataFrame([json.loads(emulator.read(bucket, "lines.ndjson"))]))


def stable_folder(emulator: EmulatedS3, bucket: str) -> set[int]:
    keys = emulator.keys(bucket, "by_day/")
    return {generation(pl.read_parquet(io.BytesIO(emulator.read(bucket, key)))) for key in keys}


def first_and_last_of_a_kind(asked: Sequence[Asked]) -> list[int]:
    """The changes, counted from one, that are the first or the last of their kind."""
    kinds = [(verb, key.partition("/")[0]) for verb, _, key in asked]
    last = {kind: number for number, kind in enumerate(kinds, 1)}
    return sorted({*last.values(), *(kinds.index(kind) + 1 for kind in last)})


@pytest.mark.parametrize("is_each", [False, pytest.param(True, marks=pytest.mark.long)])
def test_whenever_a_task_is_killed_readers_see_the_old_version_or_the_new_one(
    emulator: EmulatedS3, buckets: dict[str, str], tmp_path: Path, is_each: bool
) -> None:
    made, bucket = shop(tmp_path / "drawn"), buckets["lake"]
    new = {"start": NEW, "keep": 3}
    restore(emulator, bucket, {"raw/orders.csv": b"n,day\n1,mo\n2,tu\n3,we\n"})
    for number in range(3):  # so that there are old versions to remove
        attempt(made, "split", tmp_path, f"before-{number}", force=True, start=OLD)
    before = {key: emulator.read(bucket, key) for key in emulator.keys(bucket)}
    whole = killed_before(emulator, MOST_CHANGES, tmp_path, "killed", new)
    assert not whole.killed
    assert {(verb, key.partition("/")[0]) for verb, _, key in whole.asked} >= {
        ("Put", "_glacier"),
        ("Put", "by_day"),
        ("Delete", "by_day"),
        ("Delete", "_glacier"),
    }
    assert len(whole.asked) > 15

    for change in (
        range(1, len(whole.asked) + 1) if is_each else first_and_last_of_a_kind(whole.asked)
    ):
        restore(emulator, bucket, before)
        death = killed_before(emulator, change, tmp_path, "killed", new)
        # What is asked side by side is not always asked in just as many requests.
        assert death.killed or change > len(whole.asked) * 0.9
        seen = visible(made, tmp_path)
        committed = bool([k for k in emulator.keys(bucket, "_glacier/commits/") if "killed" in k])
        assert seen == ([NEW, NEW] if committed else [OLD, OLD])
        assert stable_file(emulator, bucket) in ({OLD, NEW} if committed else {OLD})
        assert stable_folder(emulator, bucket) <= ({OLD, NEW} if committed else {OLD})

        again = attempt(made, "split", tmp_path, "killed", attempt=1, start=NEW, keep=3)
        assert again.skipped == committed
        assert (stable_file(emulator, bucket), stable_folder(emulator, bucket)) == (NEW, {NEW})
        attempt(made, "split", tmp_path, "next", start=NEXT)
        assert visible(made, tmp_path) == [NEXT, NEXT]
        assert (stable_file(emulator, bucket), stable_folder(emulator, bucket)) == (NEXT, {NEXT})
