"""`kill -9` at random moments: of whole runs, parallel ones, ones that go on with others, and tasks that run alone."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from tests.faults.books import KEYS, TOKEN
from tests.faults.children import Order, run
from tests.faults.places import folder
from tests.faults.verdict import ALL_DAYS, Counts, Series

__all__ = ["parallel_killed", "resumed_killed", "run_killed", "task_killed"]

ROWS = 300_000
TASKS = Order(how="task", partitions=KEYS, only=("copy", "split", "add_up"))


def run_killed(root: Path, tries: int, chance: random.Random) -> Counts:
    return _killed(root, tries, chance, ALL_DAYS)


def parallel_killed(root: Path, tries: int, chance: random.Random) -> Counts:
    return _killed(root, tries, chance, replace(ALL_DAYS, parallel=3))


def _killed(root: Path, tries: int, chance: random.Random, order: Order) -> Counts:
    series = Series(folder(root / "project", TOKEN), chance, ROWS)
    seconds = series.begin(order)
    for _ in range(tries):
        series.renew()
        end = run(series.place, order, killed_after_s=chance.uniform(0, seconds))
        series.judge(end)
        series.mend(order)
    return series.counts


def resumed_killed(root: Path, tries: int, chance: random.Random) -> Counts:
    """Kill a run, and those that go on with it, until one is through."""
    series = Series(folder(root / "project", TOKEN), chance, ROWS)
    seconds = series.begin()
    done = 0
    while done < tries:
        series.renew()
        end = run(series.place, ALL_DAYS, killed_after_s=chance.uniform(0, seconds))
        series.judge(end)
        done += 1
        while end.is_killed and done < tries:
            resume = replace(ALL_DAYS, how="resume")
            end = run(series.place, resume, killed_after_s=chance.uniform(0.1, 2 * seconds))
            series.judge(end)
            done += 1
            if "GLC616" in end.codes:  # the one before was killed before it had begun
                series.counts.mended += 1  # this try is made good below, and so is that one
                break
            if not end.is_killed:
                series.counts.mended += series.seen().published == {series.generation}
            else:
                series.counts.mended += 1  # this try is made good by the next
        series.mend()
    return series.counts


def task_killed(root: Path, tries: int, chance: random.Random) -> Counts:
    """Kill tasks that run alone, and start them again as a scheduler does: the same run, the next attempt."""
    series = Series(folder(root / "project", TOKEN), chance, ROWS)
    seconds = series.begin(TASKS)
    for number in range(tries):
        series.renew()
        order = replace(TASKS, run_id=f"r{number}")
        end = run(series.place, order, killed_after_s=chance.uniform(0, seconds))
        series.judge(end)
        series.mend(replace(order, attempt=1))
    return series.counts
