"""How a group's outputs become visible, all at once or not at all.

    attempt folder ──► sealed files ──► tickets ──► COMMIT RECORD ──► stable paths ──► old versions pruned
    (never reused)     (fsync, r/o)     (a number    (create-only: the   (hard links for
                                         a dataset)   one moment that     other tools)
                                                      publishes)

A ticket claims the next version number of a dataset and names a commit record; it means nothing until that record
exists. Readers take the highest ticket whose record exists, so that of a dataset, and of all outputs of one group, they
see the old version or the new one. An attempt that made some partitions of a dataset takes the others from the version
before (`storage/merging`), which is decided at that moment (`storage/claims`). Killed at any point, a run leaves files nobody refers to, which the next writer of
the dataset removes. In a bucket:

    clean/flights.parquet                                            the stable path, for tools that know no Glacier
    _glacier/commits/<attempt>.json                                  commit records
    _glacier/clean/flights.parquet/versions/0000000007.json          tickets
    _glacier/clean/flights.parquet/attempts/<attempt>/…              the files themselves
    _glacier/clean/flights.parquet/lock                              held by the one writer; in a cloud lease.json
    _glacier/clean/flights/writers/…                                 who makes which partitions of it
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final

from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.storage.claims import (
    Claim,
    RevokedError,
    busy,
    claim,
    create_commit,
    newest_decided,
    withdraw,
)
from glacier_runtime.storage.leases import require_leases
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.locks import one_thread_at_a_time
from glacier_runtime.storage.merging import merged
from glacier_runtime.storage.pruning import prune
from glacier_runtime.storage.records import CommitRecord, Output, Ticket, commit_name
from glacier_runtime.storage.retention import Retention, read_retention
from glacier_runtime.storage.side_by_side import side_by_side
from glacier_runtime.storage.stable_paths import is_shown, mend_stable_path, show
from glacier_runtime.storage.stores import open_store
from glacier_runtime.storage.versions import (
    COMMITS,
    Version,
    current_version,
    internal_folder,
    versions_of,
)
from glacier_runtime.storage.writers import guarded

__all__ = [
    "attempt_path",
    "commit_key",
    "discard",
    "lock_file",
    "needs_mending",
    "publish",
    "repair",
]

_TURNS: Final = 30  # at a commit that others keep revoking, who make other partitions
_LONGEST_PAUSE_S: Final = 2.0


def attempt_path(location: Location, attempt: str, name: str) -> str:
    """Return the key of a file or folder that one attempt may write; it is never used twice."""
    return f"{internal_folder(location)}/attempts/{attempt}/{name}"


def commit_key(attempt: str, turn: int = 0) -> str:
    """Return the key of an attempt's commit record, which is another one each time that it was revoked before."""
    return f"{COMMITS}/{commit_name(attempt, turn)}"


def lock_file(location: Location, root: Path) -> Path | None:
    """Return the lock file that the one writer of a location holds, and make its folder; None without locks."""
    return open_store(location.bucket, root).lock_path(internal_folder(location))


def publish(
    record: CommitRecord,
    locations: Sequence[Location],
    root: Path,
    bases: Mapping[Location, int | None] | None = None,
) -> list[Version]:
    """Publish all outputs of a group in one step; the caller holds their locks, or leases in the name of the run.

    Threads of one process may publish at once what its locks hold, and processes partitions of one dataset: one waits for the
    other.

    Args:
        record: What the attempt wrote; `outputs` in the order of `locations`. An output with `partitions` names just what
            is new, and is joined by all else that its dataset holds at that moment.
        locations: The datasets' places.
        root: The project's root.
        bases: Numbers of versions that new ones go on from; None stands for no version.

    Returns:
        The new versions, in the same order.

    Raises:
        OSError: If something cannot be written before the commit record; nothing is visible.
        StorageError: GLC505, if somebody else was first, or GLC530, if two partitions have files of one name: nothing
            is visible. GLC508, if a stable path cannot be written: everything is published.
    """
    retention = read_retention(root)
    places = [open_store(place.bucket, root).address(place.key) for place in locations]
    attempts = [output.attempt_key for output in record.outputs]
    side_by_side(partial(_seal, root=root), [*zip(locations, attempts, strict=True)])
    # Syncing many bytes takes long, and is nobody else's business: others are kept waiting only from here on.
    with one_thread_at_a_time(places), guarded(_guards(record, locations, root)):
        versions = _commit(record, locations, root, bases or {})
        made = [*zip(locations, versions, strict=True)]
        try:
            side_by_side(partial(_show_and_prune, root=root, retention=retention), made)
        except OSError as error:
            raise StorageError(_published_but(locations, error)) from error
    return versions


