"""Files that anybody may write, told from changed ones without reading them: on folders, S3, Google's and Azure's stores."""

from __future__ import annotations

import pytest

from glacier_runtime.fingerprints.inputs import source_identity
from tests.stores.conftest import Place


@pytest.mark.parametrize("count", [1, 5])  # asked for one by one, and listed
def test_an_object_that_somebody_replaced_is_another_source(place: Place, count: int) -> None:
    keys = [f"raw/{number}.csv" for number in range(count)]
    for key in (*keys, "raw/other.csv"):
        place.put(key, b"aaaa")
    before = source_identity(place.store, keys)

    place.put("raw/other.csv", b"bbbb")
    assert source_identity(place.store, keys) == before

    place.put(keys[-1], b"bbbb")
    assert source_identity(place.store, keys) != before


def test_an_object_that_is_gone_has_no_state(place: Place) -> None:
    place.put("raw/a.csv", b"aaaa")

    state, nothing = place.store.states(["raw/a.csv", "raw/b.csv"])

    assert state
    assert nothing is None
