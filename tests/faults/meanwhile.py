"""What somebody else does while a run is at work: another run, a partition removed, a source replaced."""

from __future__ import annotations

import random
import shutil
import time
from dataclasses import replace
from pathlib import Path

from tests.faults.books import TOKEN, raw_rows
from tests.faults.children import Ended, run, start
from tests.faults.damaged import follow
from tests.faults.places import bucket, folder
from tests.faults.proxy import Proxy
from tests.faults.verdict import ALL_DAYS, Counts, Series
from tests.run_task.emulated_s3 import EmulatedS3

__all__ = ["partition_vanishes", "source_swapped", "source_swapped_on_a_store", "two_runs"]


def two_runs(root: Path, tries: int, chance: random.Random) -> Counts:
    """Two runs start within a second; one may be told that the other is at work (GLC505)."""
    series = Series(folder(root / "project", TOKEN), chance, 50_000)
    seconds = series.begin()
    for _ in range(tries):
        series.renew()
        first = start(series.place, ALL_DAYS)
        time.sleep(chance.uniform(0, seconds))
        second = run(series.place, replace(ALL_DAYS, parallel=2))
        ends = (first.ended(), second)
        series.judge(*ends)
        _one_of_them_is_done(series, ends)
        series.mend()
    return series.counts


def _one_of_them_is_done(series: Series, ends: tuple[Ended, Ended]) -> None:
    refused = [end for end in ends if end.codes]
    if len(refused) > 1 or any(end.codes != ("GLC505",) for end in refused):
        series.lost(f"of two runs none was through: {[end.said[-1500:] for end in ends]}")


def partition_vanishes(root: Path, tries: int, chance: random.Random) -> Counts:
    """While a run reads it, the published files of a day are removed behind Glacier's back."""
    series = Series(folder(root / "project", TOKEN), chance, 100_000)
    seconds = series.begin()
    for _ in range(tries):
        series.renew()
        child = start(series.place, ALL_DAYS)
        time.sleep(chance.uniform(0, seconds))
        days = sorted(series.place.data.glob("_glacier/days/attempts/*/days/day=*"))
        gone = chance.choice(days)
        shutil.rmtree(gone, ignore_errors=True)
        end = child.ended()
        series.judge(end, is_damaged=True)
        follow(series, end)
        follow(series, run(series.place, ALL_DAYS))  # it may be the next run that finds it gone
        series.mend()
    return series.counts


def source_swapped(root: Path, tries: int, chance: random.Random) -> Counts:
    """A source is replaced, or overwritten in place, while it is read."""
    series = Series(folder(root / "project", TOKEN), chance, 400_000)
    seconds = series.begin()
    for _ in range(tries):
        _from_one_to_two(series, chance.uniform(0, seconds), is_in_place=chance.random() < 0.5)
    return series.counts


def _from_one_to_two(series: Series, moment_s: float, *, is_in_place: bool) -> None:
    """Begin with the source that is there, and replace it by the next generation's."""
    content = raw_rows(series.generation + 1, series.rows)
    child = start(series.place, replace(ALL_DAYS, params={"fail_at": series.rows}))
    time.sleep(moment_s)
    if is_in_place:
        (series.place.data / "raw.parquet").write_bytes(content)
    else:
        series.place.put("raw.parquet", content)
    series.generation += 1
    series.judge(child.ended())
    series.mend()


def source_swapped_on_a_store(root: Path, tries: int, chance: random.Random) -> Counts:
    """An object is replaced between two requests for parts of it."""
    with EmulatedS3().serving() as emulator:
        place = bucket(root / "project", emulator, f"lake-{chance.randrange(1 << 40):x}")
        series = Series(place, chance, 100_000)
        with Proxy(emulator.endpoint, 0).serving() as proxy:
            series.begin()
            for _ in range(tries):
                _swap_between_requests(series, proxy, chance.randint(1, 8))
    return series.counts


def _swap_between_requests(series: Series, proxy: Proxy, request: int) -> None:
    content = raw_rows(series.generation + 1, series.rows)
    seen = 0

    def before(method: str, path: str) -> None:
        nonlocal seen
        if method == "GET" and path.endswith("/raw.parquet"):
            seen += 1
            if seen == request:
                series.place.put("raw.parquet", content)

    proxy.before = before
    order = replace(ALL_DAYS, params={"fail_at": series.rows})
    end = run(series.place, order, variables={"AWS_ENDPOINT_URL": proxy.endpoint})
    proxy.before = None
    if seen < request:  # the run was over before that
        series.place.put("raw.parquet", content)
    series.generation += 1
    series.judge(end)
    series.mend()
