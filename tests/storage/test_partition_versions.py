"""Versions made of several attempts: a partition made anew beside those that stay."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from glacier_runtime.errors import StorageError
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.merging import merged
from glacier_runtime.storage.publication import repair
from glacier_runtime.storage.records import DataFile, Output, PartitionPart
from glacier_runtime.storage.stable_paths import check_stable_path
from glacier_runtime.storage.versions import current_version, versions_of
from tests.execution.local_runs import lake
from tests.storage.partitions import (
    partitions_of,
    publish_partitions,
    publish_whole,
    read,
    shown,
)
from tests.storage.publishing import internal


@pytest.fixture
def place(tmp_path: Path) -> Location:
    return lake(tmp_path).at("nested/by_day/")


def test_a_partition_made_anew_leaves_all_others_as_they_are(
    place: Location, tmp_path: Path
) -> None:
    publish_partitions(tmp_path, "a1", place, mo="1")
    publish_partitions(tmp_path, "a2", place, tu="1")
    publish_partitions(tmp_path, "a3", place, mo="2")

    assert partitions_of(place, tmp_path) == {"mo": "2", "tu": "1"}
    assert shown(tmp_path / "data/lake/nested/by_day") == {"mo": "2", "tu": "1"}
    version = current_version(place, tmp_path)
    assert version is not None
    parts = version.output.partitions
    assert {key: part.attempt for key, part in parts.items()} == {"day=mo": "a3", "day=tu": "a2"}
    assert version.output.rows == 2


def test_partitions_of_a_version_written_whole_are_replaced_by_their_folders(
    place: Location, tmp_path: Path
) -> None:
    publish_whole(tmp_path, "a1", place, mo="1", tu="1")
    publish_partitions(tmp_path, "a2", place, tu="2", we="2")

    assert partitions_of(place, tmp_path) == {"mo": "1", "tu": "2", "we": "2"}


def test_a_version_written_whole_replaces_every_partition(place: Location, tmp_path: Path) -> None:
    publish_partitions(tmp_path, "a1", place, mo="1", tu="1")
    publish_whole(tmp_path, "a2", place, we="2")

    assert partitions_of(place, tmp_path) == {"we": "2"}
    assert shown(tmp_path / "data/lake/nested/by_day") == {"we": "2"}


def test_attempts_stay_as_long_as_a_version_refers_to_them(place: Location, tmp_path: Path) -> None:
    publish_partitions(tmp_path, "first", place, mo="1")
    for number in range(6):
        publish_partitions(tmp_path, f"a{number}", place, tu=str(number))
    attempts = internal(place, tmp_path) / "attempts"

    assert {path.name for path in attempts.iterdir()} == {"first", "a3", "a4", "a5"}
    for version in versions_of(place, tmp_path):
        assert read(version)["mo"] == "1"
    publish_partitions(tmp_path, "second", place, mo="2")
    for number in range(6, 9):
        publish_partitions(tmp_path, f"a{number}", place, tu=str(number))
    assert {path.name for path in attempts.iterdir()} == {"second", "a6", "a7", "a8"}


def test_partitions_of_one_run_count_as_one_version(place: Location, tmp_path: Path) -> None:
    before = publish_partitions(tmp_path, "before", place, mo="0", tu="0", we="0")
    for number, key in enumerate(["mo", "tu", "we", "th"]):
        publish_partitions(tmp_path, f"a{number}", place, run="one", **{key: "1"})

    assert [version.record.attempt for version in versions_of(place, tmp_path)] == ["a3", "before"]
    assert read(before) == {"mo": "0", "tu": "0", "we": "0"}
    assert partitions_of(place, tmp_path) == dict.fromkeys(["mo", "tu", "we", "th"], "1")


def test_threads_publish_partitions_of_one_dataset_at_once(place: Location, tmp_path: Path) -> None:
    keys = [f"{number:02}" for number in range(16)]

    def make(key: str) -> int:
        return publish_partitions(tmp_path, f"a{key}", place, run="one", **{key: key}).number

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(make, keys))

    assert sorted(numbers) == list(range(1, 17))
    assert partitions_of(place, tmp_path) == {key: key for key in keys}
    assert shown(tmp_path / "data/lake/nested/by_day") == {key: key for key in keys}


def test_a_stable_path_of_several_attempts_is_recognised_and_mended(
    place: Location, tmp_path: Path
) -> None:
    publish_partitions(tmp_path, "a1", place, mo="1")
    publish_partitions(tmp_path, "a2", place, tu="2")
    assert check_stable_path(place, tmp_path) is None
    folder = tmp_path / "data/lake/nested/by_day"
    (folder / "day=mo/00000000.txt").unlink()

    problem = check_stable_path(place, tmp_path)
    assert problem is not None
    assert problem.code.code == "GLC509"
    repair(place, tmp_path)
    assert shown(folder) == {"mo": "1", "tu": "2"}


def test_what_is_fetched_of_several_attempts_is_one_folder(place: Location, tmp_path: Path) -> None:
    publish_partitions(tmp_path, "a1", place, mo="1")
    version = publish_partitions(tmp_path, "a2", place, tu="2")
    into = tmp_path / "fetched"
    into.mkdir()

    output = version.output
    folder = version.store.fetch(output.attempt_key, output.keys, lambda: into)

    assert shown(folder) == {"mo": "1", "tu": "2"}


def output_of(attempt: str, parts: dict[str, int], *names: str, rows: int = 1) -> Output:
    key = f"_glacier/d/attempts/{attempt}/d"
    return Output(
        bucket="lake",
        path="d/",
        attempt_key=key,
        files=tuple(DataFile(key=f"{key}/{name}", rows=rows, size_bytes=1) for name in names),
        partitions={
            label: PartitionPart(attempt=attempt, rows=count, size_bytes=1)
            for label, count in parts.items()
        },
    )


def names_of(output: Output) -> list[str]:
    return [output.stable_key(key) for key in output.keys]


def test_a_partition_without_rows_takes_the_place_of_its_rows() -> None:
    base = merged(output_of("b", {"day=2": 1}, "day=2/0"), output_of("a", {"day=1": 1}, "day=1/0"))
    both = merged(output_of("c", {"day=1": 0}, "empty", rows=0), base)

    assert names_of(both) == ["d/day=2/0", "d/empty"]
    assert {label: part.rows for label, part in both.partitions.items()} == {"day=1": 0, "day=2": 1}
    again = merged(output_of("e", {"day=2": 0}, "empty", rows=0), both)
    assert names_of(again) == ["d/empty"]


@pytest.mark.parametrize("name", ["day=2024-01-01%2012%3A00/0", "day=2024-01-01 12:00/hour=3/0"])
def test_folders_are_known_by_the_key_they_stand_for(name: str) -> None:
    base = output_of("a", {}, name, "day=2/0")
    label = "day=2024-01-01 12:00"

    assert names_of(merged(output_of("b", {label: 0}, "empty", rows=0), base)) == [
        "d/day=2/0",
        "d/empty",
    ]


def test_two_partitions_with_a_file_of_one_name_are_refused() -> None:
    base = output_of("a", {"day=1": 1}, "0.parquet")
    with pytest.raises(StorageError) as failure:
        merged(output_of("b", {"day=2": 1}, "0.parquet"), base)

    assert failure.value.codes == ("GLC530",)
