"""A store that fails, refuses for now, is slow, loses answers or cuts them off: S3 as moto has it, behind a proxy."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.faults.books import KEYS
from tests.faults.children import Order, run
from tests.faults.places import bucket
from tests.faults.proxy import Proxy, Rule
from tests.faults.verdict import ALL_DAYS, Counts, Series
from tests.run_task.emulated_s3 import EmulatedS3

__all__ = ["STORE_FAULTS", "killed_on_a_store", "tasks_on_a_bad_store"]

Tries = Callable[[Path, int, random.Random], Counts]
CHANGES = ("PUT", "POST", "DELETE")


@contextmanager
def _behind_proxy(root: Path, chance: random.Random, rows: int) -> Generator[tuple[Series, Proxy]]:
    with EmulatedS3().serving() as emulator:
        place = bucket(root / "project", emulator, f"lake-{chance.randrange(1 << 40):x}")
        with Proxy(emulator.endpoint, chance.randrange(1 << 32)).serving() as proxy:
            yield Series(place, chance, rows), proxy


def _meeting(*rules: Callable[[random.Random], Rule], order: Order = ALL_DAYS) -> Tries:
    def tries_of(root: Path, tries: int, chance: random.Random) -> Counts:
        with _behind_proxy(root, chance, 600) as (series, proxy):
            series.begin(order)
            for number in range(tries):
                series.renew()
                this = replace(order, run_id=f"r{number}")
                proxy.rules = [rule(chance) for rule in rules]
                proxy.met.clear()
                end = run(series.place, this, variables={"AWS_ENDPOINT_URL": proxy.endpoint})
                series.judge(end)
                series.counts.met += sum(proxy.met.values())
                series.mend(replace(this, attempt=1))
            return series.counts

    return tries_of


def _some(
    fault: int | str, *methods: str, most: float = 0.3, seconds: float = 0.0
) -> Callable[[random.Random], Rule]:
    """Let up to so many requests fail: some tries meet few faults, which retries hide, and some meet many."""
    return lambda chance: Rule(
        fault, chance.uniform(0.02, most), methods, chance.uniform(0, seconds)
    )


STORE_FAULTS: dict[str, Tries] = {
    "status 500": _meeting(_some(500, most=0.9)),
    "status 503": _meeting(_some(503, most=0.9)),
    "status 429": _meeting(_some(429, most=0.9)),
    "answers lost": _meeting(_some("lost", *CHANGES, most=0.6)),
    "answers cut off": _meeting(_some("cut", "GET", most=0.5)),
    "connections refused": _meeting(_some("refused", most=0.6)),
    "slow": _meeting(_some("slow", most=0.3, seconds=1.0)),
    "everything at once": _meeting(
        _some(503, most=0.2),
        _some("lost", *CHANGES, most=0.2),
        _some("cut", "GET", most=0.2),
        _some("refused", most=0.2),
        _some("slow", most=0.2, seconds=0.3),
    ),
}

tasks_on_a_bad_store: Tries = _meeting(
    _some(503, most=0.2),
    _some("lost", *CHANGES, most=0.4),
    order=Order(how="task", partitions=KEYS, only=("copy", "split", "add_up")),
)


def killed_on_a_store(root: Path, tries: int, chance: random.Random) -> Counts:
    """Runs against a store, killed at random moments."""
    with _behind_proxy(root, chance, 600) as (series, _):
        seconds = series.begin()
        for _ in range(tries):
            series.renew()
            end = run(series.place, ALL_DAYS, killed_after_s=chance.uniform(0, seconds))
            series.judge(end)
            series.mend()
        return series.counts
