"""Leases on S3: one run at a time writes a dataset, the other is told by whom; who sleeps publishes nothing any more."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Barrier

import pytest

from glacier_runtime.errors import StorageError
from glacier_runtime.storage import leases, object_store
from glacier_runtime.storage.cleaning import clean
from glacier_runtime.storage.holders import Holder
from glacier_runtime.storage.lease_records import read_leases
from glacier_runtime.storage.leases import LEASE_VARIABLE, hold_leases
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.object_store import ObjectStore
from glacier_runtime.storage.records import Tombstone
from glacier_runtime.storage.retention import Retention
from glacier_runtime.storage.stores import open_store
from glacier_runtime.storage.versions import ticket_numbers, versions_of
from tests.run_task.emulated_s3 import EmulatedS3
from tests.run_task.owning import place_of
from tests.storage.partitions import partitions_of, publish_partitions, publish_whole, written

ROOT = Path()
LEASE_S = 1.0
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch, buckets: dict[str, str]) -> None:
    assert buckets
    monkeypatch.setenv(LEASE_VARIABLE, str(LEASE_S))


@pytest.fixture
def place() -> Location:
    return place_of("by_day/")


@pytest.fixture
def start() -> Iterator[Start]:
    """Start owners in processes of their own, until they say what is expected first."""
    with ExitStack() as stack:

        def started(*arguments: str, until: str = "ready") -> subprocess.Popen[str]:
            child = subprocess.Popen(
                [sys.executable, "-m", "tests.run_task.owning", *arguments],
                cwd=Path(__file__).parents[2],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(child)
            stack.callback(child.kill)
            assert line(child) == until
            return child

        yield started


def line(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def go_on(child: subprocess.Popen[str]) -> str:
    assert child.stdin is not None
    child.stdin.write("\n")
    child.stdin.flush()
    return line(child)


def refused(place: Location, why: str) -> None:
    """See that another run does not get the lease."""
    taking = hold_leases([place], ROOT, Holder("another", "shop"))
    with pytest.raises(StorageError, match=why) as failure, taking:
        pass
    assert failure.value.codes == ("GLC505",)


def of_another_machine(place: Location, emulator: EmulatedS3, buckets: dict[str, str]) -> None:
    """Let nobody here know whether the holder of a lease still lives."""
    key = f"_glacier/{place.key}/lease.json"
    found = json.loads(emulator.read(buckets["lake"], key))
    for lease in found["leases"]:
        lease["process"] = "another/machine/1/2"
    emulator.put(buckets["lake"], key, json.dumps(found).encode())


def test_who_comes_second_is_told_who_was_first_since_when_and_until_when(place: Location) -> None:
    with hold_leases([place], ROOT, Holder("one", "shop")):
        with pytest.raises(StorageError) as failure, hold_leases([place], ROOT, Holder("two", "p")):
            pass
        found = read_leases(open_store(place.bucket, ROOT), place)

    assert found is not None
    (lease,) = found.leases
    assert failure.value.codes == ("GLC505",)
    message = failure.value.problems[0].message
    assert f"run one of shop (process {os.getpid()} on {os.uname().nodename})" in message
    assert f"since {lease.since:%Y-%m-%d %H:%M:%S} UTC" in message
    assert "until 2" in message
    with hold_leases([place], ROOT, Holder("two", "p")):
        pass


def test_of_many_who_want_the_same_datasets_one_at_a_time_gets_all(place: Location) -> None:
    places = [place, place_of("other.parquet")]
    barrier, inside, together = Barrier(8), [0], []

    def want(number: int) -> tuple[str, ...]:
        barrier.wait()
        wanted = places if number % 2 else places[::-1]
        try:
            with hold_leases(wanted, ROOT, Holder(f"r{number}", "shop")):
                inside[0] += 1
                together.append(inside[0])
                time.sleep(0.2)
                inside[0] -= 1
        except StorageError as error:
            return error.codes
        return ()

    with ThreadPoolExecutor(8) as pool:
        said = set(pool.map(want, range(8)))

    assert said == {(), ("GLC505",)}
    assert set(together) == {1}


def test_a_lease_is_renewed_as_long_as_its_holder_works(place: Location) -> None:
    with hold_leases([place], ROOT, Holder("one", "shop")):
        time.sleep(LEASE_S + 2.2)
        refused(place, "run one of shop")
        assert publish_whole(ROOT, "t.a1", place, run="one", mo="1").number == 1


def test_a_second_attempt_at_a_task_goes_on_at_once_and_the_first_publishes_nothing(
    place: Location,
) -> None:
    with hold_leases([place], ROOT, Holder("one", "shop", "clean")):
        with hold_leases([place], ROOT, Holder("one", "shop", "clean")):
            publish_whole(ROOT, "t.a2", place, run="one", mo="2")
        with pytest.raises(StorageError, match="taken over by task clean of run one") as failure:
            publish_whole(ROOT, "t.a1", place, run="one", mo="1")

    assert failure.value.codes == ("GLC505",)
    assert partitions_of(place, ROOT) == {"mo": "2"}


def test_what_a_killed_process_of_this_machine_held_is_free_at_once(
    place: Location, start: Start
) -> None:
    child = start(place.path, "dead")
    child.kill()
    with hold_leases([place], ROOT, Holder("next", "shop")):
        pass


def test_what_a_killed_process_of_another_machine_held_is_free_after_its_time(
    place: Location, start: Start, emulator: EmulatedS3, buckets: dict[str, str]
) -> None:
    child = start(place.path, "dead")
    child.kill()
    child.wait()
    of_another_machine(place, emulator, buckets)
    refused(place, "run dead of owning")
    time.sleep(LEASE_S + 2.1)
    with hold_leases([place], ROOT, Holder("next", "shop")):
        pass


def test_who_slept_until_its_lease_was_anothers_publishes_nothing(
    start: Start, emulator: EmulatedS3, buckets: dict[str, str]
) -> None:
    moments = [None, "claim", "look", "commit"]
    sleepers = {moment: start(f"{moment}/", "slow", *filter(None, [moment])) for moment in moments}
    for moment, child in sleepers.items():
        if moment is None:
            child.send_signal(signal.SIGSTOP)
        else:
            assert go_on(child) == "stopping"
    time.sleep(LEASE_S + 2.1)
    for moment in moments:
        place = place_of(f"{moment}/")
        with hold_leases([place], ROOT, Holder("quick", "shop")):
            publish_whole(ROOT, f"t.quick-{moment}", place, run="quick", mo="quick")
    for moment, child in sleepers.items():
        child.send_signal(signal.SIGCONT)
        said = go_on(child) if moment is None else line(child)

        assert said.startswith("refused GLC505"), moment
        assert "run quick of shop" in said, moment
        place = place_of(f"{moment}/")
        assert partitions_of(place, ROOT) == {"mo": "quick"}
        assert emulator.read(buckets["lake"], f"{moment}/day=mo/00000000.txt") == b"quick"
        assert len(ticket_numbers(open_store(place.bucket, ROOT), place)) == 1, moment


def test_who_slept_before_anybody_wanted_its_lease_publishes(start: Start) -> None:
    child = start("alone/", "slow", "commit")
    assert go_on(child) == "stopping"
    time.sleep(LEASE_S + 2.1)
    child.send_signal(signal.SIGCONT)

    assert line(child) == "published 1"


@pytest.mark.parametrize("days", [-2, 2])
def test_a_clock_that_jumped_takes_no_living_lease(
    days: int, place: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Jumped(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]  # the caller's zone is UTC
            assert tz is UTC
            return datetime.now(UTC) + timedelta(days=days)

    with hold_leases([place], ROOT, Holder("one", "shop")):
        with monkeypatch.context() as patched:
            for module in (leases, object_store):
                patched.setattr(module, "datetime", Jumped)
            refused(place, "run one of shop")
        publish_whole(ROOT, "t.a1", place, run="one", mo="1")


@pytest.mark.parametrize("content", [b"", b"{}", b"not even JSON", b"\xff\xfe"])
def test_a_lease_that_cannot_be_read_is_respected_for_its_time(
    content: bytes, place: Location, emulator: EmulatedS3, buckets: dict[str, str]
) -> None:
    emulator.put(buckets["lake"], f"_glacier/{place.key}/lease.json", content)

    refused(place, "cannot be read")


def test_threads_of_one_run_publish_partitions_of_one_dataset_at_once(place: Location) -> None:
    keys = [f"{number:02}" for number in range(6)]

    def make(key: str) -> int:
        return publish_partitions(ROOT, f"t.{key}", place, run="one", **{key: key}).number

    with hold_leases([place], ROOT, Holder("one", "shop")), ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(make, keys))

    assert sorted(numbers) == list(range(1, 7))
    assert partitions_of(place, ROOT) == {key: key for key in keys}


def test_two_publishers_without_leases_lose_no_partition(place: Location, start: Start) -> None:
    """Where nobody asks for a lease, too, each publishes on top of what the other did, or nothing."""
    publish_partitions(ROOT, "t.first", place, mo="0", tu="0", we="0")
    children = [start(place.path, key, "partitions") for key in ("mo", "tu")]
    seen = []
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    while any(child.poll() is None for child in children):
        seen.append(partitions_of(place, ROOT))
    last = [line(child).removeprefix("published ") for child in children]

    assert partitions_of(place, ROOT) == {"mo": last[0], "tu": last[1], "we": "0"}
    assert all(int(number) > 0 for number in last)
    for before, after in pairwise(seen):
        assert after["we"] == "0"
        assert all(int(before[key]) <= int(after[key]) for key in ("mo", "tu"))


def test_cleaning_leaves_what_is_being_written_or_young_and_clears_the_rest(
    place: Location, emulator: EmulatedS3, buckets: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        publish_whole(ROOT, f"t.a{number}", place, mo=str(number))
    written(ROOT, "t.young", place, {"day=mo": "young"})
    tombstone = Tombstone(revoked_by="run quick of shop", revoked_at=datetime.now(UTC))
    emulator.put(
        buckets["lake"], "_glacier/commits/t.slept.json", tombstone.model_dump_json().encode()
    )
    with hold_leases([place], ROOT, Holder("one", "shop")):
        for dry_run in (True, False):
            busy = clean("by-hand", [place], ROOT, Retention(1), dry_run=dry_run)
            assert [problem.code.code for problem in busy.problems] == ["GLC505"]
            assert "run one of shop" in busy.problems[0].message
    assert len(list(versions_of(place, ROOT))) == 3

    found = clean("by-hand", [place], ROOT, Retention(1))
    assert [(item.what, item.size_bytes) for item in found.cleared] == [
        ("version 1 of lake:by_day/", 1),
        ("version 2 of lake:by_day/", 1),
    ]
    now = ObjectStore.now
    monkeypatch.setattr(ObjectStore, "now", lambda *asked: now(*asked) + timedelta(days=2))
    monkeypatch.setattr(object_store, "_SURELY_DEAD", -timedelta(days=1))
    found = clean("by-hand", [place], ROOT, Retention(1))
    assert [item.what for item in found.cleared] == [
        "an attempt at lake:by_day/ that no version needs",
        "a revoked claim that no version needs",
    ]
    assert partitions_of(place, ROOT) == {"mo": "2"}
    commits = emulator.keys(buckets["lake"], "_glacier/commits/")
    assert commits == {"_glacier/commits/t.a2.json"}
