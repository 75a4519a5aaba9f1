"""Formats of columns: Parquet and Arrow IPC, which keep every dtype, and partitions as folders."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal, get_args

import polars as pl

from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.storage.cloud_access import polars_options
from glacier_runtime.storage.table_format import FormatName, Sink, TableFormat

__all__ = ["IpcCompression", "IpcFormat", "ParquetCompression", "ParquetFormat"]

ParquetCompression = Literal["zstd", "lz4", "snappy", "gzip", "brotli", "uncompressed"]
IpcCompression = Literal["uncompressed", "lz4", "zstd"]


class _ColumnarFormat(TableFormat):
    """What formats of columns share: values come back as they were, and folders by partition are written in one pass."""

    __slots__ = ()

    reports_rows: ClassVar[bool] = True
    partitions: ClassVar[bool] = True
    unstorable: ClassVar[frozenset[type[pl.DataType]]] = frozenset({pl.Object, pl.Unknown})

    def scan(
        self,
        files: Sequence[str],
        dtypes: pl.Schema | None,
        partition_keys: Sequence[str] = (),
    ) -> pl.LazyFrame:
        """Read files lazily; their schema is in them, but for partition keys in folder names.

        Args:
            files: Paths or URIs.
            dtypes: Columns and dtypes, for those of partition keys; None infers them.
            partition_keys: Columns whose values stand in the folder names only.
        """
        return self._reader()(
            list(files),
            hive_partitioning=bool(partition_keys),
            hive_schema=_hive_schema(dtypes, partition_keys),
            glob=False,
            **polars_options(files[0]),
        )

    def sink(self, frame: pl.LazyFrame, address: str) -> Sink:
        """Prepare writing one file.

        Args:
            frame: The rows.
            address: Path or URI of the file.
        """
        return self._sink(frame, address, address)

    def sink_partitioned(self, frame: pl.LazyFrame, folder: str, keys: Sequence[str]) -> Sink:
        """Prepare writing a hive-partitioned folder; the key columns are kept inside the files too.

        Args:
            frame: The rows.
            folder: Path or URI of the folder.
            keys: The columns whose values make folders.
        """
        scheme = pl.PartitionBy(folder, key=list(keys), include_key=True)
        return self._sink(frame, folder, scheme)

    def changed_values(self, column: str, dtype: pl.DataType) -> tuple[str, pl.Expr] | None:
        """Say which values would be read back as others: none.

        Args:
            column: The column's name.
            dtype: Its dtype.
        """
        return None

    @abstractmethod
    def _reader(self) -> Callable[..., pl.LazyFrame]:
        """Return what scans files of this format."""

    @abstractmethod
    def _sink(self, frame: pl.LazyFrame, address: str, target: str | pl.PartitionBy) -> Sink:
        """Prepare writing to a file or to a folder of partitions."""


@dataclass(frozen=True, slots=True)
class ParquetFormat(_ColumnarFormat):
    """Apache Parquet: the default.

    Attributes:
        compression: How pages are compressed.
        compression_level: How hard, for zstd (1 to 22), gzip (0 to 9) and brotli (0 to 11); None takes the usual level.
        row_group_size: Rows in a row group; None lets Polars choose.
        statistics: Whether least and greatest values are noted, by which readers skip row groups.

    Raises:
        DefinitionError: GLC103, if an option has no such value.

    Example:
        >>> ParquetFormat(compression="zstd", compression_level=12, row_group_size=100_000).name
        'parquet'
    """

    name: ClassVar[FormatName] = "parquet"
    suffixes: ClassVar[tuple[str, ...]] = (".parquet", ".pq")

    compression: ParquetCompression = "zstd"
    compression_level: int | None = None
    row_group_size: int | None = None
    statistics: bool = True

    def __post_init__(self) -> None:
        _require_one_of("parquet", self.compression, get_args(ParquetCompression))
        levels = _LEVELS.get(self.compression, range(0))
        if self.compression_level is not None and self.compression_level not in levels:
            shown = f"{levels[0]} to {levels[-1]}" if levels else "none"
            fault = f"parquet has compression_level={self.compression_level!r:.80}"
            raise _bad_option(fault, f"{self.compression} knows {shown}")
        if self.row_group_size is not None and self.row_group_size < 1:
            fault = f"parquet has row_group_size={self.row_group_size!r:.80}"
            raise _bad_option(fault, "give at least 1, or None")

    def _reader(self) -> Callable[..., pl.LazyFrame]:
        return partial(pl.scan_parquet, extra_columns="ignore")

    def _sink(self, frame: pl.LazyFrame, address: str, target: str | pl.PartitionBy) -> Sink:
        sink = Sink(frame, address)
        sink.plan = frame.sink_parquet(
            target,
            compression=self.compression,
            compression_level=self.compression_level,
            row_group_size=self.row_group_size,
            statistics=self.statistics,
            mkdir=not isinstance(target, str),
            lazy=True,
            sinked_paths_callback=sink.note,
            **polars_options(address),
        )
        return sink


@dataclass(frozen=True, slots=True)
class IpcFormat(_ColumnarFormat):
    """Apache Arrow IPC, also called Feather.

    Attributes:
        compression: How buffers are compressed; `uncompressed` files can be mapped into memory.

    Raises:
        DefinitionError: GLC103, if there is no such compression.

    Example:
        >>> IpcFormat(compression="zstd").name
        'ipc'
    """

    name: ClassVar[FormatName] = "ipc"
    suffixes: ClassVar[tuple[str, ...]] = (".arrow", ".ipc", ".feather")

    compression: IpcCompression = "uncompressed"

    def __post_init__(self) -> None:
        _require_one_of("ipc", self.compression, get_args(IpcCompression))

    def _reader(self) -> Callable[..., pl.LazyFrame]:
        return pl.scan_ipc

    def _sink(self, frame: pl.LazyFrame, address: str, target: str | pl.PartitionBy) -> Sink:
        sink = Sink(frame, address)
        sink.plan = frame.sink_ipc(
            target,
            compression=self.compression,
            mkdir=not isinstance(target, str),
            lazy=True,
            sinked_paths_callback=sink.note,
            **polars_options(address),
        )
        return sink


_LEVELS = {"zstd": range(1, 23), "gzip": range(10), "brotli": range(12)}


def _require_one_of(name: str, compression: str, known: tuple[str, ...]) -> None:
    if compression not in known:
        fix = f"use one of {', '.join(map(repr, known))}"
        raise _bad_option(f"{name} has compression={compression!r:.80}", fix)


def _bad_option(fault: str, fix: str) -> DefinitionError:
    return DefinitionError(Problem(code=Code.BAD_FORMAT, message=fault, fix=fix))


def _hive_schema(dtypes: pl.Schema | None, keys: Sequence[str]) -> dict[str, pl.DataType] | None:
    """The dtypes of partition keys, where they are declared; Polars infers them otherwise."""
    return {key: dtypes[key] for key in keys if key in dtypes} or None if dtypes else None