def discard(location: Location, attempt: str, root: Path) -> None:
    """Remove what a failed attempt wrote; the caller holds the lock."""
    open_store(location.bucket, root).remove_folder(
        f"{internal_folder(location)}/attempts/{attempt}"
    )


def repair(
    location: Location, root: Path, found: Version | None = None, *, alone: bool = True
) -> None:
    """Finish what a killed run left undone at a location; the caller has just taken its lock, and writes nothing yet.

    Args:
        location: The location.
        root: The project's root.
        found: Its newest version, for who has just looked.
        alone: Whether nobody else makes partitions of it: else attempts may be somebody's.

    Raises:
        OSError: If the stable path cannot be written.
    """
    version = current_version(location, root) if found is None else found
    if version is not None:
        mend_stable_path(location, version, root)
    if open_store(location.bucket, root).has_locks:
        retention = read_retention(root)
        prune(location, root, list(versions_of(location, root)), retention, sweep=alone)


def needs_mending(location: Location, version: Version | None) -> bool:
    """Say whether a killed run left a stable path without the newest version."""
    return version is not None and not is_shown(location, version)


def _seal(attempt: tuple[Location, str], root: Path) -> None:
    location, key = attempt
    open_store(location.bucket, root).seal(key)


def _show_and_prune(made: tuple[Location, Version], root: Path, retention: Retention) -> None:
    location, version = made
    found = show(location, version, root)
    prune(location, root, found, retention, sweep=not version.store.has_locks)


def _commit(
    record: CommitRecord,
    locations: Sequence[Location],
    root: Path,
    bases: Mapping[Location, int | None],
) -> list[Version]:
    """Commit, and begin again as long as others come first who take nothing from this: they make other partitions."""
    turns = _TURNS if all(output.partitions for output in record.outputs) else 1
    for turn in count():
        try:
            return _commit_once(record, locations, root, bases, turn)
        except RevokedError:
            if turn + 1 == turns:
                raise
        _pause(random.uniform(0, min(0.1 * 2**turn, _LONGEST_PAUSE_S)))  # noqa: S311 (no secret)
    raise AssertionError


def _commit_once(
    record: CommitRecord,
    locations: Sequence[Location],
    root: Path,
    bases: Mapping[Location, int | None],
    turn: int,
) -> list[Version]:
    """Claim numbers, see what is below them, and create the commit record; or leave no trace."""
    ticket = Ticket(bucket=locations[0].bucket.name, commit=commit_key(record.attempt, turn))
    made: dict[Location, Claim] = {}

    def claim_next(location: Location) -> None:
        made[location] = claim(location, root, ticket)

    try:
        side_by_side(claim_next, locations)
        claims = [made[location] for location in locations]
        parts = [output.partitions for output in record.outputs]
        require_leases(dict(zip(locations, parts, strict=True)), root, record.run)
        outputs = tuple(
            _on_top(output, own, root, record, bases)
            for output, own in zip(record.outputs, claims, strict=True)
        )
        whole = record.model_copy(update={"outputs": outputs})
        create_commit(whole, claims, root)
    except StorageError:
        withdraw(made.values())
        raise
    return [
        Version(own.number, output, whole, own.store)
        for own, output in zip(claims, whole.outputs, strict=True)
    ]


def _guards(record: CommitRecord, locations: Sequence[Location], root: Path) -> Iterator[Path]:
    """Yield the lock files of datasets of which other processes may publish other partitions meanwhile."""
    for location, output in zip(locations, record.outputs, strict=True):
        lock = lock_file(location, root) if output.partitions else None
        if lock is not None:
            yield lock


def _on_top(
    output: Output,
    made: Claim,
    root: Path,
    record: CommitRecord,
    bases: Mapping[Location, int | None],
) -> Output:
    """Return an output as the version that follows the newest, which must be the one that it goes on from, if any."""
    before = newest_decided(made.location, root, f"run {record.run} of {record.pipeline}", made)
    number = None if before is None else before.number
    # A partition takes nothing from anybody; a lock says that nobody else was at work.
    if (
        not output.partitions
        and not made.store.has_locks
        and bases.get(made.location, number) != number
    ):
        raise StorageError(busy(made.location, _winner(before)))
    return merged(output, None if before is None else before.output)


def _winner(version: Version | None) -> str:
    if version is None:
        return "a run that removed all versions"
    return f"run {version.record.run} of {version.record.pipeline}"


def _published_but(locations: Sequence[Location], error: OSError) -> Problem:
    return Problem(
        code=Code.WRITE_FAILED,
        message=f"{', '.join(map(str, locations))}: published, but a stable path could not be refreshed: {error}",
        fix="free space or mend permissions; the next run finishes it",
    )


def _pause(seconds: float) -> None:
    time.sleep(seconds)
