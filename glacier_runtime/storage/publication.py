"""How a group's outputs become visible, all at once or not at all.

    attempt folder ──► sealed files ──► tickets ──► COMMIT RECORD ──► stable paths ──► old versions pruned
    (never reused)     (fsync, r/o)     (a number    (create-only: the   (hard links for
                                         a dataset)   one moment that     other tools)
                                                      publishes)

A ticket claims the next version number of a dataset and names a commit record; it means nothing until that record
exists. Readers take the highest ticket whose record exists, so that of a dataset, and of all outputs of one group, they
see the old version or the new one. Killed at any point, a run leaves files nobody refers to, which the next writer of
the dataset removes. In a bucket:

    clean/flights.parquet                                            the stable path, for tools that know no Glacier
    _glacier/commits/<attempt>.json                                  commit records
    _glacier/clean/flights.parquet/versions/0000000007.json          tickets
    _glacier/clean/flights.parquet/attempts/<attempt>/…              the files themselves
    _glacier/clean/flights.parquet/lock                              held by the one writer
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.storage.locations import INTERNAL_FOLDER, BucketSpec, Location
from glacier_runtime.storage.records import CommitRecord, Output, Ticket
from glacier_runtime.storage.stores import Store, open_store

__all__ = [
    "COMMITS",
    "Version",
    "attempt_path",
    "check_stable_path",
    "commit_key",
    "committed_record",
    "current_version",
    "discard",
    "lock_file",
    "publish",
    "repair",
    "version_of",
]

COMMITS: Final = f"{INTERNAL_FOLDER}/commits"
KEEP_VERSIONS: Final = 3  # a reader may still be at work on the versions before the newest

_Model = TypeVar("_Model", bound=BaseModel)

_TICKET_NAME: Final = re.compile(r"[0-9]{10}\.json")


@dataclass(frozen=True, slots=True)
class Version:
    """A published version of a dataset, pinned: its files never change."""

    number: int
    output: Output
    record: CommitRecord
    store: Store


def attempt_path(location: Location, attempt: str, name: str) -> str:
    """Return the key of a file or folder that one attempt may write; it is never used twice."""
    return f"{_internal(location)}/attempts/{attempt}/{name}"


def commit_key(attempt: str) -> str:
    """Return the key of an attempt's commit record."""
    return f"{COMMITS}/{attempt}.json"


def lock_file(location: Location, root: Path) -> Path | None:
    """Return the lock file that the one writer of a location holds, and make its folder; None without locks."""
    return open_store(location.bucket, root).lock_path(_internal(location))


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
    for version in _versions(location, root):
        _check_whole(version, location)
        return version
    return None


def committed_record(
    home: BucketSpec, attempts: re.Pattern[str], root: Path
) -> CommitRecord | None:
    """Find what one of some attempts has committed.

    Args:
        home: The bucket of their first outputs.
        attempts: What the ids of the attempts look like.
        root: The project's root.
    """
    store = open_store(home, root)
    for name in store.names(COMMITS):
        if attempts.fullmatch(name.removesuffix(".json")):
            key = f"{COMMITS}/{name}"
            return _parse(CommitRecord, store.read(key), store.address(key))
    return None


def version_of(location: Location, attempt: str, root: Path) -> int | None:
    """Return the number under which an attempt published a location; None if it did not, or long ago."""
    store = open_store(location.bucket, root)
    for number in reversed(_ticket_numbers(store, location)):
        ticket = _read_ticket(store, location, number)
        if ticket is not None and ticket.attempt == attempt:
            return number
    return None


def publish(record: CommitRecord, locations: Sequence[Location], root: Path) -> list[Version]:
    """Publish all outputs of a group in one step; the caller holds their locks.

    Args:
        record: What the attempt wrote; `outputs` in the order of `locations`.
        locations: The datasets' places.
        root: The project's root.

    Returns:
        The new versions, in the same order.

    Raises:
        OSError: If something cannot be written before the commit record; nothing is visible.
        StorageError: GLC505, if somebody else claimed a number first, or GLC514, for files that the store cannot
            copy: nothing is visible. GLC508, if a stable path cannot be written: everything is published.
    """
    home = locations[0].bucket
    key = commit_key(record.attempt)
    ticket = Ticket(bucket=home.name, commit=key).model_dump_json().encode()
    versions = []
    for location, output in zip(locations, record.outputs, strict=True):
        store = open_store(location.bucket, root)
        _require_copiable(store, location, output)
        store.seal(output.attempt_key)
        number = _next_number(store, location)
        _claim_number(store, location, number, ticket)
        versions.append(Version(number, output, record, store))
    open_store(home, root).create(
        key, record.model_dump_json(indent=1).encode(), scratch=_scratch(locations[0])
    )
    try:
        for location, version in zip(locations, versions, strict=True):
            _show(location, version, root)
    except OSError as error:
        raise StorageError(_published_but(locations, error)) from error
    return versions


