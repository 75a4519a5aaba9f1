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

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.storage.local_store import LocalStore
from glacier_runtime.storage.locations import INTERNAL_FOLDER, BucketSpec, Location

__all__ = [
    "CommitRecord",
    "DataFile",
    "Output",
    "Version",
    "attempt_path",
    "check_stable_path",
    "current_version",
    "discard",
    "lock_file",
    "open_store",
    "publish",
    "repair",
]

KEEP_VERSIONS: Final = 3  # a reader may still be at work on the versions before the newest

_Model = TypeVar("_Model", bound=BaseModel)

_TICKET_NAME: Final = re.compile(r"[0-9]{10}\.json")

_STORES: Final[dict[str, Callable[[Path], LocalStore]]] = {"local": LocalStore}


class DataFile(BaseModel):
    """One file of a version.

    Attributes:
        key: Where it lies in its bucket.
        rows: How many rows it holds; None for files that hold no rows.
        size_bytes: Its size.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    rows: int | None
    size_bytes: int


class Output(BaseModel):
    """One dataset's part in a commit: where it is, and its files, each complete."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bucket: str
    path: str
    attempt_key: str
    files: tuple[DataFile, ...]

    @property
    def rows(self) -> int | None:
        """Rows in all files; None for files that hold no rows."""
        counts = [file.rows for file in self.files]
        return (
            None
            if not counts or None in counts
            else sum(count for count in counts if count is not None)
        )

    @property
    def size_bytes(self) -> int:
        """Bytes in all files."""
        return sum(file.size_bytes for file in self.files)


class CommitRecord(BaseModel):
    """What one attempt of one group published, whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: Literal[1] = 1
    attempt: str
    run: str
    pipeline: str
    tasks: tuple[str, ...]
    committed_at: datetime
    outputs: tuple[Output, ...]


class _Ticket(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: Literal[1] = 1
    bucket: str
    commit: str


@dataclass(frozen=True, slots=True)
class Version:
    """A published version of a dataset, pinned: its files never change."""

    number: int
    output: Output
    record: CommitRecord
    store: LocalStore

    @property
    def paths(self) -> list[Path]:
        """The paths of its files."""
        return [self.store.path(file.key) for file in self.output.files]


def open_store(bucket: BucketSpec, root: Path) -> LocalStore:
    """Open a bucket.

    Args:
        bucket: The bucket.
        root: The project's root, from which relative base paths count.

    Raises:
        StorageError: GLC507, if this version cannot run against the bucket's cloud.
    """
    make = _STORES.get(bucket.cloud)
    if make is None or bucket.base_path is None:
        raise StorageError(
            Problem(
                code=Code.STORE_UNSUPPORTED,
                message=f"bucket {bucket.name!r} belongs to cloud {bucket.cloud!r}, whose store this version "
                "of Glacier cannot read or write",
                fix="unset GLACIER_CLOUD, or set it to local, to run on this machine",
            )
        )
    return make(root / bucket.base_path / bucket.name)


def attempt_path(location: Location, attempt: str, name: str) -> str:
    """Return the key of a file or folder that one attempt may write; it is never used twice."""
    return f"{_internal(location)}/attempts/{attempt}/{name}"


def lock_file(location: Location, root: Path) -> Path:
    """Return the lock file that the one writer of a location holds, and make its folder."""
    return open_store(location.bucket, root).make_folder(_internal(location)) / "lock"


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
        StorageError: GLC508, if a stable path cannot be written after it; everything is published.
    """
    home = locations[0].bucket
    commit_key = f"{INTERNAL_FOLDER}/commits/{record.attempt}.json"
    versions = []
    for location, output in zip(locations, record.outputs, strict=True):
        store = open_store(location.bucket, root)
        store.seal(output.attempt_key)
        number = _next_number(store, location)
        ticket = _Ticket(bucket=home.name, commit=commit_key)
        content = ticket.model_dump_json().encode()
        store.create(_ticket_key(location, number), content, scratch=_scratch(location))
        versions.append(Version(number, output, record, store))
    open_store(home, root).create(
        commit_key, record.model_dump_json(indent=1).encode(), scratch=_scratch(locations[0])
    )
    try:
        for location, version in zip(locations, versions, strict=True):
            _expose(location, version)
            _prune(location, root)
    except OSError as error:
        raise StorageError(_published_but(locations, error)) from error
    return versions


def discard(location: Location, attempt: str, root: Path) -> None:
    """Remove what a failed attempt wrote; the caller holds the lock."""
    open_store(location.bucket, root).remove(f"{_internal(location)}/attempts/{attempt}")


def repair(location: Location, root: Path) -> None:
    """Finish what a killed run left undone at a location; the caller holds its lock.

    Raises:
        OSError: If the stable path cannot be written.
    """
    version = current_version(location, root)
    if version is not None and not version.store.is_exposed(
        version.output.attempt_key, location.key
    ):
        _expose(location, version)
    _prune(location, root)


