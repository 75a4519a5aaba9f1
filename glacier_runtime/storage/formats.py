"""File formats: how each is scanned and sunk, which dtypes it cannot hold, and how a sink reports what it wrote.

Files are given by address: a path, or the URI of an object. Polars reads and writes both.
Adding a format means adding one class, and to `FORMATS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import polars as pl
from polars._typing import PolarsDataType

from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.storage.cloud_access import polars_options
from glacier_runtime.storage.table_format import NESTED, Format, FormatName, Sink, TableFormat
from glacier_runtime.storage.text_formats import CsvFormat, NdjsonFormat

__all__ = [
    "FORMATS",
    "CsvFormat",
    "FilesFormat",
    "Format",
    "FormatName",
    "IpcFormat",
    "JsonFormat",
    "NdjsonFormat",
    "ParquetFormat",
    "Sink",
    "TableFormat",
    "choose_format",
    "unstorable_dtypes",
]


@dataclass(frozen=True, slots=True)
class ParquetFormat(TableFormat):
    """Apache Parquet, zstd-compressed: the default."""

    name: ClassVar[FormatName] = "parquet"
    suffixes: ClassVar[tuple[str, ...]] = (".parquet", ".pq")
    reports_rows: ClassVar[bool] = True
    unstorable: ClassVar[frozenset[type[pl.DataType]]] = frozenset({pl.Object, pl.Unknown})

    def scan(
        self,
        files: Sequence[str],
        dtypes: pl.Schema | None,
        partition_keys: Sequence[str] = (),
    ) -> pl.LazyFrame:
        """Read files lazily; their schema is in them, but for partition keys in folder names."""
        hive_schema = _hive_schema(dtypes, partition_keys)
        return pl.scan_parquet(
            list(files),
            hive_partitioning=bool(partition_keys),
            hive_schema=hive_schema,
            glob=False,
            extra_columns="ignore",
            **polars_options(files[0]),
        )

    def sink(self, frame: pl.LazyFrame, address: str) -> Sink:
        """Prepare writing one file."""
        sink = Sink(frame, address)
        sink.plan = frame.sink_parquet(
            address, lazy=True, sinked_paths_callback=sink.note, **polars_options(address)
        )
        return sink

    def sink_partitioned(self, frame: pl.LazyFrame, folder: str, keys: Sequence[str]) -> Sink:
        """Prepare writing a hive-partitioned folder; the key columns are kept inside the files too."""
        sink = Sink(frame, folder)
        scheme = pl.PartitionBy(folder, key=list(keys), include_key=True)
        sink.plan = frame.sink_parquet(
            scheme,
            mkdir=True,
            lazy=True,
            sinked_paths_callback=sink.note,
            **polars_options(folder),
        )
        return sink

    def changed_values(self, column: str, dtype: pl.DataType) -> tuple[str, pl.Expr] | None:
        """Say which values would be read back as others: none."""
        return None


@dataclass(frozen=True, slots=True)
class IpcFormat(TableFormat):
    """Apache Arrow IPC, also called Feather."""

    name: ClassVar[FormatName] = "ipc"
    suffixes: ClassVar[tuple[str, ...]] = (".arrow", ".ipc", ".feather")
    reports_rows: ClassVar[bool] = True
    unstorable: ClassVar[frozenset[type[pl.DataType]]] = frozenset({pl.Object, pl.Unknown})

    def scan(
        self,
        files: Sequence[str],
        dtypes: pl.Schema | None,
        partition_keys: Sequence[str] = (),
    ) -> pl.LazyFrame:
        """Read files lazily; their schema is in them, but for partition keys in folder names."""
        hive_schema = _hive_schema(dtypes, partition_keys)
        return pl.scan_ipc(
            list(files),
            hive_partitioning=bool(partition_keys),
            hive_schema=hive_schema,
            glob=False,
            **polars_options(files[0]),
        )

    def sink(self, frame: pl.LazyFrame, address: str) -> Sink:
        """Prepare writing one file."""
        sink = Sink(frame, address)
        sink.plan = frame.sink_ipc(
            address, lazy=True, sinked_paths_callback=sink.note, **polars_options(address)
        )
        return sink

    def changed_values(self, column: str, dtype: pl.DataType) -> tuple[str, pl.Expr] | None:
        """Say which values would be read back as others: none."""
        return None


@dataclass(frozen=True, slots=True)
class JsonFormat:
    """One JSON document: a pydantic model or a dict."""

    name: ClassVar[FormatName] = "json"
    suffixes: ClassVar[tuple[str, ...]] = (".json",)


@dataclass(frozen=True, slots=True)
class FilesFormat:
    """Files of any kind, handed to tasks as a path."""

    name: ClassVar[FormatName] = "files"
    suffixes: ClassVar[tuple[str, ...]] = ()


_ALL: Final[tuple[Format, ...]] = (
    ParquetFormat(),
    CsvFormat(),
    NdjsonFormat(),
    IpcFormat(),
    JsonFormat(),
    FilesFormat(),
)
FORMATS: Final[dict[FormatName, Format]] = {kind.name: kind for kind in _ALL}


def choose_format(wanted: Format | str | None, suffix: str, *, is_folder: bool) -> Format:
    """Settle a dataset's format from what was asked for and from its path.

    Args:
        wanted: A format, the name of one, or None to go by the path.
        suffix: The suffix of the path, with its dot; empty for none.
        is_folder: Whether the path is a folder; folders default to parquet.

    Raises:
        DefinitionError: GLC103, if the name is unknown, the suffix says nothing, or the two disagree.

    Example:
        >>> choose_format(None, ".csv", is_folder=False).name
        'csv'
    """
    by_suffix = next((kind for kind in FORMATS.values() if suffix in kind.suffixes), None)
    if wanted is None:
        chosen = FORMATS["parquet"] if is_folder else by_suffix
        if chosen is None:
            raise _format_error(f"no format is known for the suffix {suffix!r:.80}")
        return chosen
    chosen = wanted if not isinstance(wanted, str) else _named(wanted)
    if not _is_format(chosen):
        raise _format_error(f"format {chosen!r:.80} is neither a format nor the name of one")
    if by_suffix is not None and by_suffix.name != chosen.name and chosen.suffixes:
        raise _format_error(f"format {chosen.name!r} does not suit a path that ends in {suffix!r}")
    return chosen


def unstorable_dtypes(kind: Format, dtypes: pl.Schema) -> dict[str, pl.DataType]:
    """Return the columns whose dtype, at any depth, the format cannot hold."""
    if not isinstance(kind, TableFormat):
        return {}
    refused = kind.unstorable
    return {
        name: dtype
        for name, dtype in dtypes.items()
        if type(dtype) in refused or (type(dtype) in NESTED and _kinds(dtype) & refused)
    }


def _hive_schema(dtypes: pl.Schema | None, keys: Sequence[str]) -> dict[str, pl.DataType] | None:
    """The dtypes of partition keys, where they are declared; Polars infers them otherwise."""
    return {key: dtypes[key] for key in keys if key in dtypes} or None if dtypes else None


def _kinds(dtype: PolarsDataType) -> set[type[pl.DataType]]:
    if isinstance(dtype, type):
        return _kinds(dtype())
    if isinstance(dtype, pl.List | pl.Array):
        return {type(dtype)} | _kinds(dtype.inner)
    if isinstance(dtype, pl.Struct):
        return {type(dtype)}.union(*(_kinds(field.dtype) for field in dtype.fields))
    return {type(dtype)}


def _is_format(given: object) -> bool:
    return hasattr(given, "suffixes") and not isinstance(given, type)


def _named(name: str) -> Format:
    found = next((kind for kind in FORMATS.values() if kind.name == name), None)
    if found is None:
        raise _format_error(f"format {name!r:.80} is unknown")
    return found


def _format_error(fault: str) -> DefinitionError:
    names = ", ".join(FORMATS)
    return DefinitionError(
        Problem(
            code=Code.BAD_FORMAT,
            message=fault,
            fix=f"use one of {names}: as the path's suffix, or as Dataset(format=...)",
        )
    )
