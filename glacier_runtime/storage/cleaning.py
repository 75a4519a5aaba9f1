"""Clearing up on request: what no publication clears up behind itself, and how much of it there is.

Everything that is removed is removed as a publication does it: under the lock or lease of its dataset, tickets first, files
last. Killed in between, nothing is lost: what is left is found again the next time.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from glacier_runtime.errors import Problem, StorageError
from glacier_runtime.storage.holders import Holder
from glacier_runtime.storage.leases import hold_leases, require_free
from glacier_runtime.storage.locations import INTERNAL_FOLDER, BucketSpec, Location, is_kept
from glacier_runtime.storage.locks import hold_all
from glacier_runtime.storage.pruning import Doomed, attempt_folder, doomed, is_named, remove
from glacier_runtime.storage.records import CommitRecord
from glacier_runtime.storage.retention import Retention
from glacier_runtime.storage.stores import Store, open_store
from glacier_runtime.storage.versions import (
    COMMITS,
    internal_folder,
    read_commit,
    read_ticket,
    ticket_key,
    ticket_numbers,
    versions_of,
)

__all__ = ["Cleaning", "Cleared", "clean"]

_SURELY_DEAD: Final = timedelta(days=1)
_WRITERS: Final = "writers"
_FOLDERS: Final = ("attempts", "versions", "scratch", _WRITERS)  # of what Glacier keeps of it
_HELD: Final = ("clock", "lease.json", "lock")
_FILES: Final = ("exposed.json", *_HELD)


@dataclass(frozen=True, slots=True)
class Cleared:
    """Something that was removed, or would be.

    Attributes:
        what: What it was, for people.
        address: Where it was.
        size_bytes: How many bytes it took.
        removed: Whether it was removed.
    """

    what: str
    address: str
    size_bytes: int
    removed: bool


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What a cleaning found.

    Attributes:
        cleared: What was removed, or would be.
        dropped: What belongs to datasets that the code no longer has.
        problems: What could not be looked at: datasets that are being written, and damage.
    """

    cleared: tuple[Cleared, ...]
    dropped: tuple[Cleared, ...]
    problems: tuple[Problem, ...]


def clean(
    pipeline: str,
    locations: Iterable[Location],
    root: Path,
    retention: Retention,
    *,
    dry_run: bool = False,
    dropped: bool = False,
) -> Cleaning:
    """Clear up all datasets of a pipeline, and what nobody needs beside them.

    Args:
        pipeline: The pipeline's name.
        locations: Where its datasets are.
        root: The project's root.
        retention: Which versions to keep.
        dry_run: Whether to remove nothing, and only say what would be.
        dropped: Whether to remove what Glacier keeps of datasets that this pipeline published and does not have any more.
            What lies at their stable paths stays.

    Raises:
        OSError: If a store fails.
    """
    broom = _Broom(pipeline, root, retention, dry_run)
    places = {(place.bucket.name, place.key): place for place in locations}
    buckets = {place.bucket.name: place.bucket for place in places.values()}
    # Listed before tickets are read: what is added meanwhile belongs to a ticket that is not read.
    records = {name: open_store(b, root).names(COMMITS) for name, b in buckets.items()}
    cleared: list[Cleared] = []
    problems: list[Problem] = []
    for place in places.values():
        try:
            cleared += broom.dataset(place)
        except StorageError as error:
            problems += error.problems
    others: list[Cleared] = []
    try:
        found = [p for b in buckets.values() for p in _published(open_store(b, root), b)]
        for place in found:
            if (place.bucket.name, place.key) not in places:
                inside = any(key.startswith(f"{place.key}/") for _, key in places)
                others.append(broom.dropped(place, removing=dropped and not inside))
        named = frozenset(key for place in found for key in _named(place, root))
        for name, bucket in buckets.items():
            cleared += broom.records(bucket, named, records[name])
    except StorageError as error:
        problems += error.problems
    return Cleaning(tuple(cleared), tuple(others), tuple(problems))


