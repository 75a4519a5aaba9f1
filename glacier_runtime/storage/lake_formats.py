"""Formats that are tables with a log of their own: Delta Lake and Apache Iceberg, through their libraries.

What a task returns is written as Parquet to a place of its attempt, as for every other format. What these formats say is how
that becomes a change of the table, once it is published (see `storage/lake`). Their libraries are not needed here.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, TypeAlias, get_args

import polars as pl

from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.storage.columnar_formats import ParquetFormat
from glacier_runtime.storage.records import TableChange, TableMode
from glacier_runtime.storage.table_format import FormatName, Sink, TableFormat

__all__ = ["DeltaFormat", "IcebergFormat", "LakeFormat", "TableFault", "table_faults"]

TableFault: TypeAlias = tuple[str, str]
"""What is wrong with how a dataset uses such a format, and the way out."""

_WRITTEN: Final = ParquetFormat()
_PLAIN: Final = frozenset[type[pl.DataType]](
    {
        pl.Boolean,
        pl.Int32,
        pl.Int64,
        pl.Float32,
        pl.Float64,
        pl.Decimal,
        pl.String,
        pl.Binary,
        pl.Date,
    }
)
_CLOSEST: Final[dict[type[pl.DataType], str]] = {
    **dict.fromkeys((pl.Int8, pl.Int16, pl.UInt8, pl.UInt16), "Int32"),
    **dict.fromkeys((pl.UInt32, pl.UInt64, pl.Duration), "Int64"),
    **dict.fromkeys((pl.Categorical, pl.Enum, pl.Time), "String"),
    **dict.fromkeys((pl.Int128, pl.UInt128), "Decimal"),
    pl.Array: "List",
    pl.Float16: "Float32",
}
_TIME_ZONES: Final = frozenset({None, "UTC"})


@dataclass(frozen=True, slots=True)
class LakeFormat(TableFormat):
    """What Delta and Iceberg share; see `DeltaFormat`.

    Attributes:
        mode: What a published version does to the table.
        merge_on: The columns of the key, for `mode="merge"`.
    """

    suffixes: ClassVar[tuple[str, ...]] = ()
    reports_rows: ClassVar[bool] = True
    unstorable: ClassVar[frozenset[type[pl.DataType]]] = frozenset()
    replaces_columns: ClassVar[bool]
    """Whether rows that replace all others may have other columns."""

    mode: TableMode = "overwrite"
    merge_on: str | tuple[str, ...] = ()

    def __post_init__(self) -> None:
        keys = (self.merge_on,) if isinstance(self.merge_on, str) else tuple(self.merge_on)
        object.__setattr__(self, "merge_on", keys)
        modes = ", ".join(map(repr, get_args(TableMode)))
        if self.mode not in get_args(TableMode):
            raise _bad(f"{self.name} has mode {self.mode!r:.80}", f"use one of {modes}")
        if self.mode == "merge" and not keys:
            raise _bad(
                f"{self.name} merges, and no key says which rows are the same", "add merge_on='id'"
            )
        if self.mode != "merge" and keys:
            fault = (
                f"{self.name} has a key to merge on, and mode {self.mode!r}, which does not merge"
            )
            raise _bad(fault, "use mode='merge', or drop merge_on=")

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that rows are merged on; none in other modes."""
        return (self.merge_on,) if isinstance(self.merge_on, str) else self.merge_on

    @property
    def written_as(self) -> TableFormat:
        """The format of the files of an attempt: Parquet."""
        return _WRITTEN

    def change(self, partition_by: Sequence[str] = ()) -> TableChange:
        """Return what is to be done to a table, as commit records keep it.

        Args:
            partition_by: The columns that the table is partitioned by, if it has to be made.
        """
        return TableChange(
            format=self._kind(),
            mode=self.mode,
            merge_on=self.keys,
            partition_by=tuple(partition_by),
        )

    def instead_of(self, dtype: pl.DataType) -> str:
        """Say what to do about a dtype that it does not hold: what comes closest and comes back as it is."""
        closest = _CLOSEST.get(type(dtype), "")
        if isinstance(dtype, pl.Datetime):
            closest = "Datetime('us')" if dtype.time_zone is None else "Datetime('us', 'UTC')"
        return f"use {closest}" if closest else "change the column's type"

    def scan(
        self,
        files: Sequence[str],
        dtypes: pl.Schema | None,
        partition_keys: Sequence[str] = (),
    ) -> pl.LazyFrame:
        """Read files of an attempt lazily; the table itself is read by `storage/lake`."""
        return _WRITTEN.scan(files, dtypes, partition_keys)

    def sink(self, frame: pl.LazyFrame, address: str) -> Sink:
        """Prepare writing one file of an attempt."""
        return _WRITTEN.sink(frame, address)

    def changed_values(self, column: str, dtype: pl.DataType) -> tuple[str, pl.Expr] | None:
        """Say which values would be read back as others: none, for such dtypes are refused."""
        return None

    @abstractmethod
    def _kind(self) -> Literal["delta", "iceberg"]:
        """Return the format's name as records keep it."""


