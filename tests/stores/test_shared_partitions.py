"""Runs in processes of their own that make partitions of one dataset at once, on four stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from glacier_runtime.storage.lease_records import read_leases
from glacier_runtime.storage.versions import versions_of
from tests.storage.partitions import partitions_of, publish_partitions
from tests.storage.sharers import Start, go_on, line, sharers
from tests.storage.sharing import place_in, share
from tests.stores.conftest import Place

ROOT = Path()


@pytest.fixture
def start() -> Iterator[Start]:
    with sharers(share, "ready") as starting:
        yield starting


@pytest.mark.parametrize("days", [2, pytest.param(8, marks=pytest.mark.long)])
def test_disjoint_partitions_are_published_and_others_are_refused(
    days: int, start: Start, place: Place
) -> None:
    spot = place_in("environment")
    publish_partitions(ROOT, "t.first", spot, su="first")
    made = {name: [f"{name}{number}" for number in range(days)] for name in ("a", "b")}
    children = [start("environment", name, 1, *keys) for name, keys in made.items()]
    start("environment", "same", 1, "b1", until="refused GLC505 day=b1 of ")
    start("environment", "whole", 1, until="refused GLC505 ")
    for child in children:
        go_on(child)

    assert [line(child) for child in children] == ["published", "published"]
    expected = {"su": "first", **{key: "0" for keys in made.values() for key in keys}}
    assert partitions_of(spot, ROOT) == expected
    shown = place.keys("by_day/")
    assert {key.split("/")[1]: place.read(key).decode() for key in shown} == {
        f"day={key}": text for key, text in expected.items()
    }
    assert next(iter(versions_of(spot, ROOT))).number >= 1 + 2 * days
    leases = None if place.store.has_locks else read_leases(place.store, spot)
    assert leases is None or not leases.leases
    assert not {key for key in place.keys("_glacier/by_day/writers/") if key.endswith(".json")}
