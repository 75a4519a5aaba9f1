"""Names that are no UTF-8, and names as long as a file system takes, and longer."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from pathlib import Path

from tests.faults.books import TOKEN
from tests.faults.children import run
from tests.faults.places import Place, folder
from tests.faults.verdict import ALL_DAYS, Counts, Series

__all__ = ["strange_files", "strange_roots"]

NO_UTF8 = os.fsdecode(b"caf\xe9-\xff\xfe")


def strange_roots(root: Path, tries: int, chance: random.Random) -> Counts:
    """The project lies in a folder whose name is no UTF-8, has everything that a shell or an address minds, or is enormous."""
    shapes = (
        NO_UTF8,
        "x" * 255,
        "/".join(["y" * 200] * chance.randint(3, 8)),
        "a b%20c'\"$`*?[x]{y}#;&|<>\\é\u202e\n",
        "/".join(["z" * 250] * 15),  # what Glacier adds is beyond what the system takes
    )
    total = Counts()
    for number in range(tries):
        series = Series(_project(root / f"{number}", shapes[number % len(shapes)]), chance)
        series.counts = total
        series.renew()
        end = run(series.place, ALL_DAYS)
        series.judge(end, is_damaged=not end.is_done)  # readers are told the same
        if end.is_done:
            series.renew()
            series.mend()
        else:
            total.mended += bool(end.codes)  # there is nothing to mend: nothing was published
    return total


def _project(root: Path, name: str) -> Place:
    return folder(root / name / "project", TOKEN)


def strange_files(root: Path, tries: int, chance: random.Random) -> Counts:
    """Somebody leaves files of such names where Glacier keeps data, logs and stable paths, or asks for such a partition."""
    series = Series(folder(root / "project", TOKEN), chance)
    series.begin()
    homes = ("data/lake/days", "data/lake", "data/lake/_glacier", "data/lake/_glacier/commits",
             "data/lake/_glacier/flat.parquet/versions", "data/lake/_glacier/flat.parquet/attempts",
             ".glacier/runs", ".glacier")  # fmt: skip
    for number in range(tries):
        series.renew()
        stranger = (
            series.place.root / homes[number % len(homes)] / chance.choice((NO_UTF8, "n" * 255))
        )
        stranger.write_text("mine")
        end = run(series.place, ALL_DAYS)
        series.judge(end)
        is_swept = stranger.parent.name == "attempts"  # what no version has is removed there
        if not is_swept and (not stranger.exists() or stranger.read_text() != "mine"):
            series.lost(f"{stranger!r} was somebody else's, and is gone")
        stranger.unlink(missing_ok=True)
        asked = run(series.place, replace(ALL_DAYS, partitions=("day=" + "9" * 100_000,)))
        if asked.codes != ("GLC632",):
            series.lost(f"an enormous key was not named: {asked.said[-1000:]}")
        series.mend()
    return series.counts
