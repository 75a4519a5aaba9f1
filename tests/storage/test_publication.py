"""The commit: what readers see of datasets that are published together, and what stays on the disk."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from glacier_runtime import Provider
from glacier_runtime.config import LocalConfig
from glacier_runtime.errors import StorageError
from glacier_runtime.storage.local_store import LocalStore
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.publication import repair
from glacier_runtime.storage.retention import KEEP_VERSIONS
from glacier_runtime.storage.stable_paths import check_stable_path
from glacier_runtime.storage.versions import current_version
from tests.execution.local_runs import lake
from tests.storage.publishing import internal, publish_texts, text_of


@pytest.fixture
def file(tmp_path: Path) -> Location:
    return lake(tmp_path).at("reports/file.json")


@pytest.fixture
def folder(tmp_path: Path) -> Location:
    return lake(tmp_path).at("reports/folder/")


def fail_on(monkeypatch: pytest.MonkeyPatch, operation: str, part_of_key: str) -> None:
    """Let an operation of the store find no space for keys like that."""
    working = getattr(LocalStore, operation)

    def refuse(self: LocalStore, *arguments: Any, **options: Any) -> None:
        if any(part_of_key in str(argument) for argument in arguments):
            raise OSError(errno.ENOSPC, "No space left on device")
        working(self, *arguments, **options)

    monkeypatch.setattr(LocalStore, operation, refuse)


def test_nothing_was_published_where_nothing_was_written(file: Location, tmp_path: Path) -> None:
    assert current_version(file, tmp_path) is None


def test_all_outputs_of_a_commit_appear_with_their_numbers(
    file: Location, folder: Location, tmp_path: Path
) -> None:
    first = publish_texts(tmp_path, "a1", {file: "one"})
    second = publish_texts(tmp_path, "a2", {file: "two", folder: "two"})
    assert [version.number for version in [*first, *second]] == [1, 2, 1]
    assert text_of(file, tmp_path) == "two"
    assert text_of(folder, tmp_path) == "two"
    assert (tmp_path / "data/lake/reports/file.json").read_text() == "two"
    assert (tmp_path / "data/lake/reports/folder/part.txt").read_text() == "two"


@pytest.mark.parametrize(
    ("operation", "part_of_key"),
    [("seal", "folder"), ("create", "folder/versions"), ("create", "_glacier/commits")],
)
def test_what_fails_before_the_commit_record_publishes_nothing(
    operation: str, part_of_key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [lake(tmp_path).at(path) for path in ("reports/file.json", "reports/folder/")]
    publish_texts(tmp_path, "a1", dict.fromkeys(places, "old"))
    with monkeypatch.context() as patched:
        fail_on(patched, operation, part_of_key)
        with pytest.raises(OSError, match="No space left"):
            publish_texts(tmp_path, "a2", dict.fromkeys(places, "new"))
    assert [text_of(place, tmp_path) for place in places] == ["old", "old"]
    publish_texts(tmp_path, "a3", dict.fromkeys(places, "newer"))
    assert [text_of(place, tmp_path) for place in places] == ["newer", "newer"]


@pytest.mark.parametrize("operation", ["expose_file", "expose_folder"])
def test_what_fails_after_the_commit_record_has_published_everything_and_says_so(
    operation: str,
    file: Location,
    folder: Location,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish_texts(tmp_path, "a1", {file: "old", folder: "old"})
    with monkeypatch.context() as patched:
        fail_on(patched, operation, "reports")
        with pytest.raises(StorageError, match="published") as failure:
            publish_texts(tmp_path, "a2", {file: "new", folder: "new"})
    assert failure.value.codes == ("GLC508",)
    assert "nothing" not in str(failure.value)
    assert [text_of(place, tmp_path) for place in (file, folder)] == ["new", "new"]
    for place in (file, folder):
        assert check_stable_path(place, tmp_path) is None
        repair(place, tmp_path)
    assert (tmp_path / "data/lake/reports/file.json").read_text() == "new"
    assert (tmp_path / "data/lake/reports/folder/part.txt").read_text() == "new"


def test_an_attempt_is_published_once(file: Location, tmp_path: Path) -> None:
    publish_texts(tmp_path, "a1", {file: "one"})
    with pytest.raises((FileExistsError, PermissionError)):
        publish_texts(tmp_path, "a1", {file: "two"})


def test_outputs_in_two_buckets_are_published_together(tmp_path: Path) -> None:
    provider = Provider(config=LocalConfig(base_path=tmp_path / "data"))
    one, other = (provider.bucket(name).at("file.json") for name in ("lake", "mart"))
    for number in range(KEEP_VERSIONS + 2):
        publish_texts(tmp_path, f"a{number}", {one: str(number), other: str(number)})
    assert text_of(one, tmp_path) == text_of(other, tmp_path) == str(KEEP_VERSIONS + 1)


def test_a_relative_base_path_counts_from_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Provider(config=LocalConfig(base_path=Path("data"))).bucket("lake").at("file.json")
    monkeypatch.chdir("/")
    publish_texts(tmp_path, "a1", {place: "one"})
    assert text_of(place, tmp_path) == "one"
    assert (tmp_path / "data/lake/file.json").is_file()


def test_only_the_newest_versions_are_kept(
    file: Location, folder: Location, tmp_path: Path
) -> None:
    for number in range(1, 9):
        publish_texts(tmp_path, f"a{number}", {file: str(number), folder: str(number)})
    for place in (file, folder):
        home = internal(place, tmp_path)
        assert {path.name for path in (home / "attempts").iterdir()} == {"a6", "a7", "a8"}
        assert len(list((home / "versions").iterdir())) == KEEP_VERSIONS
    assert text_of(file, tmp_path) == "8"


def test_commit_records_go_with_the_last_version_that_needs_them(
    file: Location, folder: Location, tmp_path: Path
) -> None:
    for number in range(1, 9):
        publish_texts(tmp_path, f"a{number}", {file: str(number), folder: str(number)})
    records = tmp_path / "data/lake/_glacier/commits"
    assert {path.stem for path in records.iterdir()} == {"a6", "a7", "a8"}


def test_a_version_outlives_newer_ones_of_what_was_published_with_it(
    file: Location, folder: Location, tmp_path: Path
) -> None:
    publish_texts(tmp_path, "together", {file: "old", folder: "old"})
    for number in range(KEEP_VERSIONS + 2):
        publish_texts(tmp_path, f"a{number}", {file: str(number)})
    assert text_of(folder, tmp_path) == "old"
    publish_texts(tmp_path, "again", {folder: "new"})
    assert text_of(folder, tmp_path) == "new"


def test_a_ticket_without_a_commit_record_never_happened(file: Location, tmp_path: Path) -> None:
    publish_texts(tmp_path, "a1", {file: "old"})
    publish_texts(tmp_path, "a2", {file: "new"})
    (tmp_path / "data/lake/_glacier/commits/a2.json").unlink()
    assert text_of(file, tmp_path) == "old"
    repair(file, tmp_path)
    assert (tmp_path / "data/lake/reports/file.json").read_text() == "old"
    assert publish_texts(tmp_path, "a3", {file: "newer"})[0].number > 1
    assert text_of(file, tmp_path) == "newer"
    names = {path.name for path in (internal(file, tmp_path) / "attempts").iterdir()}
    assert names == {"a1", "a3"}


def test_repair_clears_up_after_the_dead(file: Location, tmp_path: Path) -> None:
    publish_texts(tmp_path, "a1", {file: "data"})
    home = internal(file, tmp_path)
    (home / "attempts/dead").mkdir()
    (home / "attempts/dead/file.json").write_text("hal")
    (home / "scratch").mkdir(exist_ok=True)
    (home / "scratch/0123").write_text("unfinished")
    (tmp_path / "data/lake/reports/file.json").unlink()
    repair(file, tmp_path)
    assert (tmp_path / "data/lake/reports/file.json").read_text() == "data"
    assert {path.name for path in home.rglob("*") if path.is_file()} == {
        "0000000001.json",
        "file.json",
    }


@pytest.mark.parametrize("name", [".DS_Store", "0000000001.json~", "notes.txt", "1.json", "latest"])
def test_strange_files_among_the_tickets_are_left_alone(
    name: str, file: Location, tmp_path: Path
) -> None:
    publish_texts(tmp_path, "a1", {file: "one"})
    stranger = internal(file, tmp_path) / "versions" / name
    stranger.write_text("?")
    publish_texts(tmp_path, "a2", {file: "two"})
    assert text_of(file, tmp_path) == "two"
    assert stranger.read_text() == "?"
