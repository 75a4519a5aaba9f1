"""Leases, where there are no locks: who writes a dataset of an object store, until when, and how others find out.

A lease is one object, `_glacier/<path>/lease.json`, that is only ever written by compare-and-swap. Whoever holds it writes it
anew every third of its time. Whoever wants it takes it if

- it was let go, or never taken;
- its holder is the same task of the same run: an orchestrator tries again what it takes for dead;
- its holder was a process of this machine that is no more;
- it has not been written for its whole time and a little more. Both moments are read off the clock of the store, so that no
  machine can take a living lease because its own clock jumped.

Else it is told who holds it. A lease saves work; it does not by itself keep anybody from publishing, for its holder may sleep
at any moment, and wake up when it is another's. That is what claims are for (`storage/claims`):

    holder:     claims a number ──► looks at its lease ──► creates its commit record
    successor:  swaps the lease ──► revokes all claims that are open

If the holder's look comes before the swap, its claim came before that, too, and the successor finds and revokes it, unless it
is committed already. If the look comes after the swap, it sees that the lease is another's. A third order does not exist,
as stores answer a read with what was last written.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterable
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.storage.claims import busy, newest_decided
from glacier_runtime.storage.holders import Holder, is_surely_dead, this_process
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.stores import Store, open_store
from glacier_runtime.storage.versions import internal_folder

__all__ = [
    "LEASE_VARIABLE",
    "Lease",
    "hold_leases",
    "is_alive",
    "lease_key",
    "read_lease",
    "require_free",
    "require_leases",
]

LEASE_VARIABLE: Final = "GLACIER_LEASE_S"
"""The variable that says how many seconds a lease lives without being renewed."""

_LEASE_S: Final = 60.0
_SHORTEST_S: Final = 1.0
_SLACK: Final = timedelta(seconds=1)  # stores tell whole seconds
_TRIES: Final = 3

_HELD: dict[tuple[str, str], list[_Held]] = {}
_LOCK: Final = threading.Lock()


class Lease(BaseModel):
    """What a lease says of its holder.

    Attributes:
        format_version: The version of this format.
        holder: Who it is, as people read it.
        run: Its run.
        pipeline: Its pipeline.
        task: The task, if it is one that runs on its own.
        process: What stands for its process on its machine; empty if unknown.
        token: What no other lease has.
        since: When it was taken, as the clock of the holder said.
        renewed: When it was last written, as the clock of the holder said.
        seconds: How long it lives without being written again.
        released: Whether it was let go.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    format_version: Literal[1] = 1
    holder: str
    run: str
    pipeline: str
    task: str | None
    process: str
    token: str
    since: datetime
    renewed: datetime
    seconds: float
    released: bool = False

    @property
    def expires_at(self) -> datetime:
        """When it dies unless it is renewed, as the clock of the holder said."""
        return self.renewed + timedelta(seconds=self.seconds)


@dataclass(slots=True, eq=False)
class _Held:
    """A lease of this process, and the tag under which it was last written."""

    location: Location
    store: Store
    lease: Lease
    tag: str
    guard: threading.Lock = field(default_factory=threading.Lock)

    def write(self, **changes: object) -> bool:
        """Write it anew; False if it is another's by now."""
        with self.guard:
            lease = self.lease.model_copy(update={"renewed": datetime.now(UTC), **changes})
            tag = self.store.swap(lease_key(self.location), _bytes(lease), self.tag)
            if tag is not None:
                self.lease, self.tag = lease, tag
            return tag is not None


@contextmanager
def hold_leases(locations: Iterable[Location], root: Path, holder: Holder) -> Generator[None]:
    """Hold the leases of datasets in stores without locks, and renew them meanwhile; those with locks need none.

    Args:
        locations: The datasets' places. Their leases are taken in sorted order, so that of several who want some of the
            same, one gets all.
        root: The project's root.
        holder: Who asks.

    Raises:
        OSError: If the store fails.
        StorageError: GLC505, naming the holder, if another has one of the leases.
    """
    open_stores = {place: open_store(place.bucket, root) for place in locations}
    wanted = {place: store for place, store in open_stores.items() if not store.has_locks}
    with ExitStack() as stack:
        held: list[_Held] = []
        for place in sorted(wanted, key=str):
            held.append(_taken(place, wanted[place], holder))
            stack.callback(_let_go, held[-1])
        if held:
            stop = threading.Event()
            pause_s = min(one.lease.seconds for one in held) / 3
            threading.Thread(target=_renew, args=(held, stop, pause_s), daemon=True).start()
            stack.callback(stop.set)
        for one in held:
            newest_decided(one.location, root, str(holder))
        yield


def require_leases(locations: Iterable[Location], root: Path, run: str) -> None:
    """See that a run still holds its leases; to be called between its claims and its commit record.

    Args:
        locations: What it is about to publish.
        root: The project's root.
        run: The run; what this process holds no lease of in its name, is not looked at.

    Raises:
        OSError: If the store fails.
        StorageError: GLC505, naming the holder, if another has taken one of the leases over.
    """
    for place in locations:
        store = open_store(place.bucket, root)
        with _LOCK:
            held = list(_HELD.get((_address(store, place), run), ()))
        if not held:
            continue
        lease = read_lease(store, place)
        if lease is None or lease.token not in {one.lease.token for one in held}:
            raise StorageError(_taken_over(place, lease))


