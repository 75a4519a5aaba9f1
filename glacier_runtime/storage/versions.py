"""Which versions of a dataset are published: tickets, and the commit records that make them count."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.storage.locations import INTERNAL_FOLDER, BucketSpec, Location
from glacier_runtime.storage.moments import AsOf
from glacier_runtime.storage.records import CommitRecord, Output, Ticket, Tombstone, attempt_in
from glacier_runtime.storage.stores import Store, open_store

__all__ = [
    "COMMITS",
    "Version",
    "committed_records",
    "current_version",
    "internal_folder",
    "parse",
    "read_commit",
    "read_ticket",
    "ticket_key",
    "ticket_numbers",
    "version_as_of",
    "version_by",
    "version_of",
    "versions_of",
]

COMMITS: Final = f"{INTERNAL_FOLDER}/commits"

# A tombstone says so right at its start, where a commit record has its format and its attempt.
_HEAD_BYTES: Final = 40

# A publication looks at the records of the few versions that are kept a dozen times; one of many partitions is long.
_REMEMBERED: Final = 16

_Model = TypeVar("_Model", bound=BaseModel)

_TICKET_NAME: Final = re.compile(r"[0-9]{10}\.json")


@dataclass(frozen=True, slots=True)
class Version:
    """A published version of a dataset, pinned: its files never change."""

    number: int
    output: Output
    record: CommitRecord
    store: Store


def current_version(location: Location, root: Path) -> Version | None:
    """Find the newest published version of a location.

    Args:
        location: Where the dataset is.
        root: The project's root.

    Returns:
        The version, or None if nothing was ever published there.

    Raises:
        StorageError: GLC506, if a record or a file of the newest version was changed or removed by somebody else.
    """
    version = _newest(location, root)
    while version is not None and (damage := _damage(version, location)) is not None:
        before, version = version, _newest(location, root)
        # Others may have published so much since the look that what it found was cleared up.
        if version is None or version.number == before.number:
            raise StorageError(damage)
    return version


def committed_records(
    home: BucketSpec, attempts: re.Pattern[str], root: Path
) -> Iterator[CommitRecord]:
    """Yield what some attempts have committed.

    Args:
        home: The bucket of their first outputs.
        attempts: What the ids of the attempts look like.
        root: The project's root.
    """
    store = open_store(home, root)
    for name in store.names(COMMITS):
        if attempts.fullmatch(attempt_in(name)):
            record = read_commit(store, f"{COMMITS}/{name}")
            if isinstance(record, CommitRecord):
                yield record


def version_of(location: Location, attempt: str, root: Path) -> int | None:
    """Return the number under which an attempt published a location; None if it did not, or long ago."""
    store = open_store(location.bucket, root)
    for number in reversed(ticket_numbers(store, location)):
        ticket = read_ticket(store, location, number)
        if ticket is not None and ticket.attempt == attempt:
            return number
    return None


def version_as_of(location: Location, as_of: AsOf, root: Path) -> Version:
    """Find the version of a location with a number, or the newest that was committed at a moment or before.

    Raises:
        StorageError: GLC545, if there is none; GLC506, if one of its files was changed or removed by somebody else.
    """
    versions = list(versions_of(location, root))
    for version in versions:
        number, made = version.number, version.record.committed_at
        if number == as_of.version or (as_of.timestamp is not None and made <= as_of.timestamp):
            if (damage := _damage(version, location)) is not None:
                raise StorageError(damage)
            return version
    have = "nothing was ever published there"
    if versions:
        kept = f"{versions[-1].number} to {versions[0].number}"
        have = f"versions {kept} are kept, the oldest of {versions[-1].record.committed_at:%Y-%m-%dT%H:%M:%SZ}"
    raise StorageError(
        Problem(
            code=Code.MOMENT_GONE,
            message=f"{location} cannot be read as of {as_of}: {have}",
            fix="ask for a version that is kept; delta and iceberg keep more of them",
        )
    )


def internal_folder(location: Location) -> str:
    """Return the key of the folder that holds all of a dataset, unlike its stable path."""
    return f"{INTERNAL_FOLDER}/{location.key}"


def ticket_key(location: Location, number: int) -> str:
    """Return the key of the ticket for a version number."""
    return f"{internal_folder(location)}/versions/{number:010}.json"


def ticket_numbers(store: Store, location: Location) -> list[int]:
    """Return the numbers of all tickets, rising; whatever else lies among them is not ours."""
    names = store.names(f"{internal_folder(location)}/versions")
    return [int(name[:10]) for name in names if _TICKET_NAME.fullmatch(name)]


def versions_of(location: Location, root: Path) -> Iterator[Version]:
    """Yield published versions, newest first; tickets without a commit record never happened.

    What was listed may be cleared up before it is read, as something newer was published since: never is the newest that is
    yielded older than what was newest when this began.
    """
    store = open_store(location.bucket, root)
    numbers, has_found = ticket_numbers(store, location), False
    while numbers:
        number = numbers.pop()
        found = _published(location, number, store, root)
        if isinstance(found, Version):
            has_found = True
            yield found
        elif found is None and not has_found:
            now = ticket_numbers(store, location)
            numbers = numbers if number in now else now


def _published(
    location: Location, number: int, store: Store, root: Path
) -> Version | Tombstone | None:
    """Return what was published under a number; None if the claim is open, or cleared up by now."""
    ticket = read_ticket(store, location, number)
    if ticket is None:
        return None
    home = open_store(replace(location.bucket, name=ticket.bucket), root)
    record = read_commit(home, ticket.commit)
    return record if isinstance(record, Tombstone) else version_by(record, number, location, store)


def version_by(
    record: CommitRecord | Tombstone | None, number: int, location: Location, store: Store
) -> Version | None:
    """Return the version of a location that a record published under a number; None if it published none."""
    if not isinstance(record, CommitRecord):
        return None
    here = (location.bucket.name, location.path)
    output = next((o for o in record.outputs if (o.bucket, o.path) == here), None)
    return None if output is None else Version(number, output, record, store)


def read_ticket(store: Store, location: Location, number: int) -> Ticket | None:
    """Read a ticket; None if it is gone."""
    key = ticket_key(location, number)
    return parse(Ticket, store.read(key), store.address(key))


def read_commit(home: Store, key: str) -> CommitRecord | Tombstone | None:
    """Read a commit record, or what made it impossible; None if it is still open."""
    content = home.read(key)
    if content is not None and b'"revoked_by"' in content[:_HEAD_BYTES]:
        return parse(Tombstone, content, home.address(key))
    return parse(CommitRecord, content, home.address(key))


def parse(model: type[_Model], content: bytes | None, address: str) -> _Model | None:
    """Read a record of publication; None if it is absent.

    Raises:
        StorageError: GLC506, if it is not what Glacier wrote.
    """
    if content is None:
        return None
    try:
        record = _read(model, content)
    except ValidationError as error:
        raise StorageError(
            Problem(
                code=Code.VERSION_DAMAGED,
                message=f"record {address} cannot be read: {error.errors()[0]['msg']}",
                fix="restore it from a backup; or, to forget this version and fall back to the one before, delete it",
            )
        ) from None
    assert isinstance(record, model)
    return record


@lru_cache(maxsize=_REMEMBERED)
def _read(model: type[BaseModel], content: bytes) -> BaseModel:
    return model.model_validate_json(content)


def _newest(location: Location, root: Path) -> Version | None:
    return next(iter(versions_of(location, root)), None)


def _damage(version: Version, location: Location) -> Problem | None:
    """Describe a file of a version that somebody else has changed or removed."""
    files = version.output.files
    sizes = version.store.sizes(version.output.keys)
    for file, size_bytes in zip(files, sizes, strict=True):
        if size_bytes != file.size_bytes:
            state = (
                "is gone"
                if size_bytes is None
                else f"has {size_bytes} bytes instead of {file.size_bytes}"
            )
            address = version.store.address
            return Problem(
                code=Code.VERSION_DAMAGED,
                message=f"{address(file.key)}, part of the published version {version.number} of {location}, {state}",
                fix="restore the file; or, to make it anew, run again after deleting "
                f"{address(internal_folder(location))} and {address(location.key)}",
            )
    return None
