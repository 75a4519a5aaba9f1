"""Time travel: the version or the moment as of which data is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from glacier_runtime.errors import Code, DefinitionError, Problem

__all__ = ["AsOf"]


@dataclass(frozen=True, slots=True)
class AsOf:
    """Says that a task reads a dataset as it once was: `Annotated[pl.LazyFrame, flights, AsOf(version=3)]`.

    Such an input adds no edge to the graph: what is read was there before the run.

    Attributes:
        version: The number of a version: Delta's, the id of an Iceberg snapshot, or Glacier's own for other formats.
        timestamp: A moment, with a time zone: the newest version that was committed then or before.

    Raises:
        DefinitionError: GLC546, unless exactly one of the two is given, and a moment has a time zone.

    Example:
        >>> AsOf(version=3)
        AsOf(version=3, timestamp=None)
    """

    version: int | None = None
    timestamp: datetime | None = None

    def __post_init__(self) -> None:
        if (self.version is None) == (self.timestamp is None):
            raise _bad("AsOf takes a version or a timestamp, one of them")
        version: Any = self.version  # whatever a type checker would have said of them
        moment: Any = self.timestamp
        if version is not None and not (isinstance(version, int) and version >= 0):
            raise _bad(f"AsOf has version={version!r:.80}, which is no version's number")
        if moment is not None and not (isinstance(moment, datetime) and moment.tzinfo is not None):
            raise _bad(f"AsOf has timestamp={moment!r:.80}, which is no moment with a time zone")

    def __str__(self) -> str:
        return (
            f"version {self.version}"
            if self.timestamp is None
            else f"{self.timestamp:%Y-%m-%dT%H:%M:%S%z}"
        )


def _bad(fault: str) -> DefinitionError:
    fix = "write AsOf(version=3) or AsOf(timestamp=datetime(2024, 1, 1, tzinfo=UTC))"
    return DefinitionError(Problem(code=Code.BAD_AS_OF, message=fault, fix=fix))
