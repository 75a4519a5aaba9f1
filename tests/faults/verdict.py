"""The one judgement after every try: old or new, whole; mended or explained; and no secret told."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import polars as pl

from glacier_runtime.errors import GlacierError
from tests.faults.books import KEYS, TOKEN, Seen, look, raw_rows
from tests.faults.children import Ended, Order, run
from tests.faults.places import KEY, Place

__all__ = ["ALL_DAYS", "Counts", "Series"]

ALL_DAYS = Order(partitions=KEYS)
SECRETS = (TOKEN, KEY)
CRASHED = "ended without an error of Glacier"


@dataclass
class Counts:
    """What became of the tries of one fault.

    Attributes:
        tries: How often it was brought about.
        old: After how many everything was as before.
        between: After how many some groups were published, each whole, and others were not.
        new: After how many everything was new.
        explained: How many runs ended with a code, and with what to do.
        mended: After how many the next run, or what the message says and the next run, made everything new.
        losses: What was lost, mixed, or told; the promise is that there is nothing.
        codes: Which codes were seen.
        met: How many requests to a store met their fault.
    """

    tries: int = 0
    old: int = 0
    between: int = 0
    new: int = 0
    explained: int = 0
    mended: int = 0
    losses: list[str] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)
    met: int = 0


@dataclass
class Series:
    """Tries one after the other on one place: each begins a generation, meets its fault, and is made good.

    Attributes:
        place: Where the data is.
        chance: What decides.
        rows: How many rows a generation has.
        counts: What became of it so far.
        generation: What is there, whole.
    """

    place: Place
    chance: random.Random
    rows: int = 30
    counts: Counts = field(default_factory=Counts)
    generation: int = 0

    def begin(self, order: Order = ALL_DAYS) -> float:
        """Make two generations; return how long the second took: the first also starts the process that forks the others."""
        for _ in range(2):
            self.renew()
            done = run(self.place, replace(order, run_id=f"begin-{self.generation}"))
            assert done.is_done, done.said
            assert self.seen().published == {self.generation}
        return done.seconds

    def renew(self) -> None:
        """Put the source of the next generation there."""
        self.generation += 1
        self.place.put("raw.parquet", raw_rows(self.generation, self.rows))

    def seen(self, edited: str = "") -> Seen:
        with self.place.here():
            return look(self.place, self.rows, edited)

    def judge(self, *ends: Ended, is_damaged: bool = False, edited: str = "") -> None:
        """Judge what a fault left.

        Args:
            ends: How the runs ended that met it.
            is_damaged: Whether somebody changed what Glacier keeps, so that readers may be told that (and nothing else).
            edited: A single file whose stable path is somebody else's now.
        """
        counts = self.counts
        counts.tries += 1
        for end in ends:
            counts.codes |= set(end.codes)
            counts.explained += bool(end.codes)
            if not (end.is_done or end.codes or end.is_killed):
                self._lost(f"{CRASHED}: {end.said[-1200:]}")
        try:
            self._hold_against_promise(self.seen(edited), edited)
        except GlacierError as error:
            counts.codes |= set(error.codes)
            if not is_damaged:
                self._lost(f"readers were refused: {error}")
            self._look_for_secrets("a reader's error", str(error).encode())
        except (AssertionError, OSError, pl.exceptions.PolarsError) as error:
            self._lost(f"readers: {error!r}")
        for end in ends:
            self._look_for_secrets("what a run said", end.said.encode())
        for name, content in self.place.contents():
            self._look_for_secrets(name, content)

    def mend(self, order: Order = ALL_DAYS, way_out: Callable[[], None] | None = None) -> None:
        """Let the next run make everything new; if it cannot, and says why, do what it says and try again."""
        done = run(self.place, order)
        if not done.is_done and done.codes and way_out is not None:
            self.counts.explained += 1
            self.counts.codes |= set(done.codes)
            self._look_for_secrets("what the next run said", done.said.encode())
            way_out()
            done = run(self.place, order)
        if not done.is_done:
            self._lost(f"the next run could not mend it: {done.said[-1200:]}")
            return
        try:
            seen = self.seen()
        except (AssertionError, GlacierError) as error:
            self._lost(f"after the next run: {error!r}")
            return
        if seen.published == set(seen.outside.values()) == {self.generation}:
            self.counts.mended += 1
        else:
            self._lost(f"after the next run: {seen}, and not all of {self.generation}")

    def lost(self, what: str) -> None:
        """Note a loss that only the fault itself can see."""
        self._lost(what)

    def _hold_against_promise(self, seen: Seen, edited: str) -> None:
        before = self.generation - 1 or None
        allowed = {before, self.generation}
        if not seen.published <= allowed:
            self._lost(f"neither old nor new: {seen}")
        if seen.inside["flat"] != seen.inside["odd"]:
            self._lost(f"half a group: {seen}")
        for name, outside in seen.outside.items():
            # A commit comes first: who reads the stable file may be behind, and never ahead.
            if name != edited and outside not in {before, seen.inside[name]}:
                self._lost(f"the stable file {name}: {seen}")
        if seen.published == {before}:
            self.counts.old += 1
        elif seen.published == {self.generation}:
            self.counts.new += 1
        else:
            self.counts.between += 1

    def _look_for_secrets(self, where: str, content: bytes) -> None:
        for secret in SECRETS:
            if secret.encode() in content:
                self._lost(f"a secret is in {where}: {content[:200]!r}")

    def _lost(self, what: str) -> None:
        self.counts.losses.append(f"try {self.counts.tries}: {what}")