def discard(location: Location, attempt: str, root: Path) -> None:
    """Remove what a failed attempt wrote; the caller holds the lock."""
    open_store(location.bucket, root).remove_folder(f"{_internal(location)}/attempts/{attempt}")


def repair(location: Location, root: Path, found: Version | None = None) -> None:
    """Finish what a killed run left undone at a location; the caller holds its lock.

    Args:
        location: The location.
        root: The project's root.
        found: Its newest version, for who has just looked.

    Raises:
        OSError: If the stable path cannot be written.
    """
    version = current_version(location, root) if found is None else found
    if version is not None and not version.store.shows(version.output, location.key):
        _expose(location, version)
    if open_store(location.bucket, root).has_locks:
        _prune(location, root, list(_versions(location, root)))


def check_stable_path(location: Location, root: Path) -> Problem | None:
    """Refuse to publish over data that Glacier did not write.

    Returns:
        A GLC509 problem, if the stable path holds anything that no version of the dataset explains.
    """
    store = open_store(location.bucket, root)
    versions = (version.output for version in _versions(location, root))
    if not store.is_taken(location.key, is_folder=location.is_folder, versions=versions):
        return None
    return Problem(
        code=Code.PATH_TAKEN,
        message=f"{store.address(location.key)} holds data that Glacier did not write, and would be replaced",
        fix="move it away, or give the dataset another path",
    )


def _internal(location: Location) -> str:
    return f"{INTERNAL_FOLDER}/{location.key}"


def _scratch(location: Location) -> str:
    return f"{_internal(location)}/scratch"


def _ticket_key(location: Location, number: int) -> str:
    return f"{_internal(location)}/versions/{number:010}.json"


def _next_number(store: Store, location: Location) -> int:
    return max(_ticket_numbers(store, location), default=0) + 1


def _ticket_numbers(store: Store, location: Location) -> list[int]:
    """Return the numbers of all tickets, rising; whatever else lies among them is not ours."""
    names = store.names(f"{_internal(location)}/versions")
    return [int(name[:10]) for name in names if _TICKET_NAME.fullmatch(name)]


def _versions(location: Location, root: Path) -> Iterable[Version]:
    """Yield published versions, newest first; tickets without a commit record never happened."""
    store = open_store(location.bucket, root)
    for number in reversed(_ticket_numbers(store, location)):
        ticket = _read_ticket(store, location, number)
        if ticket is None:
            continue
        home = open_store(replace(location.bucket, name=ticket.bucket), root)
        record = _parse(CommitRecord, home.read(ticket.commit), home.address(ticket.commit))
        if record is None:
            continue
        here = (location.bucket.name, location.path)
        output = next((o for o in record.outputs if (o.bucket, o.path) == here), None)
        if output is not None:
            yield Version(number, output, record, store)


def _read_ticket(store: Store, location: Location, number: int) -> Ticket | None:
    key = _ticket_key(location, number)
    return _parse(Ticket, store.read(key), store.address(key))


def _parse(model: type[_Model], content: bytes | None, address: str) -> _Model | None:
    if content is None:
        return None
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise StorageError(
            Problem(
                code=Code.VERSION_DAMAGED,
                message=f"record {address} cannot be read: {error.errors()[0]['msg']}",
                fix="restore it from a backup; or, to forget this version and fall back to the one before, delete it",
            )
        ) from None


def _check_whole(version: Version, location: Location) -> None:
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
            raise StorageError(
                Problem(
                    code=Code.VERSION_DAMAGED,
                    message=f"{address(file.key)}, part of the published version {version.number} of {location}, {state}",
                    fix="restore the file; or, to make it anew, run again after deleting "
                    f"{address(_internal(location))} and {address(location.key)}",
                )
            )


