"""Which shared nodes of a group are shared after all, and which queries run one after the other: so that it fits, or takes less."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, Literal, TypeAlias

import polars as pl

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, Problem
from glacier_runtime.execution.memory.budget import MemoryBudget
from glacier_runtime.execution.memory.buffering import Buffers
from glacier_runtime.execution.memory.costs import moved_bytes
from glacier_runtime.execution.memory.estimates import Facts, Sizes
from glacier_runtime.execution.memory.placing import Batch, Query, place_queries, unite
from glacier_runtime.execution.memory.plan_reading import (
    cache_of,
    explained,
    is_repeatable,
    read_plans,
)
from glacier_runtime.execution.memory.spilling import can_spill
from glacier_runtime.tasks import AnyTask

__all__ = ["Sharing", "SharingDecision", "decide"]

Anew: TypeAlias = Callable[[Batch], Sequence[pl.LazyFrame]]
How: TypeAlias = Literal["shared", "apart", "spilled"]
_MIB: Final = 2**20
_PASSING: Final = 0.4  # of its rows a filter lets through, where a warning depends on it
_WORK: Final = ("SORT BY", "Csv SCAN", "NDJson SCAN")


@dataclass(frozen=True, slots=True)
class SharingDecision:
    """What becomes of a dataset that several read.

    Attributes:
        dataset: The dataset.
        how: `shared`: computed once, in one query with all its readers. `apart`: computed for each of several queries,
            which run one after the other. `spilled`: written first, and read back.
        estimated_bytes: What sharing it holds, or would hold, in memory; 0 if its readers take it as it comes.
        reason: Why, for people.
    """

    dataset: Dataset
    how: How
    estimated_bytes: int
    reason: str


@dataclass(frozen=True, slots=True)
class Sharing:
    """How a group runs.

    Attributes:
        batches: Its queries, one after the other.
        decisions: One for each dataset that several read.
        estimated_bytes: What the largest of them holds.
        warnings: GLC614 for each task whose own query is larger than the budget.
    """

    batches: tuple[Batch, ...]
    decisions: tuple[SharingDecision, ...] = ()
    estimated_bytes: int = 0
    warnings: tuple[Problem, ...] = ()


def decide(
    queries: Sequence[Query],
    frames: Mapping[Dataset, pl.LazyFrame],
    facts: Facts,
    budget: MemoryBudget,
    anew: Anew,
) -> Sharing:
    """Decide how the queries of a group run.

    What fits is shared, but for much that is cheap to make again: that is made for each of several queries, which run one
    after the other.

    Args:
        queries: One of each task, in the order of the tasks.
        frames: What the tasks were given and made; who reads the same, was given the same.
        facts: What is known of files, and of what is in memory.
        budget: What they may hold at once.
        anew: Makes the queries of a batch by themselves, where nothing is shared with other batches.
    """
    written = {dataset: cache_of(frame) for dataset, frame in frames.items()}
    ids = {dataset: node for dataset, (node, _) in written.items() if node is not None}
    schemas = {node: frames[dataset].collect_schema() for dataset, node in ids.items()}
    group = _Group(queries, replace(facts, frames=schemas))
    everything = tuple(range(len(queries)))
    whole = group.buffers(everything)
    kept = {d: int(whole.kept(n)) for d, n in ids.items() if n in whole.plans.caches}
    if whole.total <= budget.limit_bytes and whole.all_kept <= budget.light_bytes:
        return _as_one(queries, kept, whole)
    ways = _ways(queries, frames, {dataset: text for dataset, (_, text) in written.items()})
    placed: Sequence[Sequence[int]] = [everything]
    if whole.total <= budget.limit_bytes:
        sharing = _as_one(queries, kept, whole)
    else:
        placed = group.placed(budget.limit_bytes)
        over = f"its readers need more than {_mib(budget.limit_bytes)} together; "
        sharing = _sharing(group, placed, ways, kept, over)
    if facts.is_local and group.most_kept(placed) > budget.light_bytes:
        light = group.placed(min(budget.light_bytes, budget.limit_bytes))
        again = _sharing(group, light, ways, kept, "that takes less than to hold it for all; ")
        if _is_again(again) and group.moved(again, anew) < group.moved(sharing, anew):
            sharing = again
    return replace(sharing, warnings=tuple(_warnings(group, budget)))


class _Group:
    """The queries of a group, and what any of them would hold and move as one.

    Attributes:
        queries: One of each task.
    """

    def __init__(self, queries: Sequence[Query], facts: Facts) -> None:
        self.queries, self._facts = queries, facts
        self.buffers = cache(self._buffers)

    def placed(self, limit_bytes: float) -> list[list[int]]:
        """Put queries into batches that hold no more, by number."""
        return place_queries(self.queries, lambda n: self.held(n) <= limit_bytes)

    def held(self, numbers: Sequence[int]) -> float:
        """Return the bytes that some queries hold as one, if filters let everything through."""
        return self.buffers(tuple(numbers)).total

    def most_kept(self, placed: Iterable[Sequence[int]]) -> float:
        """Return the bytes that one of several batches keeps of what is shared in it."""
        return max(self.buffers(tuple(numbers)).all_kept for numbers in placed)

    def moved(self, sharing: Sharing, anew: Anew) -> float:
        """Return what it takes to run batches, if filters let through what they usually do."""
        plans = map(anew, sharing.batches)
        return sum(moved_bytes(self._estimated(found, _PASSING)) for found in plans if found)

    def _buffers(self, numbers: tuple[int, ...], passing: float = 1.0) -> Buffers:
        return self._estimated([plan for n in numbers for plan in self.queries[n].plans], passing)

    def _estimated(self, plans: Sequence[pl.LazyFrame], passing: float) -> Buffers:
        text = explained(plans)
        found = read_plans(text)
        return Buffers(found, Sizes(found, text, self._facts, passing=passing))


_Ways: TypeAlias = Mapping[Dataset, tuple[How, str]]


def _ways(
    queries: Sequence[Query],
    frames: Mapping[Dataset, pl.LazyFrame],
    texts: Mapping[Dataset, str],
) -> _Ways:
    """Say for each dataset what becomes of it where its readers run one after the other; all that a task makes goes one way."""
    ways: dict[Dataset, tuple[How, str]] = {}
    makers = {d: query.task for query in queries for d in query.task.writes}
    for dataset in frames:
        maker = makers.get(dataset)
        together = [d for d in maker.writes if d in frames] if maker else [dataset]
        is_same = all(is_repeatable(texts[d]) for d in together)
        if any(d.storage is not None for d in together) and maker is not None:
            ways[dataset] = "spilled", "they read what is written of it"
        elif is_same and not any(word in texts[d] for d in together for word in _WORK):
            ways[dataset] = "apart", "each reads its files again"
        elif all(can_spill(frames[d].collect_schema()) for d in together):
            reason = "it is work to make it again" if is_same else "it could come out otherwise"
            ways[dataset] = "spilled", f"{reason}, so it is written once"
        else:
            ways[dataset] = "shared", "no file holds its columns"
    return ways


def _sharing(
    group: _Group,
    placed: Sequence[Sequence[int]],
    ways: _Ways,
    kept: Mapping[Dataset, int],
    because: str,
) -> Sharing:
    """Return how batches run, and what becomes of each dataset that several queries need."""
    batches, crossing = unite(group.queries, placed, {d: how for d, (how, _) in ways.items()})
    decisions = []
    written = (d for d in ways if d in crossing and ways[d][0] == "spilled")
    for dataset in dict.fromkeys((*kept, *written)):
        size = kept.get(dataset, 0)
        how, why = ways[dataset] if dataset in crossing else ("shared", "its readers run as one")
        reason = f"{because}{why}" if dataset in crossing else why
        decisions.append(SharingDecision(dataset, how, size, reason))
    largest = int(max(group.held(numbers) for numbers in placed))
    return Sharing(batches, tuple(decisions), largest)


def _as_one(queries: Sequence[Query], kept: Mapping[Dataset, int], whole: Buffers) -> Sharing:
    decisions = tuple(SharingDecision(d, "shared", size, "it fits") for d, size in kept.items())
    return Sharing((Batch(tuple(q.task for q in queries)),), decisions, int(whole.total))


def _is_again(sharing: Sharing) -> bool:
    """Whether all that several batches need is made again, and nothing is written for them."""
    is_spilling = any(batch.spills for batch in sharing.batches)
    return len(sharing.batches) > 1 and not is_spilling


def _warnings(group: _Group, budget: MemoryBudget) -> Iterator[Problem]:
    for number, query in enumerate(group.queries):
        if query.plans:
            alone = group.buffers((number,), _PASSING).total
            if alone > budget.limit_bytes:
                yield _oversize(query.task, alone, budget)


def _oversize(task: AnyTask, alone: float, budget: MemoryBudget) -> Problem:
    return Problem(
        code=Code.MEMORY_BUDGET,
        message=f"the query of task {task.name!r} may hold about {_mib(alone)} by itself, and the budget is "
        f"{_mib(budget.limit_bytes)} ({budget.origin}); Glacier cannot make it smaller",
        fix="filter before joins and group_by, make it one partition at a time, or give it more memory",
        place=task.place,
        task=task.name,
    )


def _mib(size: float) -> str:
    return f"{size / _MIB:,.0f} MiB"
