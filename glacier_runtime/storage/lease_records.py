"""What leases write down: who has which part of a dataset, and until when each of them is heard of.

_glacier/<path>/lease.json            all leases of the dataset; only ever written by compare-and-swap
_glacier/<path>/writers/<token>.json  the heartbeat of one of them, written anew as long as its holder works; who is done soon has none
"""

from __future__ import annotations

from datetime import datetime, timedelta
from secrets import token_hex
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from glacier_runtime.storage.holders import is_surely_dead
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.stores import Store
from glacier_runtime.storage.versions import internal_folder
from glacier_runtime.storage.writers import in_common

__all__ = [
    "HEARTBEATS",
    "Lease",
    "Leases",
    "heartbeat_key",
    "is_alive",
    "is_older",
    "lease_key",
    "parsed",
    "read_leases",
]

HEARTBEATS: Final = "writers"
_SLACK: Final = timedelta(seconds=1)  # stores tell whole seconds
_MOST_LOST: Final = 20


class Lease(BaseModel):
    """What a lease says of its holder.

    Attributes:
        holder: Who it is, as people read it.
        run: Its run.
        pipeline: Its pipeline.
        task: The task, if it is one that runs on its own.
        process: What stands for its process on its machine; empty if unknown.
        token: What no other lease has.
        since: When it was taken, as the clock of the holder said.
        seconds: How long it lives without a heartbeat.
        partitions: The partitions it is for; None for the whole dataset.
        taken: When it was taken, by the clock of the store; None for when the file was last written.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    holder: str
    run: str
    pipeline: str
    task: str | None
    process: str
    token: str
    since: datetime
    seconds: float
    partitions: tuple[str, ...] | None = None
    taken: datetime | None = None

    def shared_with(self, partitions: tuple[str, ...] | None) -> bool:
        """Say whether it keeps others from some partitions, or from the whole dataset."""
        if self.partitions is None or partitions is None:
            return True
        return bool(in_common(partitions, self.partitions))

    def covers(self, partitions: frozenset[str]) -> bool:
        """Say whether it is for some partitions; none stand for the whole dataset."""
        if self.partitions is None:
            return True
        return bool(partitions) and partitions.issubset(self.partitions)


class Leases(BaseModel):
    """All leases of a dataset.

    Attributes:
        format_version: The version of this format.
        leases: The leases, in the order in which they were taken.
        lost: Who took over what others held: holders by the tokens of leases, the last few.
        change: What no other state of the file has.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    format_version: Literal[2]
    leases: tuple[Lease, ...]
    lost: dict[str, str]
    change: str

    @classmethod
    def of(cls, leases: tuple[Lease, ...] = (), lost: dict[str, str] | None = None) -> Leases:
        """Return a new state of the file."""
        return cls(format_version=2, leases=leases, lost=lost or {}, change=token_hex(8))

    @property
    def tokens(self) -> frozenset[str]:
        """The tokens of its leases."""
        return frozenset(lease.token for lease in self.leases)

    def with_one(self, lease: Lease, instead_of: frozenset[str]) -> Leases:
        """Return it with one more lease, instead of others by their tokens."""
        stay = tuple(one for one in self.leases if one.token not in instead_of)
        lost = {**self.lost, **dict.fromkeys(sorted(instead_of), lease.holder)}
        last = dict(list(lost.items())[-_MOST_LOST:])
        return Leases.of((*stay, lease), last)

    def dated(self, moment: datetime | None) -> Leases:
        """Return it with the moment of its last change noted in the leases that were taken by that."""
        dated = (
            one if one.taken else one.model_copy(update={"taken": moment}) for one in self.leases
        )
        return self.model_copy(update={"leases": tuple(dated)})

    @property
    def is_dated(self) -> bool:
        """Whether all of its leases say when they were taken."""
        return all(one.taken for one in self.leases)

    def without(self, token: str) -> Leases:
        """Return it without one of its leases."""
        stay = tuple(one for one in self.leases if one.token != token)
        return Leases.of(stay, self.lost)

    def to_bytes(self) -> bytes:
        """Return it as it is stored."""
        return self.model_dump_json(indent=1).encode()


def lease_key(location: Location) -> str:
    """Return the key of a dataset's leases."""
    return f"{internal_folder(location)}/lease.json"


def heartbeat_key(location: Location, token: str) -> str:
    """Return the key that the holder of a lease writes as long as it works."""
    return f"{internal_folder(location)}/{HEARTBEATS}/{token}.json"


def read_leases(store: Store, location: Location) -> Leases | None:
    """Read a dataset's leases; None if there are none that can be read."""
    found = store.read(lease_key(location))
    return None if found is None else parsed(found)


def parsed(content: bytes) -> Leases | None:
    """Return what a file of leases says; None if it is not what this version of Glacier writes."""
    try:
        return Leases.model_validate_json(content)
    except ValidationError:
        return None


def is_alive(store: Store, location: Location, lease: Lease) -> bool:
    """Say whether the holder of a lease may still be at work, by the clock of the store.

    Raises:
        OSError: If the store fails.
    """
    if is_surely_dead(lease.process):
        return False
    heard = (
        store.written_at(heartbeat_key(location, lease.token))
        or lease.taken
        or store.written_at(lease_key(location))
    )
    return not _is_past(store, location, heard, timedelta(seconds=lease.seconds))


def is_older(store: Store, location: Location, key: str, age: timedelta) -> bool:
    """Say whether a key was not written for some time, or is absent, by the clock of the store."""
    return _is_past(store, location, store.written_at(key), age)


def _is_past(store: Store, location: Location, moment: datetime | None, age: timedelta) -> bool:
    return moment is None or store.now(internal_folder(location)) - moment > age + _SLACK
