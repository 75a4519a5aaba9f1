"""Datasets that no one named: what they are called, and where they lie."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.names import MAX_LENGTH, folded
from glacier_runtime.sources import Source
from glacier_runtime.storage.locations import Location

__all__ = ["Places", "free_name"]


@dataclass(slots=True)
class Places:
    """Where a traced pipeline's datasets come from and go to.

    Attributes:
        storage: The folder of results that no one named; None keeps them in memory.
        sources: What was made of buckets and sources that were passed, by what they are.
        names: Names that those have.

    Raises:
        DefinitionError: GLC107, if `storage` is no folder.
    """

    storage: Location | None
    sources: dict[object, Dataset] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.storage is not None and not self.storage.is_folder:
            raise DefinitionError(
                Problem(
                    code=Code.BAD_CONFIG,
                    message=f"a traced pipeline is given storage={self.storage}, which is no folder",
                    fix="end its path with '/': storage=lake.at('steps/')",
                )
            )

    def source(self, value: Location | Source) -> Dataset:
        """Return the dataset that stands for a place or a source; the same for the same."""
        key = (value.bucket, value.path) if isinstance(value, Location) else id(value)
        if key not in self.sources:
            name = free_name(_source_name(value), self.names)
            self.sources[key] = (
                Dataset(name, storage=value, source=True)
                if isinstance(value, Location)
                else Dataset(name, source=value)
            )
        return self.sources[key]

    def at(self, file: str) -> Location | None:
        """Return the place of a result that no one named."""
        if self.storage is None:
            return None
        return replace(self.storage, path=f"{self.storage.path}{file}")


def free_name(name: str, taken: set[str]) -> str:
    """Return a name like the one that is wanted that is not taken yet, and take it."""
    number, free = 1, name
    while folded(free) in taken:
        number += 1
        free = f"{name}_{number}"
    taken.add(folded(free))
    return free


def _source_name(value: Location | Source) -> str:
    """Name a source by its path, or its class: `raw/flights.parquet` is `raw_flights`."""
    text = (
        str(PurePosixPath(value.path).with_suffix(""))
        if isinstance(value, Location)
        else type(value).__name__
    )
    words = "".join(c.lower() if c.isascii() and c.isalnum() else " " for c in text).split()
    name = "_".join(words)[: MAX_LENGTH - len("_99")].rstrip("_")
    return name if name[:1].isalpha() else f"input_{name}".rstrip("_")