def _require_copiable(store: Store, location: Location, output: Output) -> None:
    limit = store.max_file_bytes
    largest = max((file.size_bytes for file in output.files), default=0)
    if limit is not None and largest > limit:
        raise StorageError(
            Problem(
                code=Code.FILE_TOO_LARGE,
                message=f"{location}: a file has {largest:,} bytes, and this version of Glacier copies at most "
                f"{limit:,} to a stable path of an object store; nothing was published",
                fix="make it a folder with partition_by, so that it becomes several files",
            )
        )


def _claim_number(store: Store, location: Location, number: int, ticket: bytes) -> None:
    try:
        store.create(_ticket_key(location, number), ticket, scratch=_scratch(location))
    except FileExistsError:
        if store.has_locks:
            raise
        raise StorageError(
            Problem(
                code=Code.DATASET_BUSY,
                message=f"{location} is being written by another run, which was first; nothing was published",
                fix="wait until that run ends, then run again",
            )
        ) from None


def _show(location: Location, version: Version, root: Path) -> None:
    """Let the stable path follow what was just published, unless somebody else has published since; then clear up."""
    if version.store.has_locks:
        _expose(location, version)
    versions = list(_versions(location, root))
    if not version.store.has_locks and versions and versions[0].number == version.number:
        _expose(location, version)
    _prune(location, root, versions)


def _expose(location: Location, version: Version) -> None:
    version.store.expose(version.output, location.key, scratch=_scratch(location))


def _published_but(locations: Sequence[Location], error: OSError) -> Problem:
    return Problem(
        code=Code.WRITE_FAILED,
        message=f"{', '.join(map(str, locations))}: published, but a stable path could not be refreshed: {error}",
        fix="free space or mend permissions; the next run finishes it",
    )


def _prune(location: Location, root: Path, versions: Sequence[Version]) -> None:
    """Remove versions beyond the newest few, and what the dead left.

    A lock says that nobody else is at work. Without one, what is neither published nor old may be somebody's, and what is
    newer than all that were found may have been published since.
    """
    store = open_store(location.bucket, root)
    kept = versions[:KEEP_VERSIONS]
    numbers = {version.number for version in kept}
    newest = max(numbers, default=0)
    live = {version.record.attempt for version in kept}
    dead = set(store.left(f"{_internal(location)}/attempts"))
    left = set(store.left(f"{_internal(location)}/versions"))
    for number in _ticket_numbers(store, location):
        if number in numbers or (number > newest and not store.has_locks):
            continue
        ticket = _read_ticket(store, location, number)
        is_left = _ticket_key(location, number).rpartition("/")[2] in left
        if not is_left and (ticket is None or not _is_published(ticket, location.bucket, root)):
            continue
        store.remove(_ticket_key(location, number))
        if ticket is not None:
            dead |= set() if store.has_locks else {ticket.attempt}
            _forget_commit(ticket, location.bucket, root)
    for attempt in sorted(dead - live):
        store.remove_folder(f"{_internal(location)}/attempts/{attempt}")
    if store.has_locks:
        store.remove_folder(_scratch(location))


def _is_published(ticket: Ticket, bucket: BucketSpec, root: Path) -> bool:
    return open_store(replace(bucket, name=ticket.bucket), root).read(ticket.commit) is not None


def _forget_commit(ticket: Ticket, bucket: BucketSpec, root: Path) -> None:
    """Remove a commit record that no ticket names any more; in a cloud, only if the role of the task may."""
    home = open_store(replace(bucket, name=ticket.bucket), root)
    try:
        record = _parse(CommitRecord, home.read(ticket.commit), home.address(ticket.commit))
        if record is not None and not _is_named(ticket, record, bucket, root):
            home.remove(ticket.commit)
    except PermissionError:
        if home.has_locks:
            raise


def _is_named(ticket: Ticket, record: CommitRecord, bucket: BucketSpec, root: Path) -> bool:
    for output in record.outputs:
        place = Location(replace(bucket, name=output.bucket), output.path)
        store = open_store(place.bucket, root)
        if any(_read_ticket(store, place, n) == ticket for n in _ticket_numbers(store, place)):
            return True
    return False
