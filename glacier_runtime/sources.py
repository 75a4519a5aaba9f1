"""Sources: whatever rows come from, seen by a run as a frame and by the infrastructure as a place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import polars as pl

__all__ = ["GivenSource", "Source", "SourceMetadata"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMetadata:
    """What is known of a source without reading its rows.

    Attributes:
        kind: What it is: `bucket`, or a word of its author's, such as `http` or `postgres`.
        location: Where it is, for people: a path, a URI, a host and a table. No credentials: it is shown and written down.
        description: What it holds.
        columns: Names and dtypes, as far as they are known.

    Example:
        >>> SourceMetadata(kind="http", location="https://example.org/rates.csv").kind
        'http'
    """

    kind: str
    location: str
    description: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class Source(Protocol):
    """Where rows come from: a bucket's path, or a class of your own with these two methods.

    Given as `Dataset(..., source=MySource())`, or passed to a task in a traced pipeline.

    A class may have a third method, `fingerprint() -> str`: a text that changes whenever its rows may. Without it, tasks that
    read the source run each time.

    Example:
        >>> class Primes(Source):
        ...     def scan(self) -> pl.LazyFrame:
        ...         return pl.LazyFrame({"prime": [2, 3, 5]})
        ...     def get_metadata(self) -> SourceMetadata:
        ...         return SourceMetadata(kind="computed", location="memory")
        >>> Primes().scan().collect().height
        3
    """

    def scan(self) -> pl.LazyFrame:
        """Return the rows, lazily; called once by each task that reads them."""
        ...

    def get_metadata(self) -> SourceMetadata:
        """Say what it is and where, without reading rows."""
        ...


@dataclass(frozen=True, slots=True)
class GivenSource:
    """What a task gets that asks for a source: rows as the run has pinned them, and what was declared for all else.

    Attributes:
        frame: The rows.
        declared: The bucket's path or the object that gives them; None for what has no storage.
    """

    frame: pl.LazyFrame
    declared: object

    def scan(self) -> pl.LazyFrame:
        """Return the rows, lazily."""
        return self.frame

    def read(self) -> pl.DataFrame:
        """Return the rows."""
        return self.frame.collect()

    def get_metadata(self) -> SourceMetadata:
        """Say what it is and where."""
        if isinstance(self.declared, Source):
            return self.declared.get_metadata()
        return SourceMetadata(kind="dataset", location=str(self.declared or "memory"))

    def __getattr__(self, name: str) -> object:
        return getattr(self.declared, name)
