"""`glacier clean`: what goes, what stays, and what is only said."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest

from glacier_runtime.errors import StorageError
from glacier_runtime.storage.cleaning import Cleaning, clean
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.locks import hold_all
from glacier_runtime.storage.publication import lock_file
from glacier_runtime.storage.retention import KEEP_VERSIONS, Retention, read_retention
from glacier_runtime.storage.versions import ticket_numbers, versions_of
from tests.execution.local_runs import lake
from tests.storage.partitions import partitions_of, publish_partitions, publish_whole, shown
from tests.storage.publishing import internal


@pytest.fixture
def place(tmp_path: Path) -> Location:
    return lake(tmp_path).at("by_day/")


def swept(root: Path, *places: Location, **how: bool) -> Cleaning:
    return clean("by-hand", places, root, Retention(1), **how)


def everything(root: Path) -> dict[str, str]:
    files = (path for path in root.rglob("*") if path.is_file() and path.name != "lock")
    return {str(path.relative_to(root)): path.read_text() for path in files}


def test_old_versions_go_and_the_newest_never_does(place: Location, tmp_path: Path) -> None:
    for number in range(3):
        publish_whole(tmp_path, f"a{number}", place, mo=str(number) * 100)

    found = swept(tmp_path, place)

    assert [item.what for item in found.cleared] == [
        "version 1 of lake:by_day/",
        "version 2 of lake:by_day/",
    ]
    assert [item.size_bytes for item in found.cleared] == [100, 100]
    assert all(item.removed for item in found.cleared)
    assert partitions_of(place, tmp_path) == {"mo": "2" * 100}
    assert {path.name for path in (internal(place, tmp_path) / "attempts").iterdir()} == {"a2"}
    assert swept(tmp_path, place) == Cleaning((), (), ())


def test_a_dry_run_says_the_same_and_changes_nothing(place: Location, tmp_path: Path) -> None:
    for number in range(3):
        publish_whole(tmp_path, f"a{number}", place, mo=str(number))
    (internal(place, tmp_path) / "attempts/dead").mkdir()
    publish_whole(tmp_path, "d1", lake(tmp_path).at("dropped/"), mo="1")
    before = everything(tmp_path)

    said = swept(tmp_path, place, dry_run=True, dropped=True)

    assert everything(tmp_path) == before
    assert not any(item.removed for item in (*said.cleared, *said.dropped))
    done = swept(tmp_path, place, dropped=True)
    assert [item.what for item in done.cleared[:3]] == [item.what for item in said.cleared]
    assert [item.what for item in done.dropped] == [item.what for item in said.dropped]


def test_attempts_of_dead_runs_go_and_those_that_versions_share_stay(
    place: Location, tmp_path: Path
) -> None:
    for number, key in enumerate(["mo", "tu", "mo", "mo"]):
        publish_partitions(tmp_path, f"a{number}", place, **{key: str(number)})
    dead = internal(place, tmp_path) / "attempts/dead/by_day"
    dead.mkdir(parents=True)
    (dead / "half").write_text("hal")

    found = swept(tmp_path, place)

    attempts = [item for item in found.cleared if "attempt" in item.what]
    assert {Path(item.address).name: item.size_bytes for item in attempts} == {"a0": 1, "dead": 3}
    assert partitions_of(place, tmp_path) == {"mo": "3", "tu": "1"}
    names = {path.name for path in (internal(place, tmp_path) / "attempts").iterdir()}
    assert names == {"a1", "a3"}


def test_a_dataset_that_is_being_written_is_left_alone_and_named(
    place: Location, tmp_path: Path
) -> None:
    other = lake(tmp_path).at("other/")
    for number in range(3):
        publish_whole(tmp_path, f"a{number}", place, mo=str(number))
        publish_whole(tmp_path, f"b{number}", other, mo=str(number))
    held = lock_file(place, tmp_path)
    assert held is not None
    live = internal(place, tmp_path) / "attempts/live"
    live.mkdir()
    with hold_all({"by_day": held}, "run r1 of shop"):
        found = swept(tmp_path, place, other)

    assert [problem.code.code for problem in found.problems] == ["GLC505"]
    assert "run r1 of shop" in found.problems[0].message
    assert live.exists()
    assert len(list(versions_of(place, tmp_path))) == 3
    assert len(list(versions_of(other, tmp_path))) == 1


def test_commit_records_that_no_ticket_names_go(place: Location, tmp_path: Path) -> None:
    for number in range(3):
        publish_whole(tmp_path, f"a{number}", place, mo=str(number))
    (internal(place, tmp_path) / "versions/0000000001.json").unlink()

    found = swept(tmp_path, place)

    assert "a commit record that no version needs" in [item.what for item in found.cleared]
    commits = tmp_path / "data/lake/_glacier/commits"
    assert [path.name for path in commits.iterdir()] == ["a2.json"]


def test_what_the_code_dropped_is_listed_and_goes_when_asked_for(
    place: Location, tmp_path: Path
) -> None:
    publish_whole(tmp_path, "a1", place, mo="1")
    dropped = lake(tmp_path).at("deep/down/dropped/")
    publish_whole(tmp_path, "d1", dropped, mo="x" * 50)

    found = swept(tmp_path, place)
    assert [(item.what, item.size_bytes, item.removed) for item in found.dropped] == [
        ("a dataset that the code does not have", 50, False)
    ]
    assert partitions_of(dropped, tmp_path) == {"mo": "x" * 50}
    found = swept(tmp_path, place, dropped=True)
    assert [item.removed for item in found.dropped] == [True]
    assert partitions_of(dropped, tmp_path) == {}
    assert shown(tmp_path / "data/lake/deep/down/dropped") == {"mo": "x" * 50}
    assert swept(tmp_path, place) == Cleaning((), (), ())


def test_what_another_pipeline_published_is_never_dropped(place: Location, tmp_path: Path) -> None:
    publish_whole(tmp_path, "a1", place, mo="1")
    found = clean("another", [lake(tmp_path).at("mine/")], tmp_path, Retention(1), dropped=True)

    assert [(item.what, item.removed) for item in found.dropped] == [
        ("a dataset that the code does not have, of pipeline by-hand", False)
    ]
    assert partitions_of(place, tmp_path) == {"mo": "1"}


def test_a_dropped_dataset_around_a_living_one_is_left_alone(tmp_path: Path) -> None:
    around, living = lake(tmp_path).at("a/"), lake(tmp_path).at("a/b/")
    publish_whole(tmp_path, "d1", around, mo="1")
    publish_whole(tmp_path, "a1", living, mo="2")

    assert [item.removed for item in swept(tmp_path, living, dropped=True).dropped] == [False]
    assert partitions_of(living, tmp_path) == {"mo": "2"}


def test_young_versions_stay_whatever_their_number(place: Location, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.glacier]\nkeep_versions = 1\nkeep_days = 1\n")
    for number in range(KEEP_VERSIONS + 2):
        publish_whole(tmp_path, f"a{number}", place, mo=str(number))
    retention = read_retention(tmp_path)

    assert retention == Retention(1, timedelta(days=1))
    assert len(list(versions_of(place, tmp_path))) == KEEP_VERSIONS + 2
    assert clean("by-hand", [place], tmp_path, retention).cleared == ()
    assert len(clean("by-hand", [place], tmp_path, Retention(2)).cleared) == KEEP_VERSIONS
    time.sleep(0.01)
    aged = Retention(1, timedelta(milliseconds=5))
    assert len(clean("by-hand", [place], tmp_path, aged).cleared) == 1


@pytest.mark.parametrize(
    "said", ["keep_versions = 0", "keep_versions = true", 'keep_days = "7"', "keep_days = -1"]
)
def test_what_cannot_be_meant_stops_a_run_before_it_begins(
    said: str, place: Location, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.glacier]\n{said}\n")
    with pytest.raises(StorageError) as failure:
        publish_whole(tmp_path, "a1", place, mo="1")

    assert failure.value.codes == ("GLC531",)
    assert said.split(maxsplit=1)[0] in str(failure.value)
    assert partitions_of(place, tmp_path) == {}


def test_damage_is_reported_and_the_rest_is_cleared(place: Location, tmp_path: Path) -> None:
    other = lake(tmp_path).at("other/")
    for number in range(3):
        publish_whole(tmp_path, f"a{number}", place, mo=str(number))
        publish_whole(tmp_path, f"b{number}", other, mo=str(number))
    ticket = internal(place, tmp_path) / "versions/0000000003.json"
    ticket.chmod(0o600)
    ticket.write_text("{")

    found = swept(tmp_path, place, other)

    assert {problem.code.code for problem in found.problems} == {"GLC506"}
    assert len(list(versions_of(other, tmp_path))) == 1
    assert ticket_numbers(next(iter(versions_of(other, tmp_path))).store, place) == [1, 2, 3]
    commits = {path.stem for path in (tmp_path / "data/lake/_glacier/commits").iterdir()}
    assert {"a0", "a1", "a2", "b2"} <= commits
