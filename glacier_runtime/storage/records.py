"""What publication writes down: the files of a version, commit records, and the tickets that name them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

__all__ = ["CommitRecord", "DataFile", "Output", "Ticket"]


class DataFile(BaseModel):
    """One file of a version.

    Attributes:
        key: Where it lies in its bucket.
        rows: How many rows it holds; None for files that hold no rows.
        size_bytes: Its size.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    key: str
    rows: int | None
    size_bytes: int


class Output(BaseModel):
    """One dataset's part in a commit: where it is, its files, each complete, and how many rows broke which rule."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    bucket: str
    path: str
    attempt_key: str
    files: tuple[DataFile, ...]
    violations: dict[str, int] = {}

    @property
    def keys(self) -> list[str]:
        """The keys of its files."""
        return [file.key for file in self.files]

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

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    format_version: Literal[1] = 1
    attempt: str
    run: str
    pipeline: str
    tasks: tuple[str, ...]
    committed_at: datetime
    outputs: tuple[Output, ...]


class Ticket(BaseModel):
    """A claim to the next version number of a dataset, void until its commit record exists."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    format_version: Literal[1] = 1
    bucket: str
    commit: str

    @property
    def attempt(self) -> str:
        """The attempt that claims it."""
        return self.commit.rpartition("/")[2].removesuffix(".json")
