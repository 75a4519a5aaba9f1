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

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.storage.locations import BucketSpec, Location
from glacier_runtime.storage.records import CommitRecord, Output, Ticket
from glacier_runtime.storage.stores import Store, open_store
from glacier_runtime.storage.versions import (
    COMMITS,
    Version,
    current_version,
    internal_folder,
    parse,
    read_ticket,
    ticket_key,
    ticket_numbers,
    versions_of,
)

__all__ = [
    "attempt_path",
    "check_stable_path",
    "commit_key",
    "discard",
    "lock_file",
    "needs_mending",
    "publish",
    "repair",
]

KEEP_VERSIONS: Final = 3  # a reader may still be at work on the versions before the newest


def attempt_path(location: Location, attempt: str, name: str) -> str:
    """Return the key of a file or folder that one attempt may write; it is never used twice."""
    return f"{internal_folder(location)}/attempts/{attempt}/{name}"


def commit_key(attempt: str) -> str:
    """Return the key of an attempt's commit record."""
    return f"{COMMITS}/{attempt}.json"


def lock_file(location: Location, root: Path) -> Path | None:
    """Return the lock file that the one writer of a location holds, and make its folder; None without locks."""
    return open_store(location.bucket, root).lock_path(internal_folder(location))


def publish(
    record: CommitRecord,
    locations: Sequence[Location],
    root: Path,
    bases: Mapping[Location, int | None] | None = None,
) -> list[Version]:
    """Publish all outputs of a group in one step; the caller holds their locks.

    Args:
        record: What the attempt wrote; `outputs` in the order of `locations`.
        locations: The datasets' places.
        root: The project's root.
        bases: Numbers of versions that new ones go on from; None stands for no version.

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
    _require_alone(locations, versions, root, bases or {})
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
    open_store(location.bucket, root).remove_folder(
        f"{internal_folder(location)}/attempts/{attempt}"
    )


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
    has_locks = open_store(location.bucket, root).has_locks
    if version is not None and not version.store.shows(version.output, location.key):
        show = _expose if has_locks else _show_newest
        show(location, version, root)
    if has_locks:
        _prune(location, root, list(versions_of(location, root)))


def needs_mending(location: Location, version: Version | None) -> bool:
    """Say whether a killed run left a stable path without the newest version."""
    return version is not None and not version.store.shows(version.output, location.key)


def check_stable_path(location: Location, root: Path) -> Problem | None:
    """Refuse to publish over data that Glacier did not write.

    Returns:
        A GLC509 problem, if the stable path holds anything that no version of the dataset explains.
    """
    store = open_store(location.bucket, root)
    versions = (version.output for version in versions_of(location, root))
    if not store.is_taken(location.key, is_folder=location.is_folder, versions=versions):
        return None
    return Problem(
        code=Code.PATH_TAKEN,
        message=f"{store.address(location.key)} holds data that Glacier did not write, and would be replaced",
        fix="move it away, or give the dataset another path",
    )


def _scratch(location: Location) -> str:
    return f"{internal_folder(location)}/scratch"


def _next_number(store: Store, location: Location) -> int:
    return max(ticket_numbers(store, location), default=0) + 1


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
        store.create(ticket_key(location, number), ticket, scratch=_scratch(location))
    except FileExistsError:
        if store.has_locks:
            raise
        raise StorageError(_busy(location)) from None


def _require_alone(
    locations: Sequence[Location],
    versions: Sequence[Version],
    root: Path,
    bases: Mapping[Location, int | None],
) -> None:
    """Refuse to publish where another run has been at work since: it has other outputs on top, or was not gone on from."""
    for location, version in zip(locations, versions, strict=True):
        if version.store.has_locks:
            continue
        # Of two runs, each could be the later one for some of the outputs, and readers would mix the two.
        if len(locations) > 1 and _next_number(version.store, location) != version.number + 1:
            raise StorageError(_busy(location))
        if location in bases:
            newest = next(iter(versions_of(location, root)), None)
            if bases[location] != (None if newest is None else newest.number):
                raise StorageError(_busy(location))


def _busy(location: Location) -> Problem:
    return Problem(
        code=Code.DATASET_BUSY,
        message=f"{location} is being written by another run, which was first; nothing was published",
        fix="wait until that run ends, then run again",
    )


def _show(location: Location, version: Version, root: Path) -> None:
    """Let the stable path follow what was just published; then clear up."""
    if version.store.has_locks:
        _expose(location, version, root)
        versions = list(versions_of(location, root))
    else:
        versions = _show_newest(location, version, root)
    _prune(location, root, versions)


def _show_newest(location: Location, version: Version, root: Path) -> list[Version]:
    """Let a stable path without a lock follow a version, unless somebody has published since, who does the same.

    Whoever publishes while this copies may have copied first: then what is newest is copied once more.
    """
    shown, versions = 0, list(versions_of(location, root))
    while (
        versions and shown < versions[0].number and (shown or versions[0].number == version.number)
    ):
        _expose(location, versions[0], root)
        shown = versions[0].number
        if ticket_numbers(version.store, location)[-1:] != [shown]:
            versions = list(versions_of(location, root))
    return versions


def _expose(location: Location, version: Version, root: Path) -> None:
    versions = (item.output for item in versions_of(location, root))
    version.store.expose(
        version.output, location.key, scratch=_scratch(location), versions=versions
    )


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
    dead = set(store.left(f"{internal_folder(location)}/attempts"))
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
            dead |= set() if store.has_locks else {ticket.attempt}
            _forget_commit(ticket, location.bucket, root)
    for attempt in sorted(dead - live):
        store.remove_folder(f"{internal_folder(location)}/attempts/{attempt}")
    if store.has_locks:
        store.remove_folder(_scratch(location))


def _is_published(ticket: Ticket, bucket: BucketSpec, root: Path) -> bool:
    return open_store(replace(bucket, name=ticket.bucket), root).read(ticket.commit) is not None


def _forget_commit(ticket: Ticket, bucket: BucketSpec, root: Path) -> None:
    """Remove a commit record that no ticket names any more; in a cloud, only if the role of the task may."""
    home = open_store(replace(bucket, name=ticket.bucket), root)
    try:
        record = parse(CommitRecord, home.read(ticket.commit), home.address(ticket.commit))
        if record is not None and not _is_named(ticket, record, bucket, root):
            home.remove(ticket.commit)
    except PermissionError:
        if home.has_locks:
            raise


def _is_named(ticket: Ticket, record: CommitRecord, bucket: BucketSpec, root: Path) -> bool:
    for output in record.outputs:
        place = Location(replace(bucket, name=output.bucket), output.path)
        store = open_store(place.bucket, root)
        if any(read_ticket(store, place, n) == ticket for n in ticket_numbers(store, place)):
            return True
    return False