@dataclass(frozen=True, slots=True)
class DeltaFormat(LakeFormat):
    """A Delta Lake table (extra `delta`): append, overwrite, merge, time travel, and other writers beside Glacier.

    Attributes:
        mode: What a published version does to the table: `overwrite` replaces its rows, `append` adds to them, `merge`
            replaces the rows with the same key and adds the others, `overwrite_partition` replaces the partitions that
            it has rows of.
        merge_on: The columns of the key, for `mode="merge"`; the dataset must say that they are `unique`.

    Raises:
        DefinitionError: GLC544, if the options contradict each other.

    Example:
        >>> DeltaFormat(mode="merge", merge_on="id").keys
        ('id',)
    """

    name: ClassVar[FormatName] = "delta"
    replaces_columns: ClassVar[bool] = True

    def holds(self, dtype: pl.DataType) -> bool:
        """Say whether the table gives back a dtype as it is: Delta counts in signed numbers, microseconds and UTC."""
        return type(dtype) in _PLAIN | {pl.Int8, pl.Int16} or _is_plain_nested(dtype)

    def _kind(self) -> Literal["delta", "iceberg"]:
        return "delta"


@dataclass(frozen=True, slots=True)
class IcebergFormat(LakeFormat):
    """An Apache Iceberg table (extra `iceberg`): as Delta, found through a catalog.

    Attributes:
        mode: As in `DeltaFormat`.
        merge_on: As in `DeltaFormat`.
        catalog: The catalog for tables in object stores, by the name that PyIceberg's configuration gives it
            (`~/.pyiceberg.yaml`, `PYICEBERG_CATALOG__<NAME>__URI`). In a bucket that is a folder the catalog is always
            the SQLite file `_glacier/iceberg.db` in it.
        table: The table's name in that catalog, such as `sales.flights`; by default the bucket's name and the path,
            with `_` for everything that is neither letter nor digit.

    Raises:
        DefinitionError: GLC544, if the options contradict each other.

    Example:
        >>> IcebergFormat(mode="append", catalog="prod", table="sales.flights").catalog
        'prod'
    """

    name: ClassVar[FormatName] = "iceberg"
    replaces_columns: ClassVar[bool] = False

    catalog: str | None = None
    table: str | None = None

    def __post_init__(self) -> None:
        LakeFormat.__post_init__(self)
        if self.table is not None and self.table.count(".") != 1:
            fault = f"iceberg has table={self.table!r:.80}, which is not namespace.table"
            raise _bad(fault, "write table='sales.flights'")

    def holds(self, dtype: pl.DataType) -> bool:
        """Say whether the table gives back a dtype as it is: a list of structs that is null comes back as empty."""
        return type(dtype) in _PLAIN or _is_plain_nested(dtype, structs_in_lists=False)

    def change(self, partition_by: Sequence[str] = ()) -> TableChange:
        """Return what is to be done to a table, as commit records keep it.

        Args:
            partition_by: The columns that the table is partitioned by, if it has to be made.
        """
        known = {"catalog": self.catalog, "table": self.table}
        return LakeFormat.change(self, partition_by).model_copy(update=known)

    def _kind(self) -> Literal["delta", "iceberg"]:
        return "iceberg"


def table_faults(
    kind: LakeFormat,
    nullable: dict[str, bool] | None,
    keys: Sequence[tuple[str, ...]],
    partition_by: Sequence[str],
    *,
    is_source: bool,
    is_folder: bool,
) -> list[TableFault]:
    """Say what is wrong with how a dataset uses such a format.

    Args:
        kind: The format.
        nullable: Whether each declared column may be null; None without a schema.
        keys: The columns whose values the dataset says are unique.
        partition_by: Its partition columns.
        is_source: Whether no task makes it.
        is_folder: Whether it lies in a folder of its own.
    """
    faults = []
    if not is_folder:
        faults.append((f"is a {kind.name} table, and no folder", "end its path with '/'"))
    if is_source:
        return faults
    if kind.mode == "overwrite_partition" and not partition_by:
        fix = "add partition_by=, or use mode='overwrite'"
        faults.append(("overwrites partitions, and has none", fix))
    if kind.keys and set(kind.keys) not in [set(key) for key in keys]:
        shown = ", ".join(kind.keys)
        fault = f"merges on {shown}, which it does not declare unique: of two rows with one key either could win"
        faults.append((fault, f"add unique={kind.keys if len(kind.keys) > 1 else shown!r}"))
    loose = [key for key in kind.keys if nullable is not None and nullable.get(key, False)]
    if loose:
        fault = f"merges on {', '.join(loose)}, which may be null, and null is never the same row"
        faults.append((fault, "declare it without None"))
    return faults


def _is_plain_nested(dtype: pl.DataType, *, structs_in_lists: bool = True) -> bool:
    """Judge what holds others by itself; its parts are asked about one by one."""
    if isinstance(dtype, pl.Datetime):
        return dtype.time_unit == "us" and dtype.time_zone in _TIME_ZONES
    if isinstance(dtype, pl.List):
        return structs_in_lists or not isinstance(dtype.inner, pl.Struct)
    return isinstance(dtype, pl.Struct)


def _bad(fault: str, fix: str) -> DefinitionError:
    return DefinitionError(Problem(code=Code.BAD_TABLE_OPTIONS, message=fault, fix=fix))
