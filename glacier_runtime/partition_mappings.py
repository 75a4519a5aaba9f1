"""Which partitions of what a task reads belong to the one that it makes: pure functions of keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias, get_args, get_origin

__all__ = ["PartitionMapping", "Same", "Whole", "Window", "mapping_of", "without_mapping"]


@dataclass(frozen=True, slots=True)
class Same:
    """The partition of the same key: the default wherever both have a column of that name.

    Where a dataset is partitioned by more columns than the task, these are all partitions of the values that the task has;
    where by fewer, the one that the task's lies in.

    Example:
        >>> from typing import Annotated
        >>> import polars as pl
        >>> from glacier_runtime import Dataset
        >>> flights = Dataset("flights")
        >>> SameDay = Annotated[pl.LazyFrame, flights, Same()]  # as without it
    """


@dataclass(frozen=True, slots=True)
class Whole:
    """All partitions: the default where the two share no column.

    Example:
        >>> from typing import Annotated
        >>> import polars as pl
        >>> from glacier_runtime import Dataset
        >>> flights = Dataset("flights")
        >>> AllFlights = Annotated[pl.LazyFrame, flights, Whole()]
    """


@dataclass(frozen=True, slots=True)
class Window:
    """The partitions around the same key, counted in days, hours or whole numbers; those that are not there are left out.

    Attributes:
        first: The first one, from the task's own: `-6` is six before it.
        last: The last one, which is read too.
        column: The column that is counted, where the two share several that could be.

    Example:
        >>> Window(-6, 0).offsets
        (-6, -5, -4, -3, -2, -1, 0)
    """

    first: int
    last: int
    column: str | None = None

    @property
    def offsets(self) -> tuple[int, ...]:
        """Steps from the task's own partition, in order."""
        return tuple(range(self.first, self.last + 1))


PartitionMapping: TypeAlias = Same | Window | Whole
"""Which partitions of a dataset are read for one partition of what is made."""


def mapping_of(annotation: Any) -> PartitionMapping | None:
    """Return which partitions an annotation asks for: what is said last, which is the outermost."""
    said = [item for item in get_args(annotation)[1:] if isinstance(item, Same | Window | Whole)]
    return said[-1] if said and get_origin(annotation) is Annotated else None


def without_mapping(annotation: Any) -> Any:
    """Return a type without a mapping of partitions, if nothing else is said about it."""
    core, *rest = get_args(annotation) or (annotation,)
    is_mapped = bool(rest) and all(isinstance(item, Same | Window | Whole) for item in rest)
    return core if is_mapped and get_origin(annotation) is Annotated else annotation
