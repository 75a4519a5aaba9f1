"""Whether a task need not run: what it publishes was made from just what it would be made from now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from glacier_runtime.execution.identity import Origin, Unit, made_from
from glacier_runtime.fingerprints.currency import is_cacheable
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.versions import Version, current_version

__all__ = ["current_versions"]


def current_versions(
    unit: Unit, origin: Origin, places: Sequence[Location], root: Path
) -> list[Version] | None:
    """Return the versions of what a task publishes, if all of them are current; None if it has to run.

    Args:
        unit: The task, and which partition it makes.
        origin: What its outputs would be made from.
        places: Where they lie.
        root: The folder from which relative paths count.

    Raises:
        StorageError: GLC506, if a version was changed by somebody else.
    """
    if origin.doubt is not None or origin.fingerprint is None or not places:
        return None
    if is_cacheable(unit[0]) is not None:
        return None
    versions = [current_version(place, root) for place in places]
    found = [version for version in versions if version is not None]
    is_current = all(made_from(version, unit) == origin.fingerprint for version in found)
    return found if is_current and len(found) == len(versions) else None
