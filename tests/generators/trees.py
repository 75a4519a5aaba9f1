"""Folders as data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

__all__ = ["read_tree", "write_tree"]


def read_tree(root: Path) -> dict[str, bytes]:
    """Return every file below a folder; a folder that is empty counts as a file that ends in a slash."""
    return {
        file.relative_to(root).as_posix()
        + ("/" if file.is_dir() else ""): (b"" if file.is_dir() else file.read_bytes())
        for file in sorted(root.rglob("*"))
        if file.is_file() or not any(file.iterdir())
    }


def write_tree(root: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files below a folder."""
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
