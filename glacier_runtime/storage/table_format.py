"""What a format is: what all have, and what those can do that hold the rows of a frame."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal, Protocol, TypeAlias

import polars as pl
from polars.io.partition import SinkedPathsCallbackArgs

__all__ = ["NESTED", "Format", "FormatName", "Sink", "TableFormat"]

NESTED: Final = frozenset[type[pl.DataType]](
    {pl.List, pl.Array, pl.Struct, pl.Binary, pl.Object, pl.Unknown, pl.Duration, pl.Null}
)
"""Dtypes that text has no place for, or that hold others."""

FormatName: TypeAlias = Literal[
    "parquet", "csv", "ndjson", "ipc", "delta", "iceberg", "json", "files"
]


@dataclass(slots=True)
class Sink:
    """A lazy sink, and what it reports once its plan was collected.

    Attributes:
        plan: To be given to `pl.collect_all`.
        address: The file or folder it writes.
        rows_of: Rows by address of each written file; filled while the plan runs, and empty for formats whose sinks report nothing.
    """

    plan: pl.LazyFrame
    address: str
    rows_of: dict[str, int] = field(default_factory=dict[str, int])

    def note(self, written: SinkedPathsCallbackArgs) -> None:
        """Take Polars' report of written files."""
        self.rows_of.update({str(item.path): item.num_rows for item in written.paths})


class Format(Protocol):
    """What every format has."""

    name: ClassVar[FormatName]
    suffixes: ClassVar[tuple[str, ...]]


class TableFormat(ABC):
    """A format that holds the rows of a frame.

    A base class, for asking whether something matches a protocol takes Python a hundred times as long.
    """

    __slots__ = ()

    name: ClassVar[FormatName]
    suffixes: ClassVar[tuple[str, ...]]
    reports_rows: ClassVar[bool]
    partitions: ClassVar[bool] = False
    unstorable: ClassVar[frozenset[type[pl.DataType]]]

    @property
    def written_as(self) -> TableFormat:
        """The format of the files that an attempt writes: this one, unless it is a table with a log of its own."""
        return self

    def holds(self, dtype: pl.DataType) -> bool:
        """Say whether a dtype comes back as it is; of what holds others, its parts are asked about one by one."""
        return type(dtype) not in self.unstorable

    def instead_of(self, dtype: pl.DataType) -> str:
        """Say what to do about a dtype that it does not hold."""
        return "change the column's type"

    def sink_partitioned(self, frame: pl.LazyFrame, folder: str, keys: Sequence[str]) -> Sink:
        """Prepare writing a folder for each value of some columns.

        Raises:
            NotImplementedError: If the format has no partitions.
        """
        raise NotImplementedError

    @abstractmethod
    def scan(
        self,
        files: Sequence[str],
        dtypes: pl.Schema | None,
        partition_keys: Sequence[str] = (),
    ) -> pl.LazyFrame:
        """Read files lazily; `partition_keys` are columns whose values stand in the folder names only."""

    @abstractmethod
    def sink(self, frame: pl.LazyFrame, address: str) -> Sink:
        """Prepare writing one file."""

    @abstractmethod
    def changed_values(self, column: str, dtype: pl.DataType) -> tuple[str, pl.Expr] | None:
        """Say which values of a column would be read back as others: a rule, and where it is broken."""
