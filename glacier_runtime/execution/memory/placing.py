"""Queries put into batches that run one after the other, and what has to be on disk between them."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from glacier_runtime.datasets import Dataset
from glacier_runtime.tasks import AnyTask

__all__ = ["Batch", "Query", "needed_in", "place_queries", "unite"]

_LOOKED_AT: Final = 4  # batches, the last ones: each look asks Polars what it would do


@dataclass(frozen=True, slots=True)
class Query:
    """What one task contributes to the query of its group.

    Attributes:
        task: The task.
        plans: What writes or counts its outputs; none if others alone read them.
    """

    task: AnyTask
    plans: Sequence[pl.LazyFrame]


@dataclass(frozen=True, slots=True)
class Batch:
    """Queries that run as one.

    Attributes:
        tasks: Whose outputs it makes.
        spills: Datasets that later batches read from files.
    """

    tasks: tuple[AnyTask, ...]
    spills: tuple[Dataset, ...] = ()


def place_queries(
    queries: Sequence[Query], fits: Callable[[Sequence[int]], bool]
) -> list[list[int]]:
    """Put each query into the first batch where it fits, and never before one whose outputs it reads.

    Args:
        queries: In an order that respects dependencies.
        fits: Whether some of them, by number, fit into memory together.
    """
    batches: list[list[int]] = []
    earliest: dict[AnyTask, int] = {}  # the first batch that a task's readers may be in
    makers = {d: query.task for query in queries for d in query.task.writes}
    for number, query in enumerate(queries):
        needed = (earliest[makers[d]] for d in query.task.reads if d in makers)
        place = max(needed, default=0)
        if query.plans:
            place = max(place, len(batches) - _LOOKED_AT)
            while place < len(batches) and not fits([*batches[place], number]):
                place += 1
            if place == len(batches):
                batches.append([])
            batches[place].append(number)
        earliest[query.task] = place
    return batches


@dataclass(slots=True)
class _Step:
    """A batch in the making, where it stands among the others, and what it needs from outside of itself."""

    place: float
    tasks: tuple[AnyTask, ...]
    spills: tuple[Dataset, ...]


def unite(
    queries: Sequence[Query], placed: Sequence[Sequence[int]], ways: Mapping[Dataset, str]
) -> tuple[tuple[Batch, ...], frozenset[Dataset]]:
    """Make batches of placed queries, with what must be written for later ones.

    Args:
        queries: In an order that respects dependencies.
        placed: Their numbers, batch by batch.
        ways: What becomes of each dataset that several batches need: `apart`, `spilled`, or `shared` if it can be neither.

    Returns:
        The batches, and the datasets that several of them need.
    """
    steps = [
        _Step(place, tuple(queries[n].task for n in ns), ()) for place, ns in enumerate(placed)
    ]
    makers = {d: query.task for query in queries for d in query.task.writes}
    crossing: set[Dataset] = set()
    spilled: set[Dataset] = set()
    for unit in reversed(_units(queries, ways)):
        users = [step for step in steps if not _needs(step, makers, spilled).isdisjoint(unit)]
        if len(users) <= 1:
            continue
        crossing.update(unit)
        if any(ways[d] == "shared" for d in unit):
            return (Batch(tuple(query.task for query in queries)),), frozenset()
        if ways[unit[0]] == "apart":
            continue
        _spill(unit, users, steps, makers, spilled)
        spilled.update(unit)
    steps.sort(key=lambda step: step.place)
    return tuple(Batch(step.tasks, step.spills) for step in steps), frozenset(crossing)


def needed_in(
    batch: Batch, tasks: Sequence[AnyTask], from_files: Container[Dataset]
) -> list[AnyTask]:
    """Return the tasks that must be called for a batch, in their order.

    Args:
        batch: The batch.
        tasks: Those of the group, in an order that respects dependencies.
        from_files: Datasets that earlier batches have written, and are read from there.
    """
    makers = {dataset: task for task in tasks for dataset in task.writes}
    needs = _needs(_Step(0, batch.tasks, batch.spills), makers, from_files)
    needed = {*batch.tasks, *(makers[dataset] for dataset in needs if dataset in makers)}
    # A source is opened by whoever reads it.
    needed |= {t for t in tasks if any(d in batch.spills and d not in makers for d in t.reads)}
    return [task for task in tasks if task in needed]


def _spill(
    unit: tuple[Dataset, ...],
    users: Sequence[_Step],
    steps: list[_Step],
    makers: Mapping[Dataset, AnyTask],
    spilled: set[Dataset],
) -> None:
    """Write datasets where their task's outputs are written, or else before all who need them.

    What the first of those writes may be needed for it: then they are written in the same step.
    """
    maker = makers.get(unit[0])
    first = min(users, key=lambda step: step.place)
    place = next((step for step in steps if maker in step.tasks), None)
    alone = _Step(first.place - 2.0 ** -len(steps), (), unit)
    if place is None and _needs(alone, makers, spilled).isdisjoint(_writes(first.tasks)):
        steps.append(alone)
        return
    place = place or first
    place.spills += unit


def _writes(tasks: Sequence[AnyTask]) -> set[Dataset]:
    return {dataset for task in tasks for dataset in task.writes}


def _units(queries: Sequence[Query], ways: Mapping[Dataset, str]) -> list[tuple[Dataset, ...]]:
    """Datasets that go one way together, in the order in which they are made: what one task makes, and each source."""
    made = {d for query in queries for d in query.task.writes}
    sources = dict.fromkeys(d for query in queries for d in query.task.reads if d not in made)
    units = [(d,) for d in sources] + [query.task.writes for query in queries]
    kept = (tuple(d for d in unit if d in ways) for unit in units)
    return [unit for unit in kept if unit]


def _needs(
    step: _Step, makers: Mapping[Dataset, AnyTask], spilled: Container[Dataset]
) -> set[Dataset]:
    """What is computed in a step: what its tasks make and read, down to what is read from files by then."""
    waiting = [*_writes(step.tasks), *step.spills]
    found: set[Dataset] = set()
    while waiting:
        dataset = waiting.pop()
        if dataset in found:
            continue
        found.add(dataset)
        maker = makers.get(dataset)
        reads = maker.reads if maker is not None else ()
        waiting += [d for d in reads if d not in spilled or makers.get(d) in step.tasks]
    return found
