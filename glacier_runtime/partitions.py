"""Partitions: which part of a dataset one attempt of a task makes, as a key that folders and records can hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

__all__ = ["NULL_FOLDER", "PartitionKey", "hive_folder", "text_fault", "values_in_path"]

NULL_FOLDER: Final = "__HIVE_DEFAULT_PARTITION__"
"""What Hive, Spark and Polars write in a folder's name for null."""

# What Polars leaves as it is in folder names, besides letters, digits and "_.-~"; all else is percent-encoded.
_PLAIN: Final = "!\"#$&'()*+,;<>?@[\\]^`{|}"
_LONGEST_FOLDER: Final = 255  # bytes of one name, in the file systems that there are
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True, order=True)
class PartitionKey:
    """The values of the partition columns that one attempt makes, as text that is the same everywhere.

    Attributes:
        values: Columns and their values; dates and times in ISO 8601.

    Example:
        >>> key = PartitionKey((("day", "2024-01-01"), ("region", "eu")))
        >>> key.label
        'day=2024-01-01/region=eu'
        >>> key.columns
        ('day', 'region')
    """

    values: tuple[tuple[str, str], ...]

    @property
    def label(self) -> str:
        """The key as records and command lines write it."""
        return "/".join(f"{column}={value}" for column, value in self.values)

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns, in order."""
        return tuple(column for column, _ in self.values)

    def of(self, column: str) -> str:
        """Return the value of a column that it has."""
        return dict(self.values)[column]

    def __str__(self) -> str:
        return self.label


def text_fault(column: str, text: str) -> str | None:
    """Say what keeps a text from being the value of a partition, in a folder's name and in a label; None for nothing.

    Example:
        >>> text_fault("region", "../eu")
        "holds '/', which separates columns"
        >>> text_fault("region", "eu west") is None
        True
    """
    is_long = len(hive_folder(column, text).encode(errors="replace")) > _LONGEST_FOLDER
    faults = {
        "is empty": not text,
        "holds '/', which separates columns": "/" in text,
        "holds characters that cannot be seen": _CONTROL.search(text) is not None,
        "begins or ends with a blank": text != text.strip(),
        "is how null is written": text == NULL_FOLDER,
        f"makes a folder's name of more than {_LONGEST_FOLDER} bytes": is_long,
    }
    return next((fault for fault, is_so in faults.items() if is_so), None)


def hive_folder(column: str, text: str) -> str:
    """Return the folder that Polars writes the rows of one value of a column to.

    Args:
        column: The column.
        text: The value, as Polars casts it to a string.

    Example:
        >>> hive_folder("hour", "2024-01-01 05:00:00.000000")
        'hour=2024-01-01%2005%3A00%3A00.000000'
    """
    return f"{column}={quote(text, safe=_PLAIN, errors='replace')}"


def values_in_path(key: str, columns: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return what the folders around a file say of partition columns; None if they do not say it of each.

    Example:
        >>> values_in_path("clean/flights/day=2024-01-01/00000000.parquet", ("day",))
        ('2024-01-01',)
    """
    pairs = (part.partition("=") for part in key.split("/")[:-1])
    said = {column: text for column, equals, text in pairs if equals}
    found = tuple(unquote(said[column]) for column in columns if column in said)
    return found if len(found) == len(columns) else None
