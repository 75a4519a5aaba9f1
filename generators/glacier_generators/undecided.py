"""Conflicts that people decide in the file: what was generated for it when its marks were written.

Until the marks are gone, nothing is generated, and `.glacier/base/` holds what was generated before. After that, what stands in
the file is an edit of what is noted here. A file that is again as it was before the marks was taken out of git: then nobody
has decided anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from glacier_generators.disk import put, read

__all__ = ["Undecided", "put_undecided", "read_undecided"]

_FILE: Final = ".glacier/undecided.json"


@dataclass(frozen=True, slots=True)
class Undecided:
    """A file with marks.

    Attributes:
        before: The SHA-256 of what it was without them.
        generated: What was generated for it; None, for a file to which generated blocks were moved.
    """

    before: str | None
    generated: str | None


def read_undecided(root: Path) -> dict[str, Undecided]:
    """Return the files in which conflicts were marked, by path."""
    try:
        found = json.loads(read(root / _FILE) or "{}")
        return {path: Undecided(**one) for path, one in found.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def put_undecided(root: Path, files: Mapping[str, Undecided]) -> None:
    """Note files in which conflicts are about to be marked; without any, there is no note.

    Raises:
        OSError: If it cannot be written.
    """
    noted = {path: asdict(one) for path, one in sorted(files.items())}
    put(root, _FILE, json.dumps(noted, indent=2) + "\n" if noted else None)