def require_free(location: Location, root: Path) -> None:
    """See that nobody holds the lease of a dataset.

    Raises:
        OSError: If the store fails.
        StorageError: GLC505, naming the holder.
    """
    store = open_store(location.bucket, root)
    lease = None if store.has_locks else read_lease(store, location)
    if lease is not None and is_alive(store, location, lease):
        raise StorageError(_held_by(store, location, lease))


def lease_key(location: Location) -> str:
    """Return the key of a dataset's lease."""
    return f"{internal_folder(location)}/lease.json"


def read_lease(store: Store, location: Location) -> Lease | None:
    """Read a dataset's lease; None if there is none that can be read."""
    found = store.read(lease_key(location))
    return None if found is None else _parsed(found)


def is_alive(store: Store, location: Location, lease: Lease) -> bool:
    """Say whether the holder of a lease may still be at work, by the clock of the store.

    Raises:
        OSError: If the store fails.
    """
    if lease.released or is_surely_dead(lease.process):
        return False
    return not _is_older(store, location, timedelta(seconds=lease.seconds))


def _taken(location: Location, store: Store, holder: Holder) -> _Held:
    key = lease_key(location)
    for _ in range(_TRIES):
        found = store.read_tagged(key)
        before = None if found is None else _parsed(found[0])
        if found is not None and not _may_take(store, location, before, holder):
            raise StorageError(_held_by(store, location, before))
        lease = _new_lease(holder)
        tag = store.swap(key, _bytes(lease), None if found is None else found[1])
        if tag is not None:
            held = _Held(location, store, lease, tag)
            with _LOCK:
                _HELD.setdefault((_address(store, location), holder.run), []).append(held)
            return held
    raise StorageError(busy(location, "other runs, again and again"))


def _may_take(store: Store, location: Location, lease: Lease | None, holder: Holder) -> bool:
    if lease is None:  # not what Glacier writes: whose it is, only its age can tell
        return _is_older(store, location, timedelta(seconds=_LEASE_S))
    mine = (lease.run, lease.pipeline, lease.task) == (holder.run, holder.pipeline, holder.task)
    return (mine and holder.task is not None) or not is_alive(store, location, lease)


def _is_older(store: Store, location: Location, age: timedelta) -> bool:
    written = store.written_at(lease_key(location))
    return written is None or store.now(internal_folder(location)) - written > age + _SLACK


def _let_go(held: _Held) -> None:
    """Let a lease go; what cannot be told the store now, dies by itself."""
    with _LOCK:
        key = (_address(held.store, held.location), held.lease.run)
        _HELD[key].remove(held)
        if not _HELD[key]:
            del _HELD[key]
    with suppress(OSError):
        held.write(released=True)


def _renew(held: Iterable[_Held], stop: threading.Event, pause_s: float) -> None:
    """Renew leases until told to stop. One that is another's by now is left to it: its former holder finds out."""
    living = list(held)
    while not stop.wait(pause_s):
        for one in list(living):
            with suppress(OSError):
                if not stop.is_set() and not one.write():
                    living.remove(one)


def _new_lease(holder: Holder) -> Lease:
    now = datetime.now(UTC)
    return Lease(
        holder=str(holder),
        run=holder.run,
        pipeline=holder.pipeline,
        task=holder.task,
        process=this_process(),
        token=token_hex(16),
        since=now,
        renewed=now,
        seconds=_seconds(),
    )


def _seconds() -> float:
    try:
        return max(float(os.environ.get(LEASE_VARIABLE, _LEASE_S)), _SHORTEST_S)
    except ValueError:
        return _LEASE_S


def _held_by(store: Store, location: Location, lease: Lease | None) -> Problem:
    if lease is None:
        return busy(
            location, f"somebody whose lease {store.address(lease_key(location))} cannot be read"
        )
    return Problem(
        code=Code.DATASET_BUSY,
        message=f"{location} is being written by {lease.holder} since {_moment(lease.since)}, which was first and holds "
        f"it until {_moment(lease.expires_at)} or longer; nothing was published",
        fix=f"wait until that run ends; if it is dead, run again {lease.seconds:.0f} seconds after it died",
    )


def _taken_over(location: Location, lease: Lease | None) -> Problem:
    by = "somebody who removed its lease" if lease is None else lease.holder
    return Problem(
        code=Code.DATASET_BUSY,
        message=f"{location} was taken over by {by}, for this run had not been heard of for too long; nothing was published",
        fix="wait until that run ends, then run again",
    )


def _parsed(content: bytes) -> Lease | None:
    try:
        return Lease.model_validate_json(content)
    except ValidationError:
        return None


def _bytes(lease: Lease) -> bytes:
    return lease.model_dump_json(indent=1).encode()


def _address(store: Store, location: Location) -> str:
    return store.address(location.key)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