@dataclass(frozen=True, slots=True)
class _Broom:
    """One cleaning: for whom, where, and how thoroughly."""

    pipeline: str
    root: Path
    retention: Retention
    dry_run: bool

    def dataset(self, location: Location) -> list[Cleared]:
        """Clear up one dataset: versions, attempts, and claims that came to nothing."""
        if not open_store(location.bucket, self.root).names(internal_folder(location)):
            return []
        with self._alone(location):
            versions = list(versions_of(location, self.root))
            found = doomed(location, self.root, versions, self.retention)
            cleared = list(self._described(found, location))
            if not self.dry_run:
                remove(found, location, self.root)
        return cleared

    def records(
        self, bucket: BucketSpec, named: frozenset[tuple[str, str]], names: Sequence[str]
    ) -> Iterator[Cleared]:
        """Remove commit records and tombstones that no ticket names.

        Args:
            bucket: The bucket that holds them.
            named: Buckets and keys that tickets name.
            names: Which of them lay there before the tickets were read.
        """
        store = open_store(bucket, self.root)
        keys = [f"{COMMITS}/{name}" for name in names if name.endswith(".json")]
        idle = [key for key in keys if (bucket.name, key) not in named]
        now = store.now(INTERNAL_FOLDER) if idle and not self.dry_run else datetime.now(UTC)
        for key in idle:
            written = store.written_at(key)
            if written is None or (not store.has_locks and now - written < _SURELY_DEAD):
                continue
            record = read_commit(store, key)
            if isinstance(record, CommitRecord) and is_named(key, record, bucket, self.root):
                continue
            what = "a commit record" if isinstance(record, CommitRecord) else "a revoked claim"
            size_bytes = _size_bytes(store, [key])
            if not self.dry_run:
                store.remove(key)
            address = store.address(key)
            yield Cleared(f"{what} that no version needs", address, size_bytes, not self.dry_run)

    def dropped(self, place: Location, *, removing: bool) -> Cleared:
        """Describe, and remove if asked to, all that Glacier keeps of a dataset that is no more."""
        store, folder = open_store(place.bucket, self.root), internal_folder(place)
        makers = {version.record.pipeline for version in versions_of(place, self.root)}
        others = sorted(makers - {self.pipeline})
        size_bytes = _size_bytes(store, store.files(f"{folder}/attempts"))
        removing = removing and not others and not self.dry_run
        if removing:
            with self._alone(place):
                for name in ("attempts", "scratch"):
                    store.remove_folder(f"{folder}/{name}")
                store.remove(f"{folder}/exposed.json")
                # By its tickets the rest is found again if this is killed.
                for number in ticket_numbers(store, place):
                    store.remove(ticket_key(place, number))
                # As long as it is at work, its own lease lives by what it writes there.
                store.remove_folder(f"{folder}/{_WRITERS}")
                for name in _HELD:
                    store.remove(f"{folder}/{name}")
        of = f", of pipeline {', '.join(others)}" if others else ""
        what = f"a dataset that the code does not have{of}"
        return Cleared(what, store.address(folder), size_bytes, removing)

    @contextmanager
    def _alone(self, location: Location) -> Generator[None]:
        """Be the one who writes a dataset; a dry run only sees that nobody does.

        Raises:
            StorageError: GLC505, if somebody does.
        """
        store, holder = open_store(location.bucket, self.root), Holder("clean", self.pipeline)
        lock = store.lock_path(internal_folder(location))
        if self.dry_run and lock is None:
            require_free(location, self.root)
            yield
            return
        locks = {} if lock is None else {str(location): lock}
        with hold_all(locks, str(holder)), hold_leases([location], self.root, holder):
            yield

    def _described(self, found: Doomed, location: Location) -> Iterator[Cleared]:
        store, removed = open_store(location.bucket, self.root), not self.dry_run
        old = {version.number: version.record.attempt for version in found.versions}
        sizes = {
            attempt: _size_bytes(store, store.files(attempt_folder(location, attempt)))
            for attempt in found.attempts
        }
        for number in found.tickets:
            address = store.address(ticket_key(location, number))
            if number in old:
                size_bytes = sizes.pop(old[number], 0)
                yield Cleared(f"version {number} of {location}", address, size_bytes, removed)
            else:
                yield Cleared(f"a claim on {location} that came to nothing", address, 0, removed)
        for attempt, size_bytes in sizes.items():
            address = store.address(attempt_folder(location, attempt))
            what = f"an attempt at {location} that no version needs"
            yield Cleared(what, address, size_bytes, removed)


def _published(store: Store, bucket: BucketSpec) -> Iterator[Location]:
    """Find all datasets that were ever published in a bucket, whoever did it."""
    waiting = [name for name in store.names(INTERNAL_FOLDER) if not is_kept(name)]
    while waiting:
        key = waiting.pop()
        place = Location(bucket, _path(store, bucket, key))
        own = set(_FOLDERS) if ticket_numbers(store, place) else set()
        if own:
            yield place
        inside = store.names(f"{INTERNAL_FOLDER}/{key}")
        waiting += [f"{key}/{name}" for name in inside if name not in own | set(_FILES)]


def _path(store: Store, bucket: BucketSpec, key: str) -> str:
    """Return the path of a dataset by its key: a folder, if that is what its tickets say."""
    place = Location(bucket, key)
    for number in reversed(ticket_numbers(store, place)):
        ticket = read_ticket(store, place, number)
        record = (
            None
            if ticket is None or ticket.bucket != bucket.name
            else read_commit(store, ticket.commit)
        )
        if isinstance(record, CommitRecord):
            paths = {output.path for output in record.outputs}
            return f"{key}/" if f"{key}/" in paths else key
    return key


def _named(place: Location, root: Path) -> Iterator[tuple[str, str]]:
    store = open_store(place.bucket, root)
    for number in ticket_numbers(store, place):
        ticket = read_ticket(store, place, number)
        if ticket is not None:
            yield ticket.bucket, ticket.commit


def _size_bytes(store: Store, keys: Sequence[str]) -> int:
    return sum(size or 0 for size in store.sizes(keys))