def check_stable_path(location: Location, root: Path) -> Problem | None:
    """Refuse to publish over data that Glacier did not write.

    Returns:
        A GLC509 problem, if the stable path holds anything that no version of the dataset explains.
    """
    store = open_store(location.bucket, root)
    if not os.path.lexists(store.path(location.key)):  # a dangling link is somebody's, too
        return None
    versions = list(_versions(location, root))
    if any(store.is_exposed(version.output.attempt_key, location.key) for version in versions):
        return None
    return Problem(
        code=Code.PATH_TAKEN,
        message=f"{store.path(location.key)} holds data that Glacier did not write, and would be replaced",
        fix="move it away, or give the dataset another path",
    )


def _internal(location: Location) -> str:
    return f"{INTERNAL_FOLDER}/{location.key}"


def _scratch(location: Location) -> str:
    return f"{_internal(location)}/scratch"


def _ticket_key(location: Location, number: int) -> str:
    return f"{_internal(location)}/versions/{number:010}.json"


def _next_number(store: LocalStore, location: Location) -> int:
    return max(_ticket_numbers(store, location), default=0) + 1


def _ticket_numbers(store: LocalStore, location: Location) -> list[int]:
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
        record = _parse(CommitRecord, home.read(ticket.commit), home.path(ticket.commit))
        if record is None:
            continue
        here = (location.bucket.name, location.path)
        output = next((o for o in record.outputs if (o.bucket, o.path) == here), None)
        if output is not None:
            yield Version(number, output, record, store)


def _read_ticket(store: LocalStore, location: Location, number: int) -> _Ticket | None:
    key = _ticket_key(location, number)
    return _parse(_Ticket, store.read(key), store.path(key))


def _parse(model: type[_Model], content: bytes | None, path: Path) -> _Model | None:
    if content is None:
        return None
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise StorageError(
            Problem(
                code=Code.VERSION_DAMAGED,
                message=f"record {path} cannot be read: {error.errors()[0]['msg']}",
                fix="restore it from a backup; or, to forget this version and fall back to the one before, delete it",
            )
        ) from None


def _check_whole(version: Version, location: Location) -> None:
    for file in version.output.files:
        path = version.store.path(file.key)
        size_bytes = path.stat().st_size if path.is_file() else None
        if size_bytes != file.size_bytes:
            state = (
                "is gone"
                if size_bytes is None
                else f"has {size_bytes} bytes instead of {file.size_bytes}"
            )
            raise StorageError(
                Problem(
                    code=Code.VERSION_DAMAGED,
                    message=f"{path}, part of the published version {version.number} of {location}, {state}",
                    fix="restore the file; or, to make it anew, run again after deleting "
                    f"{version.store.path(_internal(location))} and {version.store.path(location.key)}",
                )
            )


def _expose(location: Location, version: Version) -> None:
    source = version.output.attempt_key
    is_folder = version.store.path(source).is_dir()
    expose = version.store.expose_folder if is_folder else version.store.expose_file
    expose(source, location.key, scratch=_scratch(location))


def _published_but(locations: Sequence[Location], error: OSError) -> Problem:
    return Problem(
        code=Code.WRITE_FAILED,
        message=f"{', '.join(map(str, locations))}: published, but a stable path could not be refreshed: {error}",
        fix="free space or mend permissions; the next run finishes it",
    )


def _prune(location: Location, root: Path) -> None:
    """Remove versions beyond the newest few, and what the dead left: the lock says that nobody else is at work."""
    store = open_store(location.bucket, root)
    kept = list(_versions(location, root))[:KEEP_VERSIONS]
    numbers = {version.number for version in kept}
    live = {version.record.attempt for version in kept}
    for number in _ticket_numbers(store, location):
        if number not in numbers:
            ticket = _read_ticket(store, location, number)
            store.remove(_ticket_key(location, number))
            if ticket is not None:
                _forget_commit(ticket, location.bucket, root)
    for attempt in store.names(f"{_internal(location)}/attempts"):
        if attempt not in live:
            store.remove(f"{_internal(location)}/attempts/{attempt}")
    store.remove(_scratch(location))


def _forget_commit(ticket: _Ticket, bucket: BucketSpec, root: Path) -> None:
    """Remove a commit record that no ticket names any more."""
    home = open_store(replace(bucket, name=ticket.bucket), root)
    record = _parse(CommitRecord, home.read(ticket.commit), home.path(ticket.commit))
    if record is None:
        return
    for output in record.outputs:
        place = Location(replace(bucket, name=output.bucket), output.path)
        store = open_store(place.bucket, root)
        tickets = (_read_ticket(store, place, n) for n in _ticket_numbers(store, place))
        if ticket in tickets:
            return
    home.remove(ticket.commit)
