"""File formats: how each is scanned and sunk, which dtypes it cannot hold, and how a sink reports what it wrote.

Files are given by address: a path, or the URI of an object. Polars reads and writes both.
Adding a format means adding one class, and to `FORMATS`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

import polars as pl
from polars._typing import PolarsDataType

from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.storage.columnar_formats import IpcFormat, ParquetFormat
from glacier_runtime.storage.lake_formats import DeltaFormat, IcebergFormat, LakeFormat
from glacier_runtime.storage.table_format import NESTED, Format, FormatName, Sink, TableFormat
from glacier_runtime.storage.text_formats import CsvFormat, NdjsonFormat

__all__ = [
    "FORMATS",
    "CsvFormat",
    "DeltaFormat",
    "FilesFormat",
    "Format",
    "FormatName",
    "IcebergFormat",
    "IpcFormat",
    "JsonFormat",
    "LakeFormat",
    "NdjsonFormat",
    "ParquetFormat",
    "Sink",
    "TableFormat",
    "choose_format",
    "unstorable_dtypes",
]


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
    DeltaFormat(),
    IcebergFormat(),
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
    return {
        name: dtype
        for name, dtype in dtypes.items()
        if not kind.holds(dtype)
        or (type(dtype) in NESTED and not all(map(kind.holds, _parts(dtype))))
    }


def _parts(dtype: PolarsDataType) -> Iterator[pl.DataType]:
    """Yield a dtype, and all that it holds."""
    whole = dtype() if isinstance(dtype, type) else dtype
    assert isinstance(whole, pl.DataType)
    yield whole
    inner = [whole.inner] if isinstance(whole, pl.List | pl.Array) else []
    inner += [field.dtype for field in whole.fields] if isinstance(whole, pl.Struct) else []
    for part in inner:
        yield from _parts(part)


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
