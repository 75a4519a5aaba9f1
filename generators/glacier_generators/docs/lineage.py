"""Which datasets a dataset is made from and goes into, and which tasks stand between, in a manifest.

It is known of whole datasets: which column comes from which is in the queries, and not in a manifest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from glacier_runtime.manifest import Manifest, TaskEntry

__all__ = ["Lineage", "Way", "levels", "lineage", "neighbours"]

Neighbours = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Way:
    """How a task reads a dataset.

    Attributes:
        task: The task.
        previous: Whether it reads what was there before the run.
    """

    task: str
    previous: bool


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a manifest says of its datasets together.

    Attributes:
        writers: The task that writes each dataset; sources have none.
        readers: How each dataset is read.
        made_from: The datasets that each one is made from by one task, in their current version.
        goes_into: The same from the other side.
    """

    writers: Mapping[str, str]
    readers: Mapping[str, tuple[Way, ...]]
    made_from: Neighbours
    goes_into: Neighbours


def lineage(manifest: Manifest) -> Lineage:
    """Follow datasets through the tasks of a manifest, in time linear in what those read and write."""
    writers = {made.dataset: task.name for task in manifest.tasks for made in task.outputs}
    readers: dict[str, dict[Way, None]] = {dataset.name: {} for dataset in manifest.datasets}
    above: dict[str, dict[str, None]] = {dataset.name: {} for dataset in manifest.datasets}
    below: dict[str, dict[str, None]] = {dataset.name: {} for dataset in manifest.datasets}
    for task in manifest.tasks:
        for read in task.inputs:
            readers[read.dataset][Way(task.name, read.previous)] = None
        for source, made in _pairs(task):
            above[made][source] = None
            below[source][made] = None
    return Lineage(
        writers,
        {name: tuple(ways) for name, ways in readers.items()},
        {name: tuple(found) for name, found in above.items()},
        {name: tuple(found) for name, found in below.items()},
    )


def neighbours(steps: Neighbours, name: str, most: int) -> tuple[tuple[str, ...], bool]:
    """Find what is more than one step away from a dataset, the nearest first.

    Args:
        steps: `made_from` or `goes_into`.
        name: The dataset.
        most: How many are wanted.

    Returns:
        The datasets, and whether these are all.
    """
    seen = {name, *steps[name]}
    found: list[str] = []
    rank: Iterable[str] = steps[name]
    while rank:
        following = dict.fromkeys(new for one in rank for new in steps[one] if new not in seen)
        seen |= following.keys()
        found += following
        if len(found) > most:
            return tuple(found[:most]), False
        rank = following
    return tuple(found), True


def levels(manifest: Manifest) -> list[list[TaskEntry]]:
    """Return tasks that may run side by side, level by level; the manifest's order respects what tasks wait for."""
    level_of: dict[str, int] = {}
    found: list[list[TaskEntry]] = []
    for task in manifest.tasks:
        level = 1 + max((level_of[needed] for needed in task.depends_on), default=-1)
        level_of[task.name] = level
        if level == len(found):
            found.append([])
        found[level].append(task)
    return found


def _pairs(task: TaskEntry) -> Iterator[tuple[str, str]]:
    for read in task.inputs:
        if not read.previous:
            for made in task.outputs:
                yield read.dataset, made.dataset
