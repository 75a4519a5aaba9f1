"""A publication of one partition, and a cleaning, killed before every single step: readers see a whole version, always."""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path

import pytest

from glacier_runtime.storage.cleaning import clean
from glacier_runtime.storage.publication import repair
from glacier_runtime.storage.retention import Retention
from glacier_runtime.storage.stable_paths import check_stable_path
from tests.execution.local_runs import lake
from tests.storage.acts import NEW, OLD, by_day, make_old
from tests.storage.killing import Killer
from tests.storage.partitions import partitions_of, publish_partitions, publish_whole, shown
from tests.storage.publishing import internal

STRIDES = pytest.mark.parametrize("stride", [5, pytest.param(1, marks=pytest.mark.long)])
"""Every fifth step in every run of the tests; each of them in the long one."""


def kept(root: Path) -> set[str]:
    """What lies among the attempts."""
    return {path.name for path in (internal(by_day(root), root) / "attempts").iterdir()}


@STRIDES
def test_a_partition_is_published_or_not_whenever_its_run_is_killed(
    stride: int, tmp_path: Path, killer: Killer
) -> None:
    make_old(tmp_path / "old")
    outcomes = []
    for event in count(1, stride):
        root = tmp_path / str(event)
        shutil.copytree(tmp_path / "old", root)
        death = killer.act("make_one_anew", root, before_event=event)
        seen, place, folder = (
            partitions_of(by_day(root), root),
            by_day(root),
            root / "data/lake/nested/by_day",
        )
        outcomes.append(seen)

        assert seen in (OLD, NEW)
        assert shown(folder) in ({}, OLD, seen), "other tools see what was never published"
        assert not folder.exists() or check_stable_path(place, root) is None
        repair(place, root)
        assert shown(folder) == seen
        assert kept(root) == {"made-mo", "made-tu", "made-we"} | (
            {"killed"} if seen == NEW else set()
        )
        publish_partitions(root, "next", place, we="next")
        assert partitions_of(place, root) == shown(folder) == {**seen, "we": "next"}
        shutil.rmtree(root)
        if not death.killed:
            break

    assert outcomes[0] == OLD
    assert outcomes[-1] == NEW
    assert outcomes == sorted(outcomes, key=lambda seen: seen == NEW), "a version was taken back"
    assert len(outcomes) * stride > 30


@STRIDES
def test_a_cleaning_that_is_killed_loses_nothing_and_the_next_one_ends_it(
    stride: int, tmp_path: Path, killer: Killer
) -> None:
    old = tmp_path / "old"
    make_old(old)
    publish_partitions(old, "a4", by_day(old), tu="new")
    other, dropped = lake(old).at("other/"), lake(old).at("dropped/")
    for number in range(3):
        publish_whole(old, f"o{number}", other, mo=str(number))
    publish_whole(old, "d1", dropped, mo="1")
    left_over = internal(by_day(old), old) / "attempts/dead/by_day"
    left_over.mkdir(parents=True)
    (left_over / "half").write_text("hal")
    for event in count(1, stride):
        root = tmp_path / str(event)
        shutil.copytree(old, root)
        death = killer.act("clean_up", root, before_event=event)
        places = [by_day(root), lake(root).at("other/")]

        assert partitions_of(places[0], root) == NEW
        assert partitions_of(places[1], root) == {"mo": "2"}
        clean("by-hand", places, root, Retention(1), dropped=True)
        assert partitions_of(places[0], root) == NEW
        assert partitions_of(places[1], root) == {"mo": "2"}
        assert kept(root) == {"made-mo", "made-we", "a4"}
        lake_folder = root / "data/lake"
        commits = {path.stem for path in (lake_folder / "_glacier/commits").iterdir()}
        assert commits == {"a4", "o2"}
        left = (lake_folder / "_glacier/dropped").rglob("*")
        assert {path.name for path in left if path.is_file()} <= {"lock"}
        assert shown(lake_folder / "dropped") == {
            "mo": "1"
        }, "a stable path is not Glacier's to remove"
        shutil.rmtree(root)
        if not death.killed:
            break

    assert event > 20
