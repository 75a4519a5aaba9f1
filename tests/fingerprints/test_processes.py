"""Fingerprints are the same in every process, whatever it hashes by and imports first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fingerprints.projects import FILES, in_another_process, write

_MORE = """
from collections import OrderedDict, defaultdict
from types import MappingProxyType
from uuid import UUID
from zoneinfo import ZoneInfo

import polars as pl

EVERYTHING = {
    "sets": [{"a", "b", "c", "d"}, frozenset({("x", 1), ("y", 2)}), {1.5, None, b"z", ...}],
    "mappings": [OrderedDict(a=1), defaultdict(list, b=[2]), MappingProxyType({"c": {"p", "q", "r"}})],
    "libraries": [UUID(int=7), ZoneInfo("Europe/Berlin"), range(3), slice(1, 2), float("nan"), -0.0],
    "polars": [pl.col("a").is_in(["x", "y"]) & ~pl.col("b"), pl.Series([1, 2]), pl.DataFrame({"c": ["u"]})],
    "types": [list[int], dict[str, int | None], pl.Struct({"a": pl.Int8})],
}
"""


def test_another_seed_and_another_order_of_imports_give_one_fingerprint(tmp_path: Path) -> None:
    files = {**FILES, "more": _MORE}
    files["deep"] = files["deep"].replace(
        "import re\n", "import re\nfrom .more import EVERYTHING\n"
    )
    files["deep"] = files["deep"].replace("column * by", "column * by * len(EVERYTHING)")
    write(tmp_path, files)

    found = {
        in_another_process(tmp_path, seed=seed, first=first)
        for seed, first in (("1", "tasks"), ("2", "deep"), ("3", "more"))
    }

    assert len(found) == 1
    assert "shop.deep.EVERYTHING" in found.pop()


@pytest.mark.long
def test_many_seeds_give_one_fingerprint(tmp_path: Path) -> None:
    write(tmp_path, {**FILES, "more": _MORE})
    seeds = map(str, range(20))

    assert len({in_another_process(tmp_path, seed=seed, first="more") for seed in seeds}) == 1
