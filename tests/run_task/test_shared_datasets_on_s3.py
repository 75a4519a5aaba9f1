"""Partitions of one dataset on S3, made by several processes at once: none is lost, and who was overtaken publishes nothing."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from glacier_runtime.errors import StorageError
from glacier_runtime.storage import claims, publication
from glacier_runtime.storage.claims import newest_decided
from glacier_runtime.storage.lease_records import read_leases
from glacier_runtime.storage.leases import LEASE_VARIABLE
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.records import CommitRecord
from glacier_runtime.storage.stores import open_store
from glacier_runtime.storage.versions import Version, ticket_numbers
from tests.run_task.emulated_s3 import EmulatedS3
from tests.storage.partitions import partitions_of, publish_partitions, publish_whole
from tests.storage.sharers import Start, go_on, line, sharers
from tests.storage.sharing import holding, place_in, share

ROOT = Path()
LEASE_S = 1.0
KEYS = ("mo", "tu", "we")


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch, buckets: dict[str, str]) -> None:
    assert buckets
    monkeypatch.setenv(LEASE_VARIABLE, str(LEASE_S))


@pytest.fixture
def place() -> Location:
    return place_in("aws")


@pytest.fixture
def start() -> Iterator[Start]:
    with sharers(share, "ready") as starting:
        yield starting


def shown_in(emulator: EmulatedS3, bucket: str) -> dict[str, str]:
    keys = emulator.keys(bucket, "by_day/")
    return {key.split("/")[1][4:]: emulator.read(bucket, key).decode() for key in keys}


@pytest.mark.parametrize("count", [2, pytest.param(10, marks=pytest.mark.long)])
def test_disjoint_partitions_are_published_side_by_side_and_none_is_lost(
    count: int, start: Start, place: Location, emulator: EmulatedS3, buckets: dict[str, str]
) -> None:
    publish_partitions(ROOT, "t.first", place, su="0")
    days = {key: [f"{key}{number}" for number in range(count)] for key in KEYS}
    children = [start("aws", f"run-{key}", 1, *days[key]) for key in KEYS]
    for child in children:
        go_on(child)
    seen = []
    while any(child.lives for child in children):
        seen.append(partitions_of(place, ROOT))

    assert [line(child) for child in children] == ["published"] * 3
    expected = {"su": "0", **{day: "0" for key in KEYS for day in days[key]}}
    assert partitions_of(place, ROOT) == shown_in(emulator, buckets["lake"]) == expected
    for before, after in pairwise(seen):
        assert set(before) <= set(after)
    leases = read_leases(open_store(place.bucket, ROOT), place)
    assert leases is not None
    assert not leases.leases
    assert not emulator.keys(buckets["lake"], "_glacier/by_day/writers/")


def test_who_wants_the_same_partition_is_told_who_makes_it(start: Start, place: Location) -> None:
    with holding(place, "one", "mo", "tu"):
        start(
            "aws",
            "two",
            1,
            "tu",
            "we",
            until="refused GLC505 day=tu of lake:by_day/ is being written by run one of shop",
        )
        start(
            "aws",
            "three",
            1,
            until="refused GLC505 day=mo, day=tu of lake:by_day/ is being written by run one of",
        )
        other = start("aws", "four", 1, "we")
        publish_partitions(ROOT, "t.one", place, "one", mo="one", tu="one")
        go_on(other)
        assert line(other) == "published"
    with holding(place, "five"):
        start(
            "aws",
            "six",
            1,
            "mo",
            until="refused GLC505 day=mo of lake:by_day/ is being written by run five of",
        )

    assert partitions_of(place, ROOT) == {"mo": "one", "tu": "one", "we": "0"}


def test_who_slept_until_its_partition_was_anothers_publishes_nothing(
    start: Start, place: Location
) -> None:
    sleeper = start("aws", "sleeper", 1, "mo")
    awake = start("aws", "awake", 1, "tu")
    sleeper.signal(signal.SIGSTOP)
    time.sleep(LEASE_S + 2.1)
    with holding(place, "quick", "mo"):
        publish_partitions(ROOT, "t.quick", place, "quick", mo="quick")
    sleeper.signal(signal.SIGCONT)
    for child in (sleeper, awake):
        go_on(child)

    said = line(sleeper)
    assert said.startswith("refused GLC505 lake:by_day/ was taken over by run quick of shop"), said
    assert line(awake) == "published"
    assert partitions_of(place, ROOT) == {"mo": "quick", "tu": "0"}
    assert len(ticket_numbers(open_store(place.bucket, ROOT), place)) == 2


@pytest.mark.parametrize("moment", ["require_leases", "create_commit"])
def test_a_take_over_at_any_moment_of_a_publication_lets_one_of_both_publish(
    moment: str, place: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    working = getattr(publication, moment)

    def overtaken(*arguments: object) -> object:
        with monkeypatch.context() as patched:
            patched.setattr(publication, moment, working)
            with holding(place, "one", "mo", task="clean for day=mo"):
                publish_partitions(ROOT, "t.a2", place, "one", mo="second")
        return working(*arguments)

    with holding(place, "one", "mo", task="clean for day=mo"):
        monkeypatch.setattr(publication, moment, overtaken)
        with pytest.raises(
            StorageError, match="taken over by task clean for day=mo of run one"
        ) as failure:
            publish_partitions(ROOT, "t.a1", place, "one", mo="first")

    assert failure.value.codes == ("GLC505",)
    assert partitions_of(place, ROOT) == {"mo": "second"}


def test_who_is_revoked_for_the_sake_of_another_partition_begins_again(
    place: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    working, revoked = claims.create_commit, list[Version | None]()

    def interrupted(record: CommitRecord, own: Sequence[claims.Claim], root: Path) -> None:
        if len(revoked) < 3:
            revoked.append(newest_decided(place, ROOT, "run other of shop"))
        working(record, own, root)

    monkeypatch.setattr(publication, "create_commit", interrupted)
    with holding(place, "one", "mo"):
        version = publish_partitions(ROOT, "t.a1", place, "one", mo="mo")

    assert len(revoked) == 3
    assert partitions_of(place, ROOT) == {"mo": "mo"}
    assert version.record.attempt == "t.a1"
    assert len(ticket_numbers(open_store(place.bucket, ROOT), place)) == 1


def test_a_whole_version_that_is_revoked_does_not_begin_again(
    place: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    working = claims.create_commit

    def interrupted(record: CommitRecord, own: Sequence[claims.Claim], root: Path) -> None:
        newest_decided(place, ROOT, "run other of shop")
        working(record, own, root)

    monkeypatch.setattr(publication, "create_commit", interrupted)
    with pytest.raises(StorageError, match="run other of shop"):
        publish_whole(ROOT, "t.a1", place, "one", mo="mo")
    assert partitions_of(place, ROOT) == {}


def test_leases_of_a_version_before_this_one_are_respected_for_their_time(
    start: Start, emulator: EmulatedS3, buckets: dict[str, str]
) -> None:
    old = {"format_version": 1, "holder": "run old of shop", "token": "1", "released": False}
    emulator.put(buckets["lake"], "_glacier/by_day/lease.json", json.dumps(old).encode())
    start("aws", "new", 1, "mo", until="refused GLC505 lake:by_day/ is being written by somebody")


def test_a_killed_process_of_this_machine_keeps_nobody_from_its_partition(
    start: Start, place: Location
) -> None:
    child = start("aws", "dead", 1, "mo")
    child.kill()
    with holding(place, "other", "tu"):
        publish_partitions(ROOT, "t.other", place, "other", tu="1")
    with holding(place, "next", "mo"):
        publish_partitions(ROOT, "t.next", place, "next", mo="1")
    assert partitions_of(place, ROOT) == {"mo": "1", "tu": "1"}


@pytest.mark.parametrize(
    "moments_s", [(0.25,), pytest.param((0.1, 0.25, 0.45) * 5, marks=pytest.mark.long)]
)
def test_killed_while_it_publishes_one_loses_nothing_of_the_others(
    moments_s: tuple[float, ...],
    start: Start,
    place: Location,
    emulator: EmulatedS3,
    buckets: dict[str, str],
) -> None:
    publish_partitions(ROOT, "t.first", place, mo="0", tu="0")
    for turn, after_s in enumerate(moments_s):
        doomed, other = start("aws", f"d{turn}", 99, "mo"), start("aws", f"o{turn}", 3, "tu")
        go_on(doomed)
        go_on(other)
        time.sleep(after_s)
        doomed.kill()
        assert line(other) == "published"
        assert partitions_of(place, ROOT)["tu"] == "2"
    with holding(place, "next", "mo"):
        publish_partitions(ROOT, "t.next", place, "next", mo="next")

    assert partitions_of(place, ROOT) == {"mo": "next", "tu": "2"}
    assert shown_in(emulator, buckets["lake"]) == {"mo": "next", "tu": "2"}
