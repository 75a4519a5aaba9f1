"""What publication and readers need of a table that keeps a log of its own.

Every change that Glacier makes leaves a *mark* in the table's log, in the same transaction: so whoever looks later knows
whether a published version is in the table, and no version gets in twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias
from zlib import crc32

import polars as pl

from glacier_runtime.errors import Code, Problem, StorageError
from glacier_runtime.storage.local_store import LocalStore
from glacier_runtime.storage.moments import AsOf
from glacier_runtime.storage.records import TableChange
from glacier_runtime.storage.stores import Store
from glacier_runtime.storage.versions import Version

__all__ = [
    "ATTEMPT",
    "SLOTS",
    "LakeTable",
    "Mark",
    "Note",
    "Opener",
    "OvertakenError",
    "Part",
    "Place",
    "library_missing",
    "moment_gone",
    "slot_name",
]

SLOTS: Final = (
    64  # more than the versions that are kept, so that a slot is free when it is needed again
)

ATTEMPT: Final = "glacier.attempt"
"""What a change notes of the attempt that made it."""

Part: TypeAlias = Mapping[str, Any]
"""A partition: values by column."""


Note: TypeAlias = Mapping[str, str]
"""What is noted beside a change, for people."""


class OvertakenError(Exception):
    """Somebody else changed the table meanwhile, and nothing was: look again, and try again."""


def slot_name(path: str, number: int) -> str:
    """Return where the mark of a version stands."""
    return f"glacier:{path}:{number % SLOTS}"


@dataclass(frozen=True, slots=True)
class Mark:
    """Stands in a table's log for one published version of Glacier.

    A table has 64 slots for them, so that its log does not grow with its age.

    Attributes:
        slot: Which of the slots.
        text: What is written there, as no other attempt would write it.
        number: The same as a number that rises with the version.
    """

    slot: str
    text: str
    number: int

    @classmethod
    def of(cls, version: Version) -> Mark:
        """Return the mark of a version."""
        attempt = version.record.attempt
        path = version.output.path.rstrip("/")
        number = (version.number << 32) | crc32(attempt.encode())
        return cls(slot_name(path, version.number), f"{version.number} {attempt}", number)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a table lies, and how it is found there.

    Attributes:
        store: The store of its bucket.
        key: The key of its folder.
        bucket: The bucket's logical name.
        table: What is said of it: format, catalog, name.
    """

    store: Store
    key: str
    bucket: str
    table: TableChange

    @property
    def address(self) -> str:
        """What its folder is found by; the table's own log would not know what a relative path counts from."""
        address = self.store.address(self.key)
        return str(Path(address).absolute()) if isinstance(self.store, LocalStore) else address


class LakeTable(Protocol):
    """A table as of one moment, which may not exist yet."""

    @property
    def version(self) -> int | None:
        """The version in the terms of its format; None for a table that holds nothing yet."""
        ...

    @property
    def identity(self) -> str:
        """What no other table, and no other version of it, has; empty if it does not exist."""
        ...

    @property
    def dtypes(self) -> pl.Schema | None:
        """Its columns; None if it does not exist."""
        ...

    @property
    def partition_by(self) -> tuple[str, ...]:
        """The columns that it is partitioned by."""
        ...

    @property
    def is_marked(self) -> bool:
        """Whether Glacier has ever changed it."""
        ...

    @property
    def newest_attempt(self) -> str | None:
        """The attempt that made its newest change; None if it was none of Glacier's."""
        ...

    def has(self, mark: Mark) -> bool:
        """Say whether a version is in it."""
        ...

    def scan(self) -> pl.LazyFrame:
        """Read it lazily, as of this moment."""
        ...

    def change(
        self, change: TableChange, rows: pl.LazyFrame, parts: Sequence[Part], mark: Mark, note: Note
    ) -> None:
        """Change it, and mark that, in one transaction.

        Args:
            change: What is to be done.
            rows: The rows.
            parts: The partitions that they replace, for a change of partitions.
            mark: The mark.
            note: What people shall find in the table's history.

        Raises:
            OvertakenError: If somebody else was first.
        """
        ...


Opener: TypeAlias = Callable[[Place, AsOf | None], LakeTable]
"""Opens a table; as of a moment that is not there, it raises GLC545."""


def library_missing(kind: str, error: ModuleNotFoundError, brought: Sequence[str]) -> StorageError:
    """Say what brings the library of a format, or one that it asks for itself.

    Args:
        kind: The format.
        error: What says which one is missing.
        brought: The packages that the format's extra brings.
    """
    is_brought = (error.name or "").partition(".")[0] in brought
    return StorageError(
        Problem(
            code=Code.TABLE_LIBRARY_MISSING,
            message=f"{kind} tables are read and written through {error.name}, which is not installed",
            fix=(
                f"pip install 'glacier-runtime[{kind}]'"
                if is_brought
                else f"pip install {error.name}; or let the catalog say nothing of files (s3.*, gcs.*, adls.*, "
                "py-io-impl), and Glacier reads and writes them itself"
            ),
        )
    )


def moment_gone(address: str, moment: AsOf, have: str) -> StorageError:
    """Say that a table is not there any more, or not yet, as of a moment."""
    return StorageError(
        Problem(
            code=Code.MOMENT_GONE,
            message=f"{address} cannot be read as of {moment}: {have}",
            fix="ask for a version that is there",
        )
    )
