"""What every publication clears up behind itself: versions that need not be kept, and what the dead left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from glacier_runtime.storage.claims import scratch_of
from glacier_runtime.storage.locations import BucketSpec, Location
from glacier_runtime.storage.records import CommitRecord, Ticket
from glacier_runtime.storage.retention import Retention
from glacier_runtime.storage.stores import Store, open_store
from glacier_runtime.storage.versions import (
    Version,
    internal_folder,
    read_commit,
    read_ticket,
    ticket_key,
    ticket_numbers,
)

__all__ = ["Doomed", "attempt_folder", "doomed", "is_named", "prune", "remove"]


@dataclass(frozen=True, slots=True)
class Doomed:
    """What of a dataset may go.

    Attributes:
        versions: Published versions that need not be kept.
        tickets: Tickets by number: of these versions, and of attempts that will never publish.
        attempts: Attempts that no version refers to any more.
    """

    versions: tuple[Version, ...]
    tickets: dict[int, Ticket | None]
    attempts: tuple[str, ...]


def doomed(
    location: Location,
    root: Path,
    versions: Sequence[Version],
    retention: Retention,
    *,
    sweep: bool = True,
) -> Doomed:
    """Find what of a dataset may go.

    A lock says that nobody else is at work. Without one, what is neither published nor old may be somebody's, and what is
    newer than all that were found may have been published since.

    Args:
        location: The dataset's place.
        root: The project's root.
        versions: All its versions, newest first.
        retention: Which of them to keep.
        sweep: Whether attempts may go that nobody is still writing: not while this process itself makes several.
    """
    store = open_store(location.bucket, root)
    kept = retention.kept(versions)
    numbers = {version.number for version in kept}
    newest = max(numbers, default=0)
    old = tuple(version for version in versions if version.number not in numbers)
    dead = set(store.left(f"{internal_folder(location)}/attempts") if sweep else ())
    dead.update(*(version.output.attempts for version in old))
    left = set(store.left(f"{internal_folder(location)}/versions"))
    tickets: dict[int, Ticket | None] = {}
    for number in ticket_numbers(store, location):
        if number in numbers or (number > newest and not store.has_locks):
            continue
        ticket = read_ticket(store, location, number)
        is_left = ticket_key(location, number).rpartition("/")[2] in left
        if is_left or (ticket is not None and _is_published(ticket, location.bucket, root)):
            tickets[number] = ticket
    live = {attempt for version in kept for attempt in version.output.attempts}
    return Doomed(old, tickets, tuple(sorted(dead - live)))


def remove(what: Doomed, location: Location, root: Path) -> None:
    """Remove it, in an order in which it may end at any point: first what makes a version count, its files last.

    Raises:
        OSError: If something cannot be removed.
    """
    store = open_store(location.bucket, root)
    for number, ticket in what.tickets.items():
        store.remove(ticket_key(location, number))
        if ticket is not None:
            _forget_commit(ticket, location.bucket, root)
    for attempt in what.attempts:
        store.remove_folder(attempt_folder(location, attempt))
    if store.has_locks:
        store.remove_folder(scratch_of(location))


def prune(
    location: Location,
    root: Path,
    versions: Sequence[Version],
    retention: Retention,
    *,
    sweep: bool = True,
) -> None:
    """Find what may go, and remove it; see `doomed`."""
    remove(doomed(location, root, versions, retention, sweep=sweep), location, root)


def attempt_folder(location: Location, attempt: str) -> str:
    """Return the key of the folder of all that one attempt wrote of a dataset."""
    return f"{internal_folder(location)}/attempts/{attempt}"


def is_named(commit: str, record: CommitRecord, bucket: BucketSpec, root: Path) -> bool:
    """Say whether a ticket of one of its outputs names a commit record by its key.

    Args:
        commit: The key.
        record: The record.
        bucket: A bucket of the same cloud.
        root: The project's root.
    """
    for output in record.outputs:
        place = Location(replace(bucket, name=output.bucket), output.path)
        store: Store = open_store(place.bucket, root)
        tickets = (read_ticket(store, place, n) for n in ticket_numbers(store, place))
        if any(ticket is not None and ticket.commit == commit for ticket in tickets):
            return True
    return False


def _forget_commit(ticket: Ticket, bucket: BucketSpec, root: Path) -> None:
    """Remove a commit record that no ticket names any more; in a cloud, only if the role of the task may."""
    home = open_store(replace(bucket, name=ticket.bucket), root)
    try:
        record = read_commit(home, ticket.commit)
        if isinstance(record, CommitRecord) and not is_named(ticket.commit, record, bucket, root):
            home.remove(ticket.commit)
    except PermissionError:
        if home.has_locks:
            raise


def _is_published(ticket: Ticket, bucket: BucketSpec, root: Path) -> bool:
    home = open_store(replace(bucket, name=ticket.bucket), root)
    return isinstance(read_commit(home, ticket.commit), CommitRecord)
