"""Partitions: which part of a dataset one attempt of a task makes, as a key that folders and records can hold."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PartitionKey"]


@dataclass(frozen=True, slots=True, order=True)
class PartitionKey:
    """The values of the partition columns that one attempt makes, as text that is the same everywhere.

    Attributes:
        values: Columns and their values; dates and times in ISO 8601.

    Example:
        >>> PartitionKey((("day", "2024-01-01"),)).label
        'day=2024-01-01'
    """

    values: tuple[tuple[str, str], ...]

    @property
    def label(self) -> str:
        """The key as records and folders write it."""
        return "/".join(f"{column}={value}" for column, value in self.values)
