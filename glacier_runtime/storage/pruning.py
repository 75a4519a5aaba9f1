"""What every publication clears up behind itself: versions beyond the newest few, and what the dead left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from glacier_runtime.storage.claims import scratch_of
from glacier_runtime.storage.locations import BucketSpec, Location
from glacier_runtime.storage.records import CommitRecord, Ticket
from glacier_runtime.storage.stores import Store, open_store
from glacier_runtime.storage.versions import (
    Version,
    internal_folder,
    read_commit,
    read_ticket,
    ticket_key,
    ticket_numbers,
)

__all__ = ["KEEP_VERSIONS", "forget_commit", "kept_versions", "prune"]

KEEP_VERSIONS: Final = 3  # a reader may still be at work on the versions before the newest


def kept_versions(versions: Sequence[Version], keep: int) -> list[Version]:
    """Return the versions to keep: the newest, of which the partitions that one run made one by one are one.

    A run that publishes a hundred partitions makes a hundred versions. Whatever those between hold is in the last one, or in
    the one before the run.

    Args:
        versions: All versions, newest first.
        keep: How many to keep.
    """
    ends = [
        version
        for later, version in zip([None, *versions], versions, strict=False)
        if later is None or not later.output.partitions or later.record.run != version.record.run
    ]
    return ends[:keep]


def prune(
    location: Location,
    root: Path,
    versions: Sequence[Version],
    *,
    keep: int = KEEP_VERSIONS,
    sweep: bool = True,
) -> None:
    """Remove versions beyond the newest few, and what the dead left.

    A lock says that nobody else is at work. Without one, what is neither published nor old may be somebody's, and what is
    newer than all that were found may have been published since.

    Args:
        location: The dataset's place.
        root: The project's root.
        versions: All its versions, newest first.
        keep: How many to keep; at least one.
        sweep: Whether to remove attempts that nobody is still writing: not while this process itself makes several.
    """
    store = open_store(location.bucket, root)
    kept = kept_versions(versions, keep)
    numbers = {version.number for version in kept}
    newest = max(numbers, default=0)
    old = [version for version in versions if version.number not in numbers]
    dead = set(store.left(f"{internal_folder(location)}/attempts") if sweep else ())
    dead.update(*(version.output.attempts for version in old))
    left = set(store.left(f"{internal_folder(location)}/versions"))
    for number in ticket_numbers(store, location):
        if number in numbers or (number > newest and not store.has_locks):
            continue
        ticket = read_ticket(store, location, number)
        is_left = ticket_key(location, number).rpartition("/")[2] in left
        if not is_left and (ticket is None or not _is_published(ticket, location.bucket, root)):
            continue
        store.remove(ticket_key(location, number))
        if ticket is not None:
            forget_commit(ticket, location.bucket, root)
    live = {attempt for version in kept for attempt in version.output.attempts}
    for attempt in sorted(dead - live):
        store.remove_folder(f"{internal_folder(location)}/attempts/{attempt}")
    if store.has_locks:
        store.remove_folder(scratch_of(location))


def forget_commit(ticket: Ticket, bucket: BucketSpec, root: Path) -> None:
    """Remove a commit record that no ticket names any more; in a cloud, only if the role of the task may."""
    home = open_store(replace(bucket, name=ticket.bucket), root)
    try:
        record = read_commit(home, ticket.commit)
        if isinstance(record, CommitRecord) and not _is_named(ticket, record, bucket, root):
            home.remove(ticket.commit)
    except PermissionError:
        if home.has_locks:
            raise


def _is_published(ticket: Ticket, bucket: BucketSpec, root: Path) -> bool:
    home = open_store(replace(bucket, name=ticket.bucket), root)
    return isinstance(read_commit(home, ticket.commit), CommitRecord)


def _is_named(ticket: Ticket, record: CommitRecord, bucket: BucketSpec, root: Path) -> bool:
    for output in record.outputs:
        place = Location(replace(bucket, name=output.bucket), output.path)
        store: Store = open_store(place.bucket, root)
        if any(read_ticket(store, place, n) == ticket for n in ticket_numbers(store, place)):
            return True
    return False
