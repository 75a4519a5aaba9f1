"""Who makes which partitions on this machine: what happens while somebody looks, joins, leaves, hangs, or dies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from glacier_runtime.errors import StorageError
from glacier_runtime.storage import writers
from glacier_runtime.storage.cleaning import clean
from glacier_runtime.storage.local_store import LocalStore
from glacier_runtime.storage.locks import hold_all
from glacier_runtime.storage.publication import lock_file
from glacier_runtime.storage.retention import Retention
from glacier_runtime.storage.writers import guarded, living
from tests.storage.partitions import partitions_of, publish_partitions, publish_whole, written
from tests.storage.publishing import internal
from tests.storage.sharing import holding, place_in


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    found = lock_file(place_in(str(tmp_path)), tmp_path)
    assert found is not None
    return found


def test_who_leaves_while_others_look_is_not_there(
    lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    working = Path.glob

    def slow(self: Path, pattern: str) -> Iterator[Path]:
        found = [*working(self, pattern)]
        for path in found[:1]:
            path.unlink()
        yield from found

    one = holding(place_in(str(tmp_path)), "one", "mo")
    with one, guarded([lock]), monkeypatch.context() as patched:
        patched.setattr(Path, "glob", slow)
        assert living(lock) == []


def test_nobody_waits_for_anothers_files_to_be_synced(
    lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, working, others = place_in(str(tmp_path)), LocalStore.seal, list[str]()

    def slow(self: LocalStore, key: str) -> None:
        with guarded([lock]):
            others.append(key)
        working(self, key)

    monkeypatch.setattr(writers, "_PATIENCE_S", 0.05)
    monkeypatch.setattr(LocalStore, "seal", slow)
    publish_partitions(tmp_path, "t.a1", place, mo="1")

    assert len(others) == 1


def test_who_waits_too_long_for_one_that_hangs_publishes_nothing_and_may_try_again(
    lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_in(str(tmp_path))
    publish_partitions(tmp_path, "t.a1", place, mo="1")
    monkeypatch.setattr(writers, "_PATIENCE_S", 0.05)
    with guarded([lock]), pytest.raises(StorageError, match="GLC505") as failure:
        publish_partitions(tmp_path, "t.a2", place, mo="2")

    assert str(lock.parent) in failure.value.problems[0].message
    assert partitions_of(place, tmp_path) == {"mo": "1"}
    publish_partitions(tmp_path, "t.a3", place, mo="3")
    assert partitions_of(place, tmp_path) == {"mo": "3"}


def test_a_whole_publication_asks_for_no_guard(tmp_path: Path) -> None:
    place = place_in(str(tmp_path))
    publish_whole(tmp_path, "t.a1", place, mo="1")
    assert not (internal(place, tmp_path) / "writers").exists()


def test_partitions_that_are_cut_by_other_columns_exclude_each_other(
    lock: Path, tmp_path: Path
) -> None:
    finer = {"by_day": ["day=tu/region=eu"]}
    first, second = holding(place_in(str(tmp_path)), "first", "mo"), hold_all(
        {"by_day": lock}, "second", finer
    )
    with first, pytest.raises(StorageError) as failure, second:
        pass
    assert failure.value.codes == ("GLC505",)


def test_cleaning_leaves_what_a_slow_writer_has_staged(tmp_path: Path) -> None:
    place = place_in(str(tmp_path))
    publish_partitions(tmp_path, "t.first", place, tu="1")
    with holding(place, "slow", "mo"):
        written(tmp_path, "t.slow", place, {"day=mo": "slow"})
        found = clean("by-hand", [place], tmp_path, Retention(1))
        assert [problem.code.code for problem in found.problems] == ["GLC505"]
        assert "run slow of shop" in found.problems[0].message
        assert (internal(place, tmp_path) / "attempts/t.slow").is_dir()
    assert clean("by-hand", [place], tmp_path, Retention(1)).problems == ()
    assert not (internal(place, tmp_path) / "attempts/t.slow").exists()
