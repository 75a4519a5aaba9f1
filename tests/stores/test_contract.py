"""What publication needs of a store, the same on folders, S3, Google's and Azure's: with real threads and real answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import pytest

from glacier_runtime.storage.records import DataFile, Output
from tests.stores.conftest import Place

T = TypeVar("T")
RACERS = 8


def all_at_once(act: Callable[[int], T]) -> list[T]:
    """Let threads begin at the same moment."""
    barrier = Barrier(RACERS)

    def begin(number: int) -> T:
        barrier.wait()
        return act(number)

    with ThreadPoolExecutor(RACERS) as pool:
        return list(pool.map(begin, range(RACERS)))


def test_of_those_who_create_a_key_at_once_one_does(place: Place) -> None:
    store = place.store

    def create(number: int) -> bool:
        try:
            store.create("_glacier/commits/a.json", b"%d" % number, scratch="_glacier/scratch")
        except FileExistsError:
            return False
        return True

    created = all_at_once(create)

    assert created.count(True) == 1
    assert place.read("_glacier/commits/a.json") == b"%d" % created.index(True)


def test_what_exists_is_not_created(place: Place) -> None:
    place.put("a.txt", b"theirs")

    with pytest.raises(FileExistsError):
        place.store.create("a.txt", b"ours", scratch="_glacier/scratch")

    assert place.read("a.txt") == b"theirs"


@pytest.mark.parametrize("is_new", [True, False])
def test_of_those_who_swap_at_once_one_does(is_new: bool, place: Place) -> None:
    store = place.store
    tag = None if is_new else store.swap("lease.json", b"before", None)

    swapped = all_at_once(lambda number: store.swap("lease.json", b"%d" % number, tag))

    (winner,) = [tag for tag in swapped if tag is not None]
    assert store.read_tagged("lease.json") == (b"%d" % swapped.index(winner), winner)


def test_what_changed_since_it_was_read_is_not_swapped(place: Place) -> None:
    store = place.store
    first = store.swap("lease.json", b"1", None)
    second = store.swap("lease.json", b"2", first)

    assert first is not None
    assert second is not None
    assert store.swap("lease.json", b"3", first) is None
    assert store.swap("lease.json", b"3", None) is None
    assert store.read_tagged("lease.json") == (b"2", second)


def test_what_is_gone_since_it_was_read_is_not_swapped(place: Place) -> None:
    store = place.store
    tag = store.swap("lease.json", b"1", None)
    store.remove("lease.json")

    assert store.swap("lease.json", b"2", tag) is None
    assert store.read_tagged("lease.json") is None


def test_a_swap_whose_answer_was_lost_is_found_to_have_happened(place_in_a_cloud: Place) -> None:
    store = place_in_a_cloud.store
    tag = store.swap("lease.json", b"mine", None)

    # What the client does by itself when an answer does not come.
    assert store.swap("lease.json", b"mine", None) == tag
    after = store.swap("lease.json", b"mine again", tag)
    assert store.swap("lease.json", b"mine again", tag) == after != tag


def test_what_is_absent_is_none(place: Place) -> None:
    store = place.store

    assert store.read("no/such.txt") is None
    assert store.read_tagged("no/such.txt") is None
    assert not store.is_file("no/such.txt")
    assert store.names("no") == []
    assert store.files("no") == []
    store.remove("no/such.txt")
    store.remove_folder("no")


def test_what_is_written_is_read_and_replaced_whole(place: Place) -> None:
    def fill(file: Path) -> None:
        file.write_bytes(b"1 2 3")

    store = place.store
    store.replace("_glacier/a b/ä%.txt", b"one")
    assert store.read("_glacier/a b/ä%.txt") == b"one"

    store.replace("_glacier/a b/ä%.txt", b"two")
    store.put("raw/numbers.txt", fill)

    assert place.read("_glacier/a b/ä%.txt") == b"two"
    assert place.read("raw/numbers.txt") == b"1 2 3"
    assert place.keys() == {"_glacier/a b/ä%.txt", "raw/numbers.txt"}


def test_listings_know_folders_and_leave_out_what_is_hidden(place: Place) -> None:
    for key in ("raw/a.txt", "raw/day=1/b.txt", "raw/_tmp/c.txt", "raw/.d.txt", "rawer.txt"):
        place.put(key, b"x")
    store = place.store

    assert store.files("raw") == ["raw/a.txt", "raw/day=1/b.txt"]
    assert store.names("raw") == [".d.txt", "_tmp", "a.txt", "day=1"]
    assert store.is_file("raw/a.txt")
    assert not store.is_file("raw")


def test_addresses_and_keys_stand_for_each_other(place: Place) -> None:
    address = place.store.address("raw/day=1/b.txt")

    assert place.store.key(address) == "raw/day=1/b.txt"
    assert place.bucket in address


def test_of_an_attempt_the_sizes_are_known_and_its_path_is_its_own(place: Place) -> None:
    store = place.store
    folder = "_glacier/t/attempts/a1/t"
    store.claim(f"{folder}/x.txt")
    store.make_attempt_folder(folder)
    store.write(f"{folder}/x.txt", b"four")
    store.seal(folder)

    assert store.sizes([f"{folder}/x.txt", f"{folder}/y.txt"]) == [4, None]
    with pytest.raises(FileExistsError):
        store.claim(f"{folder}/x.txt")


@pytest.mark.parametrize("shape", ["file", "folder"])
def test_local_files_are_taken_over_and_handed_out(
    shape: str, place: Place, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    (source / "deep").mkdir(parents=True)
    (source / "deep" / "b.bin").write_bytes(bytes(range(256)))
    (source / "a.txt").write_bytes(b"")
    given = source if shape == "folder" else source / "deep" / "b.bin"
    store, key = place.store, "_glacier/t/attempts/a1/t"
    store.claim(key)

    keys = store.write_files(given, key)
    got = store.fetch(key, keys, lambda: tmp_path)

    names = ["/a.txt", "/deep/b.bin"] if shape == "folder" else [""]
    assert keys == [f"{key}{name}" for name in names]
    for name in names:
        assert Path(f"{got}{name}").read_bytes() == Path(f"{given}{name}").read_bytes()


@pytest.mark.parametrize("shape", ["file", "folder"])
def test_a_stable_path_shows_one_version_and_then_another(shape: str, place: Place) -> None:
    first = written(place, "a1", shape, {"/x": b"one", "/y": b"gone"})
    second = written(place, "a2", shape, {"/x": b"two", "/z/w": b"new"})
    store = place.store

    expose(place, first, [first])
    assert store.shows(first, "clean/t")
    expose(place, second, [second, first])

    assert store.shows(second, "clean/t")
    assert not store.shows(first, "clean/t")
    assert not taken(place, second, [second, first])
    shown = {key: place.read(key) for key in place.keys("clean/")}
    wanted = {"clean/t/x": b"two", "clean/t/z/w": b"new"}
    assert shown == (wanted if shape == "folder" else {"clean/t": b"two"})


@pytest.mark.parametrize("shape", ["file", "folder"])
def test_what_somebody_else_put_at_a_stable_path_is_theirs(shape: str, place: Place) -> None:
    ours = written(place, "a1", shape, {"/x": b"one"})
    expose(place, ours, [ours])
    place.put("clean/t" if shape == "file" else "clean/t/theirs", b"eno")

    assert taken(place, ours, [ours])


def test_what_was_copied_and_not_noted_is_known_by_its_content(place_in_a_cloud: Place) -> None:
    place = place_in_a_cloud
    ours = written(place, "a1", "file", {"/x": b"one"})
    place.put("clean/t", b"one")  # as a run that died before its note

    assert not taken(place, ours, [ours])


def test_many_are_removed_with_some_that_are_gone_already(place_in_a_cloud: Place) -> None:
    place = place_in_a_cloud
    for number in range(5):
        place.put(f"a/{number}", b"x")

    place.objects.objects.delete(["a/0", "a/no", "a/1", "a/2"])
    assert place.keys() == {"a/3", "a/4"}
    place.store.remove_folder("a")
    assert place.keys() == set()


def written(place: Place, attempt: str, shape: str, files: dict[str, bytes]) -> Output:
    """Write one attempt; if it is one file, the first of several."""
    key, store = f"_glacier/clean/t/attempts/{attempt}/t", place.store
    if shape == "file":
        files = {"": next(iter(files.values()))}
    for name, data in files.items():
        if place.cloud == "local":
            Path(store.address(f"{key}{name}")).parent.mkdir(parents=True, exist_ok=True)
        store.write(f"{key}{name}", data)
    store.seal(key)
    whole = (
        DataFile(key=f"{key}{name}", rows=None, size_bytes=len(data))
        for name, data in files.items()
    )
    return Output(bucket="lake", path="clean/t", attempt_key=key, files=tuple(whole))


def expose(place: Place, output: Output, versions: Iterable[Output]) -> None:
    place.store.expose(
        output, "clean/t", scratch="_glacier/clean/t/scratch", versions=iter(versions)
    )


def taken(place: Place, output: Output, versions: Iterable[Output]) -> bool:
    is_folder = output.attempt_key not in output.keys
    return place.store.is_taken("clean/t", is_folder=is_folder, versions=iter(versions))
