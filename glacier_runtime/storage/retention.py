"""How many versions of a dataset are kept, and how long: what `[tool.glacier]` says, where a project is around."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.storage.versions import Version

__all__ = ["KEEP_VERSIONS", "Retention", "read_retention"]

KEEP_VERSIONS: Final = 3  # a reader may still be at work on the versions before the newest
_MOST_DAYS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Retention:
    """Which versions stay: the newest few, and beyond them those that are younger than some age.

    Attributes:
        versions: How many of the newest stay, whatever their age; at least one.
        age: How old a version beyond them must be to go; None lets all of them go.
    """

    versions: int = KEEP_VERSIONS
    age: timedelta | None = None

    def kept(self, versions: Sequence[Version]) -> list[Version]:
        """Return the versions to keep. The partitions that one run made one by one count as one version.

        A run that publishes a hundred partitions makes a hundred versions. Whatever those between hold is in the last one, or
        in the one before the run; so it is if other runs made other partitions meanwhile.

        Args:
            versions: All versions, newest first.
        """
        ends: list[Version] = []
        held: dict[str, set[str]] = (
            {}
        )  # attempts at partitions that the last version of a run holds
        for version in versions:
            parts, run = version.output.partitions, version.record.run
            if version.record.attempt not in held.get(run, ()):
                ends.append(version)
            if not parts:
                held.clear()
            elif run not in held:
                held[run] = {part.attempt for part in parts.values()}
        young = datetime.now(UTC) - (self.age or timedelta())
        return [
            version
            for place, version in enumerate(ends)
            if place < self.versions or version.record.committed_at > young
        ]


def read_retention(root: Path) -> Retention:
    """Return what the project says, or the defaults where there is none.

    Args:
        root: The project's root.

    Raises:
        StorageError: GLC531, if it says something that cannot be meant.
    """
    file = root / "pyproject.toml"
    try:
        changed_ns = file.stat().st_mtime_ns
    except OSError:
        return Retention()
    return _read(file, changed_ns)


@lru_cache(maxsize=8)
def _read(file: Path, _: int) -> Retention:
    import tomllib  # noqa: PLC0415 (a task in a cloud has no project around it)

    try:
        table: object = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return Retention()  # who reads the project itself says what is wrong
    for name in ("tool", "glacier"):
        table = table.get(name, {}) if isinstance(table, Mapping) else {}
    said = table if isinstance(table, Mapping) else {}
    versions, days = said.get("keep_versions", KEEP_VERSIONS), said.get("keep_days")
    if isinstance(versions, bool) or not isinstance(versions, int) or versions < 1:
        raise StorageError(_meaningless("keep_versions", versions, "a number of at least 1"))
    if days is None:
        return Retention(versions)
    if isinstance(days, bool) or not isinstance(days, int | float) or not 0 <= days <= _MOST_DAYS:
        raise StorageError(_meaningless("keep_days", days, "a number of days"))
    return Retention(versions, timedelta(days=days))


def _meaningless(key: str, value: object, wanted: str) -> Problem:
    return Problem(
        code=Code.BAD_RETENTION,
        message=f"[tool.glacier] {key} is {value!r:.80}, which is not {wanted}",
        fix=f"write {key} = 3 below [tool.glacier] in pyproject.toml, or leave it out",
    )
