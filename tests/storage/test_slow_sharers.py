"""Those who make partitions of a dataset of an object store at once, and one of whom is slow: others publish between two of its requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest

from glacier_runtime.errors import StorageError
from glacier_runtime.storage import claims, lease_records, leases, publication, versions
from glacier_runtime.storage.cleaning import clean
from glacier_runtime.storage.holders import Holder
from glacier_runtime.storage.lease_records import Lease, is_alive, read_leases
from glacier_runtime.storage.leases import hold_leases
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.object_store import ObjectStore
from glacier_runtime.storage.retention import Retention
from glacier_runtime.storage.stable_paths import check_stable_path
from glacier_runtime.storage.stores import open_store
from glacier_runtime.storage.versions import current_version
from tests.storage.interleaving import shared_memory
from tests.storage.partitions import partitions_of, publish_partitions, publish_whole, written
from tests.storage.sharing import holding, place_in

ROOT = Path()
T = TypeVar("T")
Whose = tuple[str, ...]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Location]:
    """A dataset in a bucket in memory, of which only the newest version stays."""
    (tmp_path / "pyproject.toml").write_text("[tool.glacier]\nkeep_versions = 1\n")
    monkeypatch.chdir(tmp_path)
    may_take = leases._may_take
    with shared_memory(0), monkeypatch.context() as patched:
        patched.setattr(leases, "_may_take", may_take)
        yield place_in("aws")


def others_publish(place: Location, *keys: str) -> None:
    """Let a few runs publish a partition each."""
    for key in keys:
        publish_partitions(ROOT, f"t.of-{key}", place, f"run-of-{key}", **{key: "other"})


def before_first(act: Callable[[], None], working: Callable[..., T]) -> Callable[..., T]:
    """Let something happen before a function works for the first time."""
    calls = count()

    def slow(*arguments: object, **named: object) -> T:
        if not next(calls):
            act()
        return working(*arguments, **named)

    return slow


def test_who_finds_its_version_cleared_up_has_published_as_others_went_on_from_it(
    place: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = before_first(lambda: others_publish(place, "tu", "we"), claims._stands)
    monkeypatch.setattr(claims, "_stands", slow)

    version = publish_partitions(ROOT, "t.slow", place, "slow", mo="slow")

    assert version.number == 1
    assert partitions_of(place, ROOT) == {"mo": "slow", "tu": "other", "we": "other"}


def test_who_finds_its_version_cleared_up_that_others_replaced_has_not(
    place: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = before_first(lambda: others_publish(place, "mo", "tu"), claims._stands)
    monkeypatch.setattr(claims, "_stands", slow)

    with pytest.raises(StorageError, match="GLC505"):
        publish_partitions(ROOT, "t.slow", place, "slow", mo="slow")

    assert partitions_of(place, ROOT) == {"mo": "other", "tu": "other"}


@pytest.mark.parametrize("step", ["read_ticket", "read_commit"])
def test_a_reader_whose_newest_version_is_cleared_up_sees_what_came_after_it(
    step: str, place: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    others_publish(place, "mo", "tu")
    slow = before_first(lambda: others_publish(place, "we", "th"), getattr(versions, step))
    monkeypatch.setattr(versions, step, slow)

    assert partitions_of(place, ROOT) == dict.fromkeys(["mo", "tu", "we", "th"], "other")


def test_a_reader_whose_files_are_cleared_up_while_it_looks_sees_what_replaced_them(
    place: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_partitions(ROOT, "t.first", place, "first", mo="first")
    slow = before_first(lambda: others_publish(place, "mo", "tu"), ObjectStore.sizes)
    monkeypatch.setattr(ObjectStore, "sizes", slow)

    version = current_version(place, ROOT)

    assert version is not None
    assert list(version.output.partitions) == ["day=mo", "day=tu"]


def test_files_that_are_gone_for_good_are_damage(place: Location) -> None:
    version = publish_partitions(ROOT, "t.first", place, "first", mo="first")
    version.store.remove(version.output.keys[0])

    with pytest.raises(StorageError, match="GLC506"):
        current_version(place, ROOT)


def test_a_stable_path_that_others_replace_while_it_is_looked_at_is_no_strangers(
    place: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_partitions(ROOT, "t.first", place, "first", mo="much longer", su="much longer")
    slow = before_first(lambda: others_publish(place, "mo", "su"), ObjectStore._strange)
    monkeypatch.setattr(ObjectStore, "_strange", slow)

    assert check_stable_path(place, ROOT) is None


def test_what_a_stranger_put_at_the_stable_path_is_seen(place: Location) -> None:
    publish_partitions(ROOT, "t.first", place, "first", mo="first")
    open_store(place.bucket, ROOT).replace("by_day/day=mo/00000000.txt", b"theirs")

    problem = check_stable_path(place, ROOT)

    assert problem is not None
    assert problem.code.code == "GLC509"


@pytest.mark.parametrize("moment", ["require_leases", "create_commit"])
@pytest.mark.parametrize(("first", "second"), [((), ("mo",)), (("mo",), ()), (("mo",), ("mo",))])
def test_of_the_whole_and_a_part_who_is_overtaken_publishes_nothing(
    first: Whose, second: Whose, moment: str, place: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_partitions(ROOT, "t.before", place, "before", su="before")
    working = getattr(publication, moment)

    def made(whose: Whose, run: str) -> None:
        publish = publish_partitions if whose else publish_whole
        publish(ROOT, f"t.{run}", place, run, mo=run)

    def overtaken(*arguments: object) -> object:
        with monkeypatch.context() as patched:
            patched.setattr(publication, moment, working)
            patched.setattr(leases, "_may_take", lambda *_: True)
            with holding(place, "second", *second):
                made(second, "second")
        return working(*arguments)

    with holding(place, "first", *first):
        monkeypatch.setattr(publication, moment, overtaken)
        with pytest.raises(StorageError, match="run second of shop") as failure:
            made(first, "first")

    assert failure.value.codes == ("GLC505",)
    before = {"su": "before"} if second else {}
    assert partitions_of(place, ROOT) == {"mo": "second", **before}


@pytest.mark.parametrize(("held", "other"), [(("mo",), ()), ((), ("mo",)), (("mo",), ("mo",))])
def test_whole_and_part_exclude_each_other_and_other_parts_do_not(
    held: Whose, other: Whose, place: Location
) -> None:
    with holding(place, "first", *held):
        with pytest.raises(StorageError, match="run first of shop"), holding(place, "two", *other):
            pass
        if held:
            with holding(place, "third", "tu"):
                publish_partitions(ROOT, "t.third", place, "third", tu="third")

    found = read_leases(open_store(place.bucket, ROOT), place)
    assert found is not None
    assert not found.leases


def test_who_holds_other_partitions_publishes_neither_these_nor_the_whole(place: Location) -> None:
    with holding(place, "first", "mo"):
        with pytest.raises(StorageError, match="GLC505"):
            publish_partitions(ROOT, "t.a1", place, "first", tu="1")
        with pytest.raises(StorageError, match="GLC505"):
            publish_whole(ROOT, "t.a2", place, "first", mo="1")

    assert partitions_of(place, ROOT) == {}


def test_partitions_that_are_cut_by_other_columns_exclude_each_other(place: Location) -> None:
    finer = {place: ["day=tu/region=eu"]}
    second = hold_leases([place], ROOT, Holder("second", "shop"), finer)
    first = holding(place, "first", "mo")
    with first, pytest.raises(StorageError, match="run first of shop"), second:
        pass


def test_cleaning_leaves_what_a_slow_writer_has_staged(place: Location) -> None:
    others_publish(place, "tu")
    with holding(place, "slow", "mo"):
        output = written(ROOT, "t.slow", place, {"day=mo": "slow"})
        others_publish(place, "we", "th")
        found = clean("by-hand", [place], ROOT, Retention(1))

        assert [problem.code.code for problem in found.problems] == ["GLC505"]
        assert "day=mo" in found.problems[0].message
    assert clean("by-hand", [place], ROOT, Retention(1)).problems == ()
    store = open_store(place.bucket, ROOT)
    assert store.read(output.keys[0]) == b"slow"


def test_who_removes_a_dropped_dataset_is_seen_to_be_alive_as_long_as_that_takes(
    place: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    others_publish(place, "mo", "tu")
    store, seen = open_store(place.bucket, ROOT), list[bool]()
    working, taking = ObjectStore.remove, leases._taken

    def beating(*arguments: Any) -> leases._Held:
        held = taking(*arguments)
        held.beat()
        return held

    def watched(self: ObjectStore, key: str) -> None:
        if "/versions/" in key:
            seen.append(bool(self.names("_glacier/by_day/writers")))
        working(self, key)

    with monkeypatch.context() as patched:
        patched.setattr(ObjectStore, "remove", watched)
        patched.setattr(leases, "_taken", beating)
        clean("by-hand", [Location(place.bucket, "else/")], ROOT, Retention(1), dropped=True)

    assert seen == [True]
    assert partitions_of(place, ROOT) == {}
    assert not store.names("_glacier/by_day")


@pytest.mark.parametrize(("beats", "lives_s"), [(False, 60), (True, 90)])
def test_a_lease_lives_for_its_time_since_it_was_taken_or_its_last_heartbeat(
    beats: bool, lives_s: int, place: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, written, late = ObjectStore.now, ObjectStore.written_at, timedelta()
    later_s = {"writers": 30.0}

    def later(self: ObjectStore, key: str) -> datetime | None:
        found = written(self, key)
        return found and found + timedelta(seconds=later_s.get(key.split("/")[2], 0.0))

    monkeypatch.setattr(ObjectStore, "now", lambda self, folder: now(self, folder) + late)
    monkeypatch.setattr(ObjectStore, "written_at", later)

    def first() -> Lease:
        found = read_leases(store, place)
        assert found is not None
        return found.leases[0]

    store = open_store(place.bucket, ROOT)
    with holding(place, "first", "mo"):
        if beats:
            leases._HELD[store.address(place.key), "first"][0].beat()
        assert first().taken is None
        with holding(place, "second", "tu"):
            taken = first().taken
            assert taken is not None
            assert taken < datetime.now(UTC)
            monkeypatch.setattr(lease_records, "is_surely_dead", lambda _: False)
            later_s["lease.json"] = 3600.0  # as others have changed it since
            for more_s, lives in ((-5, True), (5, False)):
                late = timedelta(seconds=lives_s + more_s)
                assert is_alive(store, place, first()) is lives


def test_cleaning_forgets_what_the_dead_held(
    place: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    others_publish(place, "su")
    store = open_store(place.bucket, ROOT)
    with monkeypatch.context() as patched:
        patched.setattr(leases, "_let_go", lambda _: None)
        with holding(place, "dead", "mo"):
            ((held,),) = (found for found in leases._HELD.values() if found[0].lease.run == "dead")
            held.beat()
    assert len(store.names("_glacier/by_day/writers")) == 1
    monkeypatch.setattr(leases, "is_alive", lambda *_: False)

    assert clean("by-hand", [place], ROOT, Retention(1)).problems == ()

    found = read_leases(store, place)
    assert found is not None
    assert not found.leases
    assert not store.names("_glacier/by_day/writers")


@pytest.mark.parametrize(
    "seeds", [range(40), pytest.param(range(40, 1000), marks=pytest.mark.long)]
)
def test_nothing_is_lost_where_all_but_the_newest_version_goes_at_once(
    seeds: range, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.glacier]\nkeep_versions = 1\n")
    monkeypatch.chdir(tmp_path)
    days = ("mo", "tu", "we", "th")
    for seed in seeds:
        with shared_memory(seed) as turns:
            place, refused = place_in("aws"), list[str]()

            def publisher(key: str, to: Location = place, out: list[str] = refused) -> None:
                try:
                    with hold_leases([to], ROOT, Holder(key, "shop"), {to: [f"day={key}"]}):
                        for number in range(2):
                            name = f"t.{key}-{number}"
                            publish_partitions(ROOT, name, to, key, **{key: str(number)})
                except StorageError as error:
                    out.append(f"{key} {error}")

            turns.run([lambda key=key: publisher(key) for key in days])  # type: ignore[misc]

            assert not refused, f"seed {seed}: {refused}"
            assert partitions_of(place, ROOT) == dict.fromkeys(days, "1"), f"seed {seed}"
