"""Where a repository begins."""

from __future__ import annotations

from pathlib import Path

__all__ = ["find_root", "is_project"]


def find_root(start: Path) -> Path:
    """Return the nearest folder, from `start` upwards, whose pyproject.toml has a `[tool.glacier]` table.

    Args:
        start: Where to begin, usually the working directory.

    Returns:
        The folder; `start` itself if there is none.
    """
    for folder in (start, *start.parents):
        if is_project(folder):
            return folder
    return start


def is_project(folder: Path) -> bool:
    """Say whether a folder's pyproject.toml has a `[tool.glacier]` table."""
    file = folder / "pyproject.toml"
    return file.is_file() and "[tool.glacier]" in file.read_text(encoding="utf-8", errors="replace")
