"""What publication writes down: the files of a version, commit records, and the tickets that name them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

__all__ = [
    "CommitRecord",
    "DataFile",
    "Fingerprint",
    "Output",
    "PartitionPart",
    "TableChange",
    "TableMode",
    "Ticket",
    "Tombstone",
    "attempt_in",
    "attempt_of",
    "commit_name",
    "name_below",
]

_TURN: Final = re.compile(r"~[0-9]+\Z")
_BELOW_ATTEMPTS: Final = 2  # an attempt, and in it the last part of the dataset's path


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


class Fingerprint(BaseModel):
    """What a task's outputs were made from, as digests: two that are equal stand for the same outputs.

    Attributes:
        code: Of the task, and of everything in the project that it calls, by module and name.
        parameters: Of run parameters by name.
        inputs: Which version of each dataset was read, by the dataset's name.
        declared: Of what the task's datasets declare, by name: columns, rules, format.
        libraries: Versions, by distribution.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    code: dict[str, str] = {}
    parameters: dict[str, str] = {}
    inputs: dict[str, str] = {}
    declared: dict[str, str] = {}
    libraries: dict[str, str] = {}


class PartitionPart(BaseModel):
    """One partition of a version: which attempt made it, from what, and how many rows and bytes it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    attempt: str
    rows: int | None
    size_bytes: int
    fingerprint: Fingerprint | None = None


TableMode: TypeAlias = Literal["overwrite", "append", "merge", "overwrite_partition"]


class TableChange(BaseModel):
    """What a version does to a table that keeps a log of its own, to be done once the version is published.

    Attributes:
        format: The table's format.
        mode: Whether rows replace all others, are added, replace those with the same key, or replace whole partitions.
        merge_on: The columns of the key.
        partition_by: The columns that the table is partitioned by.
        catalog: The catalog that knows the table, for formats that need one.
        table: Its name there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    format: Literal["delta", "iceberg"]
    mode: TableMode
    merge_on: tuple[str, ...] = ()
    partition_by: tuple[str, ...] = ()
    catalog: str | None = None
    table: str | None = None


class Output(BaseModel):
    """One dataset's part in a commit: where it is, its files, each complete, and how many rows broke which rule.

    Attributes:
        bucket: The bucket's logical name.
        path: The dataset's path in it.
        attempt_key: Where the attempt wrote it.
        files: Its files; those of partitions that were not made anew lie where earlier attempts wrote them.
        violations: How many rows broke each rule.
        partitions: For a dataset whose task makes one partition at a time, what each holds, by key: `day=2024-01-01`.
        table: What it does to a table that keeps a log of its own; None for files that are the dataset themselves.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    bucket: str
    path: str
    attempt_key: str
    files: tuple[DataFile, ...]
    violations: dict[str, int] = {}
    partitions: dict[str, PartitionPart] = {}
    table: TableChange | None = None

    @property
    def keys(self) -> list[str]:
        """The keys of its files."""
        return [file.key for file in self.files]

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of files, not the one file."""
        return self.attempt_key not in self.keys

    @property
    def rows(self) -> int | None:
        """Rows in all files; None for files that hold no rows."""
        counts = [file.rows for file in self.files]
        return (
            None
            if not counts or None in counts
            else sum(count for count in counts if count is not None)
        )

    def stable_key(self, key: str) -> str:
        """Return where a file of it stands at its stable path, whichever attempt wrote it."""
        return self.path.rstrip("/") + name_below(self.attempt_key, key)

    @property
    def attempts(self) -> frozenset[str]:
        """The attempts that wrote its files, and its own."""
        return frozenset(
            attempt_of(self.attempt_key, key) for key in (self.attempt_key, *self.keys)
        )

    @property
    def size_bytes(self) -> int:
        """Bytes in all files."""
        return sum(file.size_bytes for file in self.files)


class CommitRecord(BaseModel):
    """What one attempt of one group published, whole.

    Attributes:
        format_version: The version of this format.
        attempt: The attempt's id.
        run: The run that it belongs to.
        pipeline: The pipeline's name.
        tasks: The names of the tasks of the group.
        committed_at: When it was published, as the clock of the machine said that did it.
        outputs: What was published.
        fingerprints: What the outputs of each task were made from, by the task's name.
        partition: The key of the one partition that it made: `day=2024-01-01`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    format_version: Literal[1] = 1
    attempt: str
    run: str
    pipeline: str
    tasks: tuple[str, ...]
    committed_at: datetime
    outputs: tuple[Output, ...]
    fingerprints: dict[str, Fingerprint] = {}
    partition: str | None = None


class Ticket(BaseModel):
    """A claim to the next version number of a dataset, void until its commit record exists."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    format_version: Literal[1] = 1
    bucket: str
    commit: str

    @property
    def attempt(self) -> str:
        """The attempt that claims it."""
        return attempt_in(self.commit.rpartition("/")[2])


class Tombstone(BaseModel):
    """What lies in the place of a commit record that somebody else has made impossible: it never happened.

    Attributes:
        format_version: The version of this format.
        revoked_by: Who did, as people read it.
        revoked_at: When, as the clock of that machine said.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    format_version: Literal[1] = 1
    revoked_by: str
    revoked_at: datetime


def commit_name(attempt: str, turn: int = 0) -> str:
    """Return the name of an attempt's commit record.

    Args:
        attempt: The attempt.
        turn: How often it was revoked before, which leaves a tombstone in the place of the record.

    Example:
        >>> commit_name("clean.r1-1-0a1b"), commit_name("clean.r1-1-0a1b", 2)
        ('clean.r1-1-0a1b.json', 'clean.r1-1-0a1b~2.json')
    """
    return f"{attempt}~{turn}.json" if turn else f"{attempt}.json"


def attempt_in(name: str) -> str:
    """Return the attempt whose commit record has a name.

    Example:
        >>> attempt_in("clean.r1-1-0a1b~2.json")
        'clean.r1-1-0a1b'
    """
    return _TURN.sub("", name.removesuffix(".json"))


def name_below(folder: str, key: str) -> str:
    """Return what follows the folder of an attempt in the key of a file, with its slash; nothing for the one file.

    Args:
        folder: Where an attempt wrote a dataset, or a folder that no attempt wrote.
        key: A file in it, or one that another attempt wrote of the same dataset.

    Example:
        >>> name_below("_glacier/flights/attempts/b/flights", "_glacier/flights/attempts/a/flights/day=1/0.parquet")
        '/day=1/0.parquet'
    """
    if key == folder or key.startswith(f"{folder}/"):
        return key.removeprefix(folder)
    attempts = folder.rsplit("/", _BELOW_ATTEMPTS)[0]
    parts = key.removeprefix(f"{attempts}/").split("/", _BELOW_ATTEMPTS)
    return "".join(f"/{part}" for part in parts[_BELOW_ATTEMPTS:])


def attempt_of(folder: str, key: str) -> str:
    """Return the attempt that wrote a file.

    Args:
        folder: Where some attempt wrote the same dataset.
        key: The file.

    Example:
        >>> attempt_of("_glacier/flights/attempts/b/flights", "_glacier/flights/attempts/a/flights/day=1/0.parquet")
        'a'
    """
    attempts = folder.rsplit("/", _BELOW_ATTEMPTS)[0]
    return key.removeprefix(f"{attempts}/").partition("/")[0]
