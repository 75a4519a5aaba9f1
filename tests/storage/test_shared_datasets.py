"""Runs in processes of their own that make partitions of one dataset at once: disjoint ones are all published, others refused."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from glacier_runtime.storage.locks import hold_all
from glacier_runtime.storage.publication import lock_file, repair
from glacier_runtime.storage.versions import versions_of
from tests.storage.partitions import partitions_of, publish_partitions, shown, written
from tests.storage.publishing import internal
from tests.storage.sharers import Start, go_on, line, sharers
from tests.storage.sharing import holding, place_in, share

KEYS = ("mo", "tu", "we")


@pytest.fixture
def start() -> Iterator[Start]:
    with sharers(share, "ready") as starting:
        yield starting


@pytest.mark.parametrize("count", [4, pytest.param(30, marks=pytest.mark.long)])
def test_disjoint_partitions_are_published_side_by_side_and_none_is_lost(
    count: int, start: Start, tmp_path: Path
) -> None:
    place = place_in(str(tmp_path))
    publish_partitions(tmp_path, "t.first", place, su="0")
    days = {key: [f"{key}{number}" for number in range(count)] for key in KEYS}
    children = [start(tmp_path, f"run-{key}", 1, *days[key]) for key in KEYS]
    for child in children:
        go_on(child)
    seen = []
    while any(child.lives for child in children):
        seen.append(partitions_of(place, tmp_path))

    assert [line(child) for child in children] == ["published"] * 3
    made = {day: "0" for key in KEYS for day in days[key]}
    assert partitions_of(place, tmp_path) == {**made, "su": "0"}
    assert shown(tmp_path / "data/lake/by_day") == {**made, "su": "0"}
    assert all(set(before) <= set(after) for before, after in pairwise(seen))
    newest = next(iter(versions_of(place, tmp_path)))
    assert newest.number == 1 + 3 * count


def test_who_wants_the_same_partition_is_told_who_makes_it(start: Start, tmp_path: Path) -> None:
    place = place_in(str(tmp_path))
    first = start(tmp_path, "one", 1, "mo", "tu")
    second = start(
        tmp_path, "two", 1, "tu", "we", until="refused GLC505 day=tu of dataset 'by_day'"
    )
    second.ends()
    third = start(tmp_path, "three", 1, "we")
    for child in (first, third):
        go_on(child)
        assert line(child) == "published"

    assert partitions_of(place, tmp_path) == dict.fromkeys(KEYS, "0")


@pytest.mark.parametrize(("first", "second"), [((), ("mo",)), (("mo",), ())])
def test_a_whole_dataset_and_its_partitions_exclude_each_other(
    first: tuple[str, ...], second: tuple[str, ...], start: Start, tmp_path: Path
) -> None:
    place = place_in(str(tmp_path))
    child = start(tmp_path, "one", 1, *first)
    start(
        tmp_path,
        "two",
        1,
        *second,
        until="refused GLC505 dataset 'by_day' is being written by run one of",
    )
    child.kill()
    other = start(tmp_path, "three", 1, *second)
    go_on(other)

    assert line(other) == "published"
    assert list(partitions_of(place, tmp_path)) == list(second or ("whole",))


@pytest.mark.parametrize("turns", [1, pytest.param(40, marks=pytest.mark.long)])
def test_killed_at_any_moment_one_loses_nothing_of_the_other(
    turns: int, start: Start, tmp_path: Path
) -> None:
    place, chance = place_in(str(tmp_path)), random.Random(5)
    publish_partitions(tmp_path, "t.first", place, mo="first", tu="0")
    for turn in range(turns):
        before = partitions_of(place, tmp_path)["mo"]
        doomed = start(tmp_path, f"doomed-{turn}", 1000, "mo")
        other = start(tmp_path, f"other-{turn}", 15, "tu")
        go_on(doomed)
        go_on(other)
        while partitions_of(place, tmp_path)["mo"] == before:
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.1))
        doomed.kill()

        assert line(other) == "published"
        found = partitions_of(place, tmp_path)
        assert found["tu"] == "14"
        assert int(found["mo"]) >= 0
    with holding(place, "next", "mo"):
        repair(place, tmp_path, alone=True)
        publish_partitions(tmp_path, "t.next", place, mo="next")

    assert partitions_of(place, tmp_path) == {"mo": "next", "tu": "14"}
    assert shown(tmp_path / "data/lake/by_day") == {"mo": "next", "tu": "14"}
    live = {a for version in versions_of(place, tmp_path) for a in version.output.attempts}
    assert {path.name for path in (internal(place, tmp_path) / "attempts").iterdir()} <= live


def test_what_a_killed_run_held_is_free_and_forgotten(start: Start, tmp_path: Path) -> None:
    child = start(tmp_path, "one", 1, "mo")
    child.kill()
    writers = internal(place_in(str(tmp_path)), tmp_path) / "writers"
    assert len(list(writers.glob("*.json"))) == 1
    with holding(place_in(str(tmp_path)), "two", "mo"):
        assert len(list(writers.glob("*.json"))) == 1
    assert not list(writers.glob("*.json"))


def test_a_writer_whose_note_is_garbage_keeps_others_from_everything(
    start: Start, tmp_path: Path
) -> None:
    start(tmp_path, "one", 1, "mo")
    place = place_in(str(tmp_path))
    (note,) = (internal(place, tmp_path) / "writers").glob("*.json")
    note.write_text("{")
    start(tmp_path, "two", 1, "tu", until="refused GLC505 day=tu of dataset 'by_day'")


def test_publishing_removes_no_attempt_that_another_run_has_begun(
    start: Start, tmp_path: Path
) -> None:
    place = place_in(str(tmp_path))
    with holding(place, "slow", "mo"):
        written(tmp_path, "t.slow", place, {"day=mo": "slow"})
        for number in range(5):
            child = start(tmp_path, f"quick-{number}", 1, "tu")
            go_on(child)
            assert line(child) == "published"
        assert (internal(place, tmp_path) / "attempts/t.slow").is_dir()
    lock = lock_file(place, tmp_path)
    assert lock is not None
    with hold_all({"by_day": lock}, "alone"):
        repair(place, tmp_path)
    assert not (internal(place, tmp_path) / "attempts/t.slow").exists()
