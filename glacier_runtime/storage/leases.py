"""Leases, where there are no locks: who writes a dataset of an object store, until when, and how others find out.

All leases of a dataset are one object, `_glacier/<path>/lease.json`, that is only ever written by compare-and-swap: one lease for
the whole dataset, or several for different partitions. Whoever holds one writes a heartbeat of its own every third of its
time, the first after a third. Whoever wants what another lease is for takes it if

- it was let go, or never taken;
- its holder is the same task of the same run: an orchestrator tries again what it takes for dead;
- its holder was a process of this machine that is no more;
- there was no heartbeat for its whole time and a little more, or none at all since it was taken. All these moments are read off the clock of the store, so that no
  machine can take a living lease because its own clock jumped.

Else it is told who holds it. A lease saves work; it does not by itself keep anybody from publishing, for its holder may sleep
at any moment, and wake up when it is another's. That is what claims are for (`storage/claims`):

    holder:     claims a number ──► looks at its lease ──► creates its commit record
    successor:  swaps the leases ──► revokes all claims that are open

If the holder's look comes before the swap, its claim came before that, too, and the successor finds and revokes it, unless it
is committed already. If the look comes after the swap, it sees that the lease is another's. A third order does not exist,
as stores answer a read with what was last written. Whoever publishes other partitions at that moment, and is revoked with the
rest, claims another number, finds its own lease, and goes on.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Collection, Generator, Iterable, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from types import MappingProxyType
from typing import Final

from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.storage.claims import busy, newest_decided
from glacier_runtime.storage.holders import Holder, this_process
from glacier_runtime.storage.lease_records import (
    Lease,
    Leases,
    heartbeat_key,
    is_alive,
    is_older,
    lease_key,
    parsed,
    read_leases,
)
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.stores import Store, open_store
from glacier_runtime.storage.writers import in_common, some_of

__all__ = ["LEASE_VARIABLE", "hold_leases", "require_free", "require_leases"]

LEASE_VARIABLE: Final = "GLACIER_LEASE_S"
"""The variable that says how many seconds a lease lives without being renewed."""

_LEASE_S: Final = 60.0
_SHORTEST_S: Final = 1.0
_TRIES: Final = 30  # at a change that others make at the same moment
_LONGEST_PAUSE_S: Final = 1.0

_HELD: dict[tuple[str, str], list[_Held]] = {}
_LOCK: Final = threading.Lock()


@dataclass(slots=True, eq=False)
class _Held:
    """A lease of this process.

    Attributes:
        location: The dataset's place.
        store: Its store.
        lease: The lease.
        has_taken_over: Whether somebody may have a claim who had a lease before.
        last: All leases as they were written when it was taken, and the tag of that.
        has_beaten: Whether there may be a heartbeat.
        is_over: Whether it was let go.
        guard: Held while its heartbeat is written, or removed.
    """

    location: Location
    store: Store
    lease: Lease
    has_taken_over: bool
    last: tuple[Leases, str]
    has_beaten: bool = False
    is_over: bool = False
    guard: threading.Lock = field(default_factory=threading.Lock)

    def beat(self) -> None:
        """Tell others that its holder works, unless it was let go."""
        with self.guard:
            if not self.is_over:
                self.has_beaten = True
                _beat(self.store, self.location, self.lease)


@contextmanager
def hold_leases(
    locations: Iterable[Location],
    root: Path,
    holder: Holder,
    parts: Mapping[Location, Collection[str]] = MappingProxyType({}),
) -> Generator[None]:
    """Hold the leases of datasets in stores without locks, and renew them meanwhile; those with locks need none.

    Args:
        locations: The datasets' places. Their leases are taken in sorted order, so that of several who want some of the
            same, one gets all.
        root: The project's root.
        holder: Who asks.
        parts: Of which only some partitions are made, and their labels.

    Raises:
        OSError: If the store fails.
        StorageError: GLC505, naming the holder, if another has one of the leases.
    """
    open_stores = {place: open_store(place.bucket, root) for place in locations}
    wanted = {place: store for place, store in open_stores.items() if not store.has_locks}
    with ExitStack() as stack:
        held: list[_Held] = []
        for place in sorted(wanted, key=str):
            held.append(_taken(place, wanted[place], _new_lease(holder, parts.get(place)), holder))
            stack.callback(_let_go, held[-1])
        if held:
            stop = threading.Event()
            pause_s = min(one.lease.seconds for one in held) / 3
            threading.Thread(target=_renew, args=(held, stop, pause_s), daemon=True).start()
            stack.callback(stop.set)
        for one in held:
            if one.has_taken_over or one.lease.partitions is None:
                newest_decided(one.location, root, str(holder))
        yield


def require_leases(parts: Mapping[Location, Collection[str]], root: Path, run: str) -> None:
    """See that a run still holds its leases; to be called between its claims and its commit record.

    Args:
        parts: What it is about to publish: labels of partitions, none for whole datasets.
        root: The project's root.
        run: The run; what this process holds no lease of in its name, is not looked at.

    Raises:
        OSError: If the store fails.
        StorageError: GLC505, naming the holder, if another has taken one of the leases over.
    """
    for place, partitions in parts.items():
        store, labels = open_store(place.bucket, root), frozenset(partitions)
        with _LOCK:
            held = _HELD.get((_address(store, place), run), ())
            tokens = [one.lease.token for one in held if one.lease.covers(labels)]
        if not held:
            continue
        leases = read_leases(store, place)
        if leases is None or leases.tokens.isdisjoint(tokens):
            raise StorageError(_taken_over(place, leases, tokens))


def require_free(location: Location, root: Path) -> None:
    """See that nobody holds a lease of a dataset.

    Raises:
        OSError: If the store fails.
        StorageError: GLC505, naming the holder.
    """
    store = open_store(location.bucket, root)
    found = None if store.has_locks else read_leases(store, location)
    for lease in () if found is None else found.leases:
        if is_alive(store, location, lease):
            raise StorageError(_held_by(store, location, lease, None))


def _taken(location: Location, store: Store, lease: Lease, holder: Holder) -> _Held:
    """Take a lease, or say who has it."""
    for turn in range(_TRIES):
        if (held := _try_to_take(location, store, lease, holder)) is not None:
            return held
        _pause(turn)
    raise StorageError(busy(location, "other runs, again and again"))


def _try_to_take(location: Location, store: Store, lease: Lease, holder: Holder) -> _Held | None:
    """Take a lease; None if the leases were changed in between."""
    key = lease_key(location)
    found = store.read_tagged(key)
    before = None if found is None else parsed(found[0])
    if found is not None and before is None and not _is_abandoned(store, location):
        raise StorageError(busy(location, _somebody(store, location)))
    leases = before or Leases.of()
    others = _in_the_way(store, location, leases, lease, holder)
    after = _dated(store, location, leases).with_one(lease, others)
    tag = store.swap(key, after.to_bytes(), None if found is None else found[1])
    if tag is None:
        return None
    held = _Held(location, store, lease, bool(others) or before is None, (after, tag))
    with _LOCK:
        _HELD.setdefault((_address(store, location), lease.run), []).append(held)
    _forget(store, location, others)
    return held


def _in_the_way(
    store: Store, location: Location, leases: Leases, wanted: Lease, holder: Holder
) -> frozenset[str]:
    """Return the tokens of leases that must be taken over; or say whose lease must not be."""
    others = [lease for lease in leases.leases if lease.shared_with(wanted.partitions)]
    for lease in others:
        if not _may_take(store, location, lease, holder):
            raise StorageError(_held_by(store, location, lease, wanted.partitions))
    return frozenset(lease.token for lease in others)


def _may_take(store: Store, location: Location, lease: Lease, holder: Holder) -> bool:
    mine = (lease.run, lease.pipeline, lease.task) == (holder.run, holder.pipeline, holder.task)
    return (mine and holder.task is not None) or not is_alive(store, location, lease)


def _is_abandoned(store: Store, location: Location) -> bool:
    """Say whether a file of leases that cannot be read is old: whose they are, only its age can tell."""
    return is_older(store, location, lease_key(location), timedelta(seconds=_LEASE_S))


def _let_go(held: _Held) -> None:
    """Let a lease go; what cannot be told the store now, dies by itself."""
    address = (_address(held.store, held.location), held.lease.run)
    with _LOCK:
        _HELD[address].remove(held)
        if not _HELD[address]:
            del _HELD[address]
    with held.guard:
        held.is_over = True
    with suppress(OSError):
        _strike_out(held)
    if held.has_beaten:
        _forget(held.store, held.location, [held.lease.token])


def _strike_out(held: _Held) -> None:
    key, token = lease_key(held.location), held.lease.token
    found: tuple[Leases | None, str] | None = held.last  # if nobody has changed it since
    for turn in range(_TRIES):
        leases = None if found is None else found[0]
        if found is None or leases is None or token not in leases.tokens:
            return
        after = leases.without(token)
        if not after.is_dated:
            after = _dated(held.store, held.location, leases).without(token)
        if held.store.swap(key, after.to_bytes(), found[1]) is not None:
            return
        if turn:
            _pause(turn)
        read = held.store.read_tagged(key)
        found = None if read is None else (parsed(read[0]), read[1])


def _dated(store: Store, location: Location, leases: Leases) -> Leases:
    """Return leases with the moment at which the last of them was taken, for their file will be written anew."""
    return leases if leases.is_dated else leases.dated(store.written_at(lease_key(location)))


def _beat(store: Store, location: Location, lease: Lease) -> None:
    store.replace(heartbeat_key(location, lease.token), f'"{datetime.now(UTC)}"'.encode())


def _forget(store: Store, location: Location, tokens: Iterable[str]) -> None:
    for token in tokens:
        with suppress(OSError):
            store.remove(heartbeat_key(location, token))


def _renew(held: Iterable[_Held], stop: threading.Event, pause_s: float) -> None:
    """Renew leases until told to stop. The holder of one that is another's by now finds out when it publishes."""
    while not stop.wait(pause_s):
        for one in held:
            with suppress(OSError):
                one.beat()


