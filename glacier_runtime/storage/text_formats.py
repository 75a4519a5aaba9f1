"""Formats of text: rows that people and spreadsheets can read, and that keep less of a dtype than Parquet does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from glob import escape
from typing import ClassVar

import polars as pl

from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.storage.cloud_access import polars_options
from glacier_runtime.storage.table_format import NESTED, FormatName, Sink, TableFormat

__all__ = ["CsvFormat", "NdjsonFormat"]


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
    unstorable: ClassVar[frozenset[type[pl.DataType]]] = NESTED

    separator: str = ","
    null_values: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.separator.encode()) != 1:
            raise DefinitionError(
                Problem(
                    code=Code.BAD_FORMAT,
                    message=f"CSV separator {self.separator!r:.80} is not one ASCII character",
                    fix="give one, such as ';'",
                )
            )

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
