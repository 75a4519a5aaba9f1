"""Version numbers, claimed and decided: who publishes where nobody holds a lock.

An attempt publishes in four steps, which any number of others may take at the same moment:

1. It *claims* the next number of each of its datasets, by creating a ticket that names its commit record.
2. It looks whether its leases are still its own (`storage/leases`).
3. It *decides* every lower number: a ticket whose commit record does not exist is revoked, by creating a tombstone in the
   place of that record. What is then the newest version below its own number will be so for ever.
4. It creates its commit record. Both, record and tombstone, are created only where there is nothing: of an attempt and of
   who revokes it, the first wins, and the other is told.

Those who make partitions of one dataset at the same moment revoke each other like anybody else, though none takes anything from
the other. Who is revoked so begins again, with a new number and at a new key (`storage/publication`), and in step 2 finds
whether somebody has taken its partition over.

So a version always follows the one that its maker saw, whoever was at work: rows that somebody has added meanwhile, and
partitions that somebody has made meanwhile, cannot be lost. Who takes a lease over decides all numbers, too, right
after it did (`newest_decided`). A former owner that wakes up has either claimed its number before that, and
finds a tombstone, or it claims it later, and finds in step 2 that the lease is another's.

Tickets of attempts that never committed are removed after a day, tombstones by `glacier clean` only when no ticket names
them. Who slept even longer than that, right between two requests of step 4, creates a record that no ticket names: nobody
sees it, and a last look at its own tickets tells it so. A ticket may also be gone because others published meanwhile, and cleared up:
then the version is a part of theirs, and counts.

A bucket with locks needs none of this but the numbers.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.records import CommitRecord, Ticket, Tombstone
from glacier_runtime.storage.stores import Store, open_store
from glacier_runtime.storage.versions import (
    Version,
    internal_folder,
    read_commit,
    read_ticket,
    ticket_key,
    ticket_numbers,
    version_by,
    versions_of,
)

__all__ = [
    "Claim",
    "RevokedError",
    "busy",
    "claim",
    "create_commit",
    "newest_decided",
    "scratch_of",
    "withdraw",
]

_TRIES: Final = 50  # numbers that others may take in front of one claim
_PATIENCE_S: Final = 5.0  # with claims that this role may not revoke
_LOOK_EVERY_S: Final = 0.25


class RevokedError(StorageError):
    """Somebody else has revoked a claim."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A number of a dataset that an attempt has claimed.

    Attributes:
        location: The dataset's place.
        store: Its store.
        number: The number.
        ticket: What claims it.
    """

    location: Location
    store: Store
    number: int
    ticket: Ticket


def claim(location: Location, root: Path, ticket: Ticket) -> Claim:
    """Claim the next version number of a dataset.

    Raises:
        OSError: If the ticket cannot be written.
        StorageError: GLC505, if others always come first.
    """
    store = open_store(location.bucket, root)
    content = ticket.model_dump_json().encode()
    for _ in range(_TRIES):
        number = max(ticket_numbers(store, location), default=0) + 1
        try:
            store.create(ticket_key(location, number), content, scratch=scratch_of(location))
        except FileExistsError:
            if store.has_locks:
                raise
            continue
        return Claim(location, store, number, ticket)
    raise StorageError(busy(location, "other runs, again and again"))


def withdraw(claims: Iterable[Claim]) -> None:
    """Remove tickets of an attempt that will not publish; what cannot be removed now, others revoke."""
    for made in claims:
        with suppress(OSError):
            made.store.remove(ticket_key(made.location, made.number))


def newest_decided(
    location: Location, root: Path, by: str, own: Claim | None = None
) -> Version | None:
    """Return the newest version, once nothing can be published below any more that is not yet.

    Args:
        location: The dataset's place.
        root: The project's root.
        by: Who asks, to be told to those whose claims are revoked.
        own: The claim below which numbers are decided; None decides all there are.

    Raises:
        OSError: If it cannot be decided.
        StorageError: GLC505, if this role may not revoke what another attempt has claimed; GLC506.
    """
    store = open_store(location.bucket, root)
    if store.has_locks:
        return next(iter(versions_of(location, root)), None)
    for number in reversed(ticket_numbers(store, location)):
        if own is not None and number >= own.number:
            continue
        ticket = read_ticket(store, location, number)
        if ticket is None or (own is not None and ticket == own.ticket):
            continue
        # Whoever published had decided all numbers below: what lies deeper need not be looked at.
        found = version_by(_decided(location, ticket, root, by), number, location, store)
        if found is not None:
            return found
    return None


def create_commit(record: CommitRecord, claims: Sequence[Claim], root: Path) -> None:
    """Create a commit record: the moment that publishes.

    Args:
        record: The record.
        claims: The numbers that its outputs have.
        root: The project's root.

    Raises:
        OSError: If it cannot be written.
        RevokedError: GLC505, if somebody has revoked it; nothing is visible.
        StorageError: GLC505, if its tickets are gone.
    """
    first = claims[0]
    home, key = open_store(first.location.bucket, root), first.ticket.commit
    content = record.model_dump_json(indent=1).encode()
    try:
        home.create(key, content, scratch=scratch_of(first.location))
    except FileExistsError:
        found = read_commit(home, key)
        if not isinstance(found, Tombstone):
            raise
        raise RevokedError(busy(first.location, found.revoked_by)) from None
    gone = [one for one in claims if not one.store.has_locks and not _stands(one)]
    # Others may have published so much since that the version was cleared up: they went on from it, and it is a part of theirs.
    if not all(_is_built_upon(one, root) for one in gone):
        home.remove(key)
        raise StorageError(busy(first.location, "a run that began while this one slept"))


def busy(location: Location, winner: str) -> Problem:
    """Report that somebody else writes a dataset, by name."""
    return Problem(
        code=Code.DATASET_BUSY,
        message=f"{location} is being written by {winner}, which was first; nothing was published",
        fix="wait until that run ends, then run again",
    )


def scratch_of(location: Location) -> str:
    """Return the key of the folder for unfinished files of a dataset."""
    return f"{internal_folder(location)}/scratch"


def _decided(
    location: Location, ticket: Ticket, root: Path, by: str
) -> CommitRecord | Tombstone | None:
    """Return what became of a ticket; if it is still open, nothing ever will."""
    home = open_store(replace(location.bucket, name=ticket.bucket), root)
    found = read_commit(home, ticket.commit)
    if found is not None:
        return found
    tombstone = Tombstone(revoked_by=by, revoked_at=datetime.now(UTC))
    try:
        home.create(
            ticket.commit, tombstone.model_dump_json().encode(), scratch=scratch_of(location)
        )
    except FileExistsError:
        return read_commit(home, ticket.commit)
    except PermissionError:
        found = _awaited(home, ticket)
        if found is None:
            raise StorageError(_not_ours(location, ticket)) from None
        return found
    return tombstone


def _awaited(home: Store, ticket: Ticket) -> CommitRecord | Tombstone | None:
    """Wait a little for what another attempt has begun, which may not take longer than a moment."""
    deadline = time.monotonic() + _PATIENCE_S
    while (found := read_commit(home, ticket.commit)) is None and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY_S)
    return found


def _stands(own: Claim) -> bool:
    return read_ticket(own.store, own.location, own.number) == own.ticket


def _is_built_upon(own: Claim, root: Path) -> bool:
    versions = versions_of(own.location, root)
    return any(own.ticket.attempt in version.output.attempts for version in versions)


def _not_ours(location: Location, ticket: Ticket) -> Problem:
    return Problem(
        code=Code.DATASET_BUSY,
        message=f"{location}: attempt {ticket.attempt}, of another task or a run from a laptop, began to publish and has "
        "not ended, and this role may not revoke it; nothing was published",
        fix="wait until it ends; if it is dead, run glacier clean with the rights of who started it",
    )
