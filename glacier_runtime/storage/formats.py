"""File formats: how each is scanned and sunk, which dtypes it cannot hold, and how a sink reports what it wrote.

Files are given by address: a path, or the URI of an object. Polars reads and writes both.
Adding a format means adding one class here and to `FORMATS`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from glob import escape
from typing import ClassVar, Final, Literal, Protocol, TypeAlias

import polars as pl
from polars._typing import PolarsDataType
from polars.io.partition import SinkedPathsCallbackArgs

from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.storage.cloud_access import polars_options

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

FormatName: TypeAlias = Literal["parquet", "csv", "ndjson", "ipc", "json", "files"]


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
    unstorable: ClassVar[frozenset[type[pl.DataType]]]

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


_NESTED: Final = frozenset[type[pl.DataType]](
    {pl.List, pl.Array, pl.Struct, pl.Binary, pl.Object, pl.Unknown, pl.Duration, pl.Null}
)


@dataclass(frozen=True, slots=True)
class CsvFormat(TableFormat):
    """Comma-separated values with a header.

    Attributes:
        separator: One character between values.
        null_values: Spellings of null besides the empty field, such as `NA`.

    Example:
        >>> CsvFormat(separator=";", null_values=("NA",)).name
        'csv'
    """

    name: ClassVar[FormatName] = "csv"
    suffixes: ClassVar[tuple[str, ...]] = (".csv",)
    reports_rows: ClassVar[bool] = False
    unstorable: ClassVar[frozenset[type[pl.DataType]]] = _NESTED

    separator: str = ","
    null_values: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.separator.encode()) != 1:
            raise _format_error(f"CSV separator {self.separator!r:.80} is not one ASCII character")

    def scan(
        self,
        files: Sequence[str],
        dtypes: pl.Schema | None,
        partition_keys: Sequence[str] = (),
    ) -> pl.LazyFrame:
        """Read files lazily, with the declared dtypes by column name, or inferred ones.

        Args:
            files: Paths or URIs.
            dtypes: Columns and dtypes; None infers them.
            partition_keys: Ignored: text files are not partitioned.
        """
        if dtypes is None or len(files) == 1:
            return self._scan(files, dtypes)
        # Files of one folder may have their columns in different orders; one scan of all takes the first one's.
        return pl.concat(self._scan([file], dtypes).select(dtypes.names()) for file in files)

    def _scan(self, files: Sequence[str], dtypes: pl.Schema | None) -> pl.LazyFrame:
        return pl.scan_csv(
            list(files),
            separator=self.separator,
            null_values=list(self.null_values) or None,
            schema_overrides=dtypes,
            infer_schema=dtypes is None,
            try_parse_dates=dtypes is None,
            glob=False,
            **polars_options(files[0]),
        )

    def sink(self, frame: pl.LazyFrame, address: str) -> Sink:
        """Prepare writing one file.

        Args:
            frame: The rows.
            address: Path or URI of the file.
        """
        plan = frame.sink_csv(
            address, separator=self.separator, lazy=True, **polars_options(address)
        )
        return Sink(plan, address)

    def changed_values(self, column: str, dtype: pl.DataType) -> tuple[str, pl.Expr] | None:
        """Say which values would be read back as others: texts that spell null.

        Args:
            column: The column's name.
            dtype: Its dtype.

        Returns:
            The rule, and where it is broken; None if every value comes back as it is.
        """
        if not self.null_values or not isinstance(dtype, pl.String | pl.Categorical | pl.Enum):
            return None
        spelled = ", ".join(map(repr, self.null_values))
        broken = pl.col(column).cast(pl.String).is_in(list(self.null_values))
        return f"not {spelled}, which csv reads as null", broken


@dataclass(frozen=True, slots=True)
class NdjsonFormat(TableFormat):
    """One JSON object a line."""

    name: ClassVar[FormatName] = "ndjson"
    suffixes: ClassVar[tuple[str, ...]] = (".ndjson", ".jsonl")
    reports_rows: ClassVar[bool] = False
    unstorable: ClassVar[frozenset[type[pl.DataType]]] = frozenset(
        {
            pl.Binary,
            pl.Decimal,
            pl.Duration,
            pl.Int16,
            pl.Int8,
            pl.Null,
            pl.Object,
            pl.Time,
            pl.UInt16,
            pl.UInt8,
            pl.Unknown,
        }
    )

    def scan(
        self,
        files: Sequence[str],
        dtypes: pl.Schema | None,
        partition_keys: Sequence[str] = (),
    ) -> pl.LazyFrame:
        """Read files lazily, with the declared dtypes by column name, or inferred ones."""
        # This scan knows no `glob=False`: a bracket in a folder's name would be a pattern.
        escaped = [escape(file) for file in files]
        return pl.scan_ndjson(escaped, schema=dtypes, **polars_options(files[0]))

    def sink(self, frame: pl.LazyFrame, address: str) -> Sink:
        """Prepare writing one file."""
        plan = frame.sink_ndjson(address, lazy=True, **polars_options(address))
        return Sink(plan, address)

    def changed_values(self, column: str, dtype: pl.DataType) -> tuple[str, pl.Expr] | None:
        """Say which values would be read back as others: JSON has no NaN and no infinity."""
        if not dtype.is_float():
            return None
        return "finite, as ndjson must have it", ~pl.col(column).is_finite()


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
        if type(dtype) in refused or (type(dtype) in _NESTED and _kinds(dtype) & refused)
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
