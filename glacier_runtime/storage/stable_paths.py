"""Stable paths, for tools that know no Glacier: they follow what was published, some moments behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from glacier_runtime.errors import Code, Problem
from glacier_runtime.storage.claims import scratch_of
from glacier_runtime.storage.faults import ReplacedError
from glacier_runtime.storage.lake.applying import apply_versions, is_applied
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.records import Output
from glacier_runtime.storage.stores import open_store
from glacier_runtime.storage.versions import Version, ticket_numbers, versions_of

__all__ = ["check_stable_path", "is_shown", "mend_stable_path", "show"]

_TRIES: Final = 3  # at copies that others replace at the same moment


@dataclass(frozen=True, slots=True)
class _Versions:
    """What the versions of a dataset hold, newest first, as of the moment at which they are asked for."""

    location: Location
    root: Path

    def __iter__(self) -> Iterator[Output]:
        return (version.output for version in versions_of(self.location, self.root))


def show(location: Location, version: Version, root: Path) -> list[Version]:
    """Let the stable path follow what was just published.

    Returns:
        All versions, newest first.

    Raises:
        OSError: If it cannot be written.
    """
    if version.store.has_locks:
        _expose(location, version, root)
        return list(versions_of(location, root))
    return _show_newest(location, version, root)


def mend_stable_path(location: Location, version: Version, root: Path) -> None:
    """Let the stable path show the newest version, if a killed run left something else there.

    Raises:
        OSError: If it cannot be written.
    """
    if not is_shown(location, version):
        mend = _expose if version.store.has_locks else _show_newest
        mend(location, version, root)


def is_shown(location: Location, version: Version) -> bool:
    """Say whether a stable path shows just what a version holds, or a table has it."""
    if version.output.table is not None:
        return is_applied(location, version)
    return version.store.shows(version.output, location.key)


def check_stable_path(location: Location, root: Path) -> Problem | None:
    """Refuse to publish over data that Glacier did not write.

    Returns:
        A GLC509 problem, if the stable path holds anything that no version of the dataset explains.
    """
    store = open_store(location.bucket, root)
    versions = _Versions(location, root)
    if not store.is_taken(location.key, is_folder=location.is_folder, versions=versions):
        return None
    return Problem(
        code=Code.PATH_TAKEN,
        message=f"{store.address(location.key)} holds data that Glacier did not write, and would be replaced",
        fix="move it away, or give the dataset another path",
    )


def _show_newest(location: Location, version: Version, root: Path) -> list[Version]:
    """Let a stable path without a lock follow a version, unless somebody has published since, who does the same.

    Whoever publishes while this copies may have copied first: then what is newest is copied once more.
    """
    shown, failed, versions = 0, 0, list(versions_of(location, root))
    while (
        versions and shown < versions[0].number and (shown or versions[0].number == version.number)
    ):
        shown = versions[0].number
        try:
            _expose(location, versions[0], root)
        except OSError as error:
            # Somebody may have shown a newer version meanwhile, and removed what this one needs, or copied what was before.
            versions, failed = list(versions_of(location, root)), failed + 1
            is_same = bool(versions) and versions[0].number == shown
            if not versions or (
                is_same and (failed == _TRIES or not isinstance(error, ReplacedError))
            ):
                raise
            shown -= is_same
            continue
        if ticket_numbers(version.store, location)[-1:] != [shown]:
            versions = list(versions_of(location, root))
    return versions


def _expose(location: Location, version: Version, root: Path) -> None:
    if version.output.table is not None:
        apply_versions(location, root)
        return
    versions = _Versions(location, root)
    version.store.expose(
        version.output, location.key, scratch=scratch_of(location), versions=versions
    )
