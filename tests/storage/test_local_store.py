"""The few operations that publication is made of."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import pytest

from glacier_runtime.storage.local_store import LocalStore
from glacier_runtime.storage.records import DataFile, Output

RACERS = 20


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "lake")


def write(store: LocalStore, key: str, text: str) -> None:
    path = store.path(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def output(store: LocalStore, key: str, shown: str = "shown") -> Output:
    """What an attempt wrote at a key, as a version of the dataset at a path."""
    path = store.path(key)
    found = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    files = tuple(
        DataFile(
            key=file.relative_to(store.root).as_posix(), rows=None, size_bytes=file.stat().st_size
        )
        for file in found
    )
    return Output(bucket="lake", path=shown, attempt_key=key, files=files)


def snapshot(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text() for path in files}


def test_what_is_created_can_be_read(store: LocalStore) -> None:
    store.create("deep/down/record.json", b"{}", scratch="scratch")
    assert store.read("deep/down/record.json") == b"{}"


def test_what_is_absent_reads_as_none_and_lists_as_nothing(store: LocalStore) -> None:
    write(store, "file", "")
    assert store.read("absent") is None
    assert store.names("absent") == []
    assert store.names("file") == []
    assert store.files("absent") == []


def test_creating_a_key_twice_is_refused_and_changes_nothing(store: LocalStore) -> None:
    store.create("record.json", b"first", scratch="scratch")
    with pytest.raises(FileExistsError):
        store.create("record.json", b"second", scratch="scratch")
    assert store.read("record.json") == b"first"
    assert store.names("scratch") == []


def test_of_twenty_racing_creators_one_wins(store: LocalStore) -> None:
    start = Barrier(RACERS)

    def race(racer: int, key: str) -> bytes | None:
        content = f"racer {racer} ".encode() * 1000
        start.wait()
        try:
            store.create(key, content, scratch=f"scratch/{racer}")
        except FileExistsError:
            return None
        return content

    with ThreadPoolExecutor(RACERS) as pool:
        for number in range(20):
            key = f"records/{number}.json"
            written = list(pool.map(race, range(RACERS), [key] * RACERS))
            winners = [content for content in written if content is not None]
            assert len(winners) == 1
            assert store.read(key) == winners[0]
    assert store.files("scratch") == []


def test_a_create_that_cannot_write_leaves_no_key(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space left"):
        store.create("record.json", b"{}", scratch="scratch")
    assert store.read("record.json") is None


def test_listing_files_leaves_out_what_is_hidden_or_internal(store: LocalStore) -> None:
    for name in ("b.csv", "a/c.csv", ".hidden", "a/_temporary/d.csv", "_glacier/e.csv"):
        write(store, f"folder/{name}", "")
    assert store.files("folder") == ["folder/a/c.csv", "folder/b.csv"]


def test_sealed_files_are_read_only_at_any_depth(store: LocalStore) -> None:
    for name in ("one", "deep/two"):
        write(store, f"made/{name}", "data")
    store.seal("made")
    for name in ("one", "deep/two"):
        mode = stat.S_IMODE(store.path(f"made/{name}").stat().st_mode)
        assert mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) == 0
        assert mode & stat.S_IRUSR


def test_an_exposed_file_takes_the_place_of_another(store: LocalStore) -> None:
    write(store, "old", "old")
    write(store, "new", "new")
    store.expose_file("old", "shown/file", scratch="scratch")
    store.expose_file("new", "shown/file", scratch="scratch")
    assert store.read("shown/file") == b"new"
    assert store.read("old") == b"old"
    assert store.names("shown") == ["file"]
    assert store.names("scratch") == []


def test_exposing_a_file_again_leaves_no_second_name(store: LocalStore) -> None:
    write(store, "made", "data")
    store.expose_file("made", "shown", scratch="scratch")
    store.expose_file("made", "shown", scratch="scratch")
    assert store.read("shown") == b"data"
    assert store.names("scratch") == []


def test_a_reader_of_an_exposed_file_always_finds_it_whole(store: LocalStore) -> None:
    contents = {letter * 100_000 for letter in "ab"}
    for content in contents:
        write(store, content[0], content)
    store.expose_file("a", "shown", scratch="scratch")
    done = Event()

    def read_on() -> set[str]:
        seen = set()
        while not done.is_set():
            seen.add(store.path("shown").read_text())
        return seen

    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(read_on)
        for number in range(300):
            store.expose_file("ab"[number % 2], "shown", scratch="scratch")
        done.set()
    assert reader.result() <= contents


def test_an_exposed_folder_shows_the_new_files_and_none_of_the_old(store: LocalStore) -> None:
    write(store, "old/gone", "1")
    write(store, "old/deep/kept", "1")
    write(store, "new/deep/kept", "2")
    write(store, "new/added", "2")
    store.expose(output(store, "old"), "shown", scratch="scratch", versions=())
    store.expose(output(store, "new"), "shown", scratch="scratch", versions=())
    assert snapshot(store.path("shown")) == {"added": "2", "deep/kept": "2"}
    assert snapshot(store.path("old")) == {"gone": "1", "deep/kept": "1"}


def test_one_file_of_a_folder_that_is_shown_is_replaced_or_added_in_its_place(
    store: LocalStore,
) -> None:
    for day, text in (("1", "old"), ("2", "same"), ("1-again", "new"), ("3", "added")):
        write(store, f"made/{day}", text)
    first = {"shown/day=1/file": "made/1", "shown/day=2/file": "made/2"}
    store.expose_folder(first, "shown", scratch="scratch")
    folders = [store.path(key).stat().st_ino for key in ("shown", "shown/day=1", "shown/day=2")]

    second = first | {"shown/day=1/file": "made/1-again"}
    third = second | {"shown/day=3/file": "made/3"}
    for files in (second, second, third):
        store.expose_folder(files, "shown", scratch="scratch")

    assert snapshot(store.path("shown")) == {
        "day=1/file": "new",
        "day=2/file": "same",
        "day=3/file": "added",
    }
    assert folders == [
        store.path(key).stat().st_ino for key in ("shown", "shown/day=1", "shown/day=2")
    ]
    assert store.names("scratch") == []
    assert snapshot(store.path("made"))["1"] == "old"


@pytest.mark.parametrize(
    "there",
    [
        {"shown/one/deep": "a folder where a file belongs"},
        {"shown/surplus": "what belongs nowhere"},
        {"shown/one": "other", "shown/two": "other"},
    ],
    ids=["a folder", "surplus", "two others"],
)
def test_a_folder_in_which_more_than_one_file_is_wrong_is_replaced_whole(
    store: LocalStore, there: dict[str, str]
) -> None:
    for key, text in {"made/one": "1", "made/two": "2", "shown/two": "2", **there}.items():
        write(store, key, text)
    if "shown/one/deep" in there:
        store.path("shown/one/deep").unlink()
    before = store.path("shown").stat().st_ino

    store.expose(output(store, "made"), "shown", scratch="scratch", versions=())

    assert snapshot(store.path("shown")) == {"one": "1", "two": "2"}
    assert store.path("shown").stat().st_ino != before


def test_what_was_exposed_is_recognised(store: LocalStore) -> None:
    write(store, "file", "data")
    write(store, "folder/deep/file", "data")
    store.expose_file("file", "shown-file", scratch="scratch")
    folder = output(store, "folder", "shown-folder")
    store.expose(folder, "shown-folder", scratch="scratch", versions=())
    assert store.shows(output(store, "file", "shown-file"), "shown-file")
    assert store.shows(output(store, "folder", "shown-folder"), "shown-folder")


def test_copies_with_the_same_content_are_recognised_as_exposed(store: LocalStore) -> None:
    write(store, "folder/deep/file", "data")
    shutil.copytree(store.path("folder"), store.path("shown"))
    assert store.shows(output(store, "folder"), "shown")
    shutil.copyfile(store.path("folder/deep/file"), store.path("copy"))
    assert store.shows(output(store, "folder/deep/file", "copy"), "copy")


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        ("nothing is there", {}),
        ("a file was added", {"one": "1", "deep/two": "2", "three": "3"}),
        ("a hidden file was added", {"one": "1", "deep/two": "2", ".three": "3"}),
        ("a file was removed", {"one": "1"}),
        ("a file was moved", {"one": "1", "two": "2"}),
        ("a file holds other data of that size", {"one": "1", "deep/two": "X"}),
        ("a file holds more", {"one": "1", "deep/two": "22"}),
        ("a file holds nothing", {"one": "1", "deep/two": ""}),
    ],
)
def test_a_folder_that_was_changed_is_not_taken_for_exposed(
    store: LocalStore, change: str, changed: dict[str, str]
) -> None:
    write(store, "made/one", "1")
    write(store, "made/deep/two", "2")
    for name, text in changed.items():
        write(store, f"shown/{name}", text)
    assert not store.shows(output(store, "made"), "shown"), change


def test_a_file_where_a_folder_was_is_not_taken_for_exposed(store: LocalStore) -> None:
    write(store, "made/one", "1")
    write(store, "shown", "1")
    assert not store.shows(output(store, "made"), "shown")
    assert not store.shows(output(store, "made/one", "made"), "made")


def test_removing_takes_files_folders_and_what_is_absent(store: LocalStore) -> None:
    write(store, "folder/deep/file", "")
    write(store, "file", "")
    store.seal("folder")
    for key in ("folder", "file", "absent"):
        store.remove(key)
    assert list(store.root.iterdir()) == []