def _new_lease(holder: Holder, partitions: Collection[str] | None) -> Lease:
    return Lease(
        holder=str(holder),
        run=holder.run,
        pipeline=holder.pipeline,
        task=holder.task,
        process=this_process(),
        token=token_hex(16),
        since=datetime.now(UTC),
        seconds=_seconds(),
        partitions=None if partitions is None else tuple(sorted(partitions)),
    )


def _seconds() -> float:
    try:
        return max(float(os.environ.get(LEASE_VARIABLE, _LEASE_S)), _SHORTEST_S)
    except ValueError:
        return _LEASE_S


def _pause(turn: int) -> None:
    time.sleep(random.uniform(0, min(0.05 * 2**turn, _LONGEST_PAUSE_S)))  # noqa: S311 (no secret)


def _held_by(
    store: Store, location: Location, lease: Lease, wanted: tuple[str, ...] | None
) -> Problem:
    heard = store.written_at(heartbeat_key(location, lease.token)) or lease.since
    both = lease.partitions if wanted is None else in_common(wanted, lease.partitions or wanted)
    which = f"{some_of(both)} of {location}" if both else str(location)
    until = heard + timedelta(seconds=lease.seconds)
    return Problem(
        code=Code.DATASET_BUSY,
        message=f"{which} is being written by {lease.holder} since {_moment(lease.since)}, which was first and holds "
        f"it until {_moment(until)} or longer; nothing was published",
        fix=f"wait until that run ends; if it is dead, run again {lease.seconds:.0f} seconds after it died",
    )


def _taken_over(location: Location, leases: Leases | None, tokens: Iterable[str]) -> Problem:
    lost = {} if leases is None else leases.lost
    by = next((lost[token] for token in tokens if token in lost), "somebody who removed its lease")
    return Problem(
        code=Code.DATASET_BUSY,
        message=f"{location} was taken over by {by}, for this run had not been heard of for too long; nothing was published",
        fix="wait until that run ends, then run again",
    )


def _somebody(store: Store, location: Location) -> str:
    return f"somebody whose lease {store.address(lease_key(location))} cannot be read"


def _address(store: Store, location: Location) -> str:
    return store.address(location.key)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
