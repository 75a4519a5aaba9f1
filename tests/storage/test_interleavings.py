"""Random interleavings of publishers on an object store: versions follow each other, and nobody sees a mixture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from glacier_runtime import Provider
from glacier_runtime.config import AwsConfig
from glacier_runtime.errors import StorageError
from glacier_runtime.storage.holders import Holder
from glacier_runtime.storage.leases import hold_leases
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.versions import Version, versions_of
from tests.storage.interleaving import Turns, shared_memory
from tests.storage.partitions import partitions_of, publish_partitions, publish_whole, read

ROOT = Path()
FEW = range(60)
MANY = range(60, 1500)
MOST = 0.7  # of the publishers ask for a lease
SHARED = 0.5  # of those that make partitions ask for no more than these
SEEDS = pytest.mark.parametrize("seeds", [FEW, pytest.param(MANY, marks=pytest.mark.long)])

Change = tuple[str, dict[str, str]]
"""Whether all that there is was published, or partitions; and which."""


def place() -> Location:
    return Provider(config=AwsConfig(region="eu-central-1")).bucket("lake").at("by_day/")


class World:
    """What was tried, what came of it, and what a reader saw."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.place = turns, place()
        self.changes: dict[str, Change] = {}
        self.held: dict[str, frozenset[str] | None] = {}
        self.published: dict[str, int] = {}
        self.refused: list[str] = []
        self.seen: list[dict[str, str]] = []

    def publisher(self, name: str, kind: str, keys: tuple[str, ...]) -> Callable[[], None]:
        """One run: it takes the lease, perhaps, and publishes once."""
        texts = dict.fromkeys(keys, name)
        self.changes[f"t.{name}"] = kind, texts
        publish = publish_whole if kind == "whole" else publish_partitions

        def act() -> None:
            version = publish(ROOT, f"t.{name}", self.place, run=name, **texts)
            self.published[f"t.{name}"] = version.number

        labels = frozenset(f"day={key}" for key in keys)
        is_shared = kind == "partitions" and self.turns.choice.random() < SHARED
        self.held[f"t.{name}"] = labels if is_shared else None
        parts = {self.place: labels} if is_shared else {}

        def act_with_lease() -> None:
            with hold_leases([self.place], ROOT, Holder(name, "shop"), parts):
                self.turns.log.append(("holds", f"t.{name}"))
                act()

        asks = self.turns.choice.random() < MOST

        def tried() -> None:
            try:
                (act_with_lease if asks else act)()
            except StorageError as error:
                if error.codes != ("GLC505",):
                    raise
                self.refused.append(f"t.{name}")

        return tried

    def reader(self) -> None:
        for _ in range(6):
            self.seen.append(partitions_of(self.place, ROOT))

    def check(self) -> None:
        """Every version is what its change makes of the one before; readers saw versions, in their order."""
        versions = sorted(versions_of(self.place, ROOT), key=lambda version: version.number)
        assert {v.record.attempt: v.number for v in versions} == self.published
        states: list[dict[str, str]] = [{}]
        for version in versions:
            states.append(self._after(states[-1], version))
            assert read(version) == states[-1]
        places = [states.index(seen) for seen in self.seen]
        assert places == sorted(places), "a reader went back"
        assert len(self.published) + len(self.refused) == len(self.changes)
        self._check_holders()

    def _check_holders(self) -> None:
        """Who had a lease committed before anybody who took it over began, or never."""
        at = {event: place for place, event in enumerate(self.turns.log)}
        for attempt in self.published:
            if ("takes", attempt) not in at:
                continue
            for (what, other), began in at.items():
                if not self._exclude_each_other(attempt, other):
                    continue
                if what == "holds" and at["takes", other] > at["takes", attempt]:
                    assert at["commit", attempt] < began, f"{attempt} published after {other} began"

    def _exclude_each_other(self, one: str, other: str) -> bool:
        held = self.held[one], self.held[other]
        return held[0] is None or held[1] is None or not held[0].isdisjoint(held[1])

    def _after(self, before: dict[str, str], version: Version) -> dict[str, str]:
        kind, texts = self.changes[version.record.attempt]
        return texts if kind == "whole" else {**before, **texts}


@SEEDS
def test_versions_follow_each_other_whatever_the_order_of_requests(
    seeds: range, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.glacier]\nkeep_versions = 100\n")
    monkeypatch.chdir(tmp_path)
    published = refused = 0
    for seed in seeds:
        with shared_memory(seed) as turns:
            world = World(turns)
            actors = [
                world.publisher("a", "partitions", ("mo",)),
                world.publisher("b", "partitions", ("tu",)),
                world.publisher("c", turns.choice.choice(["whole", "partitions"]), ("mo", "we")),
                world.reader,
            ]
            try:
                turns.run(actors)
                world.check()
            except AssertionError as error:
                message = f"seed {seed}: {error}"
                raise AssertionError(message) from error
            published, refused = published + len(world.published), refused + len(world.refused)

    assert published > len(seeds)
    assert refused > len(seeds) / 4
