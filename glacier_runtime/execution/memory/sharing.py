"""Which shared nodes of a group are shared after all, and which queries run one after the other, so that it fits.

Polars runs one operator that must see everything (a group_by, a sort, a join's build side) at a time, and keeps what is
shared for the others meanwhile: the whole of it. Run apart, each reads files again, and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import polars as pl

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, Problem
from glacier_runtime.execution.memory.budget import MemoryBudget
from glacier_runtime.execution.memory.estimates import Facts, Sizes
from glacier_runtime.execution.memory.plan_reading import (
    Node,
    cache_of,
    explained,
    is_repeatable,
    read_plans,
)
from glacier_runtime.tasks import AnyTask

__all__ = ["Batch", "Query", "Sharing", "SharingDecision", "decide"]

How: TypeAlias = Literal["shared", "apart", "spilled"]
_BLOCKERS: Final = frozenset({"AGGREGATE", "JOIN", "SORT", "UNIQUE", "PIVOT", "UNPIVOT"})
_MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class SharingDecision:
    """What becomes of a dataset that several read.

    Attributes:
        dataset: The dataset.
        how: `shared`: computed once, in one query with all its readers. `apart`: computed for each of several queries,
            which run one after the other. `spilled`: written first, and read back.
        estimated_bytes: What sharing it would hold in memory; 0 if its readers take it as it comes.
        reason: Why, for people.
    """

    dataset: Dataset
    how: How
    estimated_bytes: int
    reason: str


@dataclass(frozen=True, slots=True)
class Query:
    """What one task contributes to the query of its group.

    Attributes:
        task: The task.
        plans: What writes or counts its outputs.
    """

    task: AnyTask
    plans: Sequence[pl.LazyFrame]


@dataclass(frozen=True, slots=True)
class Batch:
    """Queries that run as one.

    Attributes:
        tasks: Whose outputs it makes.
        spills: Datasets that it writes for later batches.
    """

    tasks: tuple[AnyTask, ...]
    spills: tuple[Dataset, ...] = ()


@dataclass(frozen=True, slots=True)
class Sharing:
    """How a group runs.

    Attributes:
        batches: Its queries, one after the other.
        decisions: One for each dataset that several read.
        estimated_bytes: What the largest batch holds.
        warnings: GLC614 for each task whose own query is larger than the budget.
    """

    batches: tuple[Batch, ...]
    decisions: tuple[SharingDecision, ...] = ()
    estimated_bytes: int = 0
    warnings: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Edge:
    """A reader of a shared node: whether something between must see all, and whether that is a join."""

    cache: str
    is_blocked: bool
    is_joined: bool


@dataclass(slots=True)
class _Planner:
    queries: Sequence[Query]
    sizes: Sizes
    roots: Sequence[Node]
    caches: Mapping[str, Node]
    edges: dict[int, list[_Edge]] = field(default_factory=dict)
    held: dict[int, float] = field(default_factory=dict)

    def batch_bytes(self, numbers: Sequence[int]) -> float:
        """Return what the queries of some tasks hold when they run as one."""
        contexts = self._reached(numbers)
        incoming: dict[str, list[_Edge]] = {}
        for node in contexts:
            for edge in self._edges_of(node):
                incoming.setdefault(edge.cache, []).append(edge)
        kept = sum(self.sizes.of_cache(c).bytes for c, edges in incoming.items() if _is_kept(edges))
        return kept + sum(self._held_by(node) for node in contexts)

    def kept_bytes(self, cache: str) -> float:
        """Return what sharing a node with all its readers keeps of it."""
        contexts = self._reached(range(len(self.queries)))
        edges = [e for node in contexts for e in self._edges_of(node) if e.cache == cache]
        return self.sizes.of_cache(cache).bytes if _is_kept(edges) else 0

    def caches_of(self, number: int) -> set[str]:
        """Return the shared nodes that the query of a task comes from."""
        return {node.cache for node in self._reached([number]) if node.cache is not None}

    def _roots_of(self, number: int) -> Sequence[Node]:
        start = sum(len(query.plans) for query in self.queries[:number])
        return self.roots[start : start + len(self.queries[number].plans)]

    def _reached(self, numbers: Sequence[int]) -> list[Node]:
        """The roots of some queries, and each shared node below them once."""
        waiting = [root for number in numbers for root in self._roots_of(number)]
        found: list[Node] = []
        seen: set[str] = set()
        while waiting:
            node = waiting.pop()
            found.append(node)
            below = {edge.cache for edge in self._edges_of(node)} - seen
            seen |= below
            waiting += [self.caches[cache] for cache in sorted(below)]
        return found

    def _edges_of(self, context: Node) -> list[_Edge]:
        if id(context) not in self.edges:
            tops = context.inputs if context.cache is not None and context.inputs else [context]
            self.edges[id(context)] = [e for top in tops for e in _edges(top, False, False)]
        return self.edges[id(context)]

    def _held_by(self, context: Node) -> float:
        if id(context) not in self.held:
            tops = context.inputs if context.cache is not None else [context]
            self.held[id(context)] = sum(self.sizes.held(n) for top in tops for n in _inside(top))
        return self.held[id(context)]


def _edges(node: Node, is_blocked: bool, is_joined: bool) -> Iterator[_Edge]:  # noqa: FBT001
    if node.cache is not None:
        yield _Edge(node.cache, is_blocked, is_joined)
        return
    is_blocked = is_blocked or node.kind in _BLOCKERS or "over(" in node.text
    is_joined = is_joined or node.kind == "JOIN"
    for fed in node.inputs:
        yield from _edges(fed, is_blocked, is_joined)


def _inside(node: Node) -> Iterator[Node]:
    if node.cache is None:
        yield node
        for fed in node.inputs:
            yield from _inside(fed)


def _is_kept(edges: Sequence[_Edge]) -> bool:
    """Whether a shared node is kept whole: for two that must see all, or for one that waits for a join's other side."""
    blocked = [edge for edge in edges if edge.is_blocked]
    return len(blocked) > 1 or (len(edges) > 1 and any(edge.is_joined for edge in blocked))


def decide(
    queries: Sequence[Query],
    shared: Mapping[Dataset, pl.LazyFrame],
    facts: Facts,
    budget: MemoryBudget,
) -> Sharing:
    """Decide how the queries of a group run.

    Args:
        queries: One of each task, in the order of the tasks.
        shared: The datasets that several read, as all of them were given them.
        facts: What is known of files and frames.
        budget: What they may hold at once.
    """
    text = explained([plan for query in queries for plan in query.plans])
    plans = read_plans(text)
    written = {dataset: cache_of(frame) for dataset, frame in shared.items()}
    caches = {d: c for d, (c, _) in written.items() if c is not None and c in plans.caches}
    frames = {cache: shared[dataset].collect_schema() for dataset, cache in caches.items()}
    sizes = Sizes(plans, text, Facts(facts.files, frames, facts.memory_rows))
    planner = _Planner(queries, sizes, plans.roots, plans.caches)
    everyone = [number for number, query in enumerate(queries) if query.plans]
    whole = planner.batch_bytes(everyone)
    tasks = tuple(query.task for query in queries)
    if whole <= budget.limit_bytes:
        decisions = [
            SharingDecision(d, "shared", int(planner.kept_bytes(c)), "fits")
            for d, c in caches.items()
        ]
        return Sharing((Batch(tasks),), tuple(decisions), int(whole))
    placed = _placed(queries, planner, caches, budget, everyone)
    return _settled(
        queries, planner, caches, {d: t for d, (_, t) in written.items()}, placed, budget
    )


def _placed(
    queries: Sequence[Query],
    planner: _Planner,
    caches: Mapping[Dataset, str],
    budget: MemoryBudget,
    everyone: Sequence[int],
) -> list[list[int]]:
    """Put each query into the first batch where it fits; never before one that writes what it reads."""
    batches: list[list[int]] = []
    home: dict[int, int] = {}
    writer = {d: n for n in everyone for d in queries[n].task.writes if d in caches}
    for number in everyone:
        below = planner.caches_of(number)
        needed = [home[w] for d, w in writer.items() if caches[d] in below and w in home]
        first = max(needed, default=0)
        for place in range(first, len(batches)):
            if planner.batch_bytes([*batches[place], number]) <= budget.limit_bytes:
                break
        else:
            place = len(batches)
            batches.append([])
        batches[place].append(number)
        home[number] = place
    return batches


def _settled(
    queries: Sequence[Query],
    planner: _Planner,
    caches: Mapping[Dataset, str],
    texts: Mapping[Dataset, str],
    placed: Sequence[Sequence[int]],
    budget: MemoryBudget,
) -> Sharing:
    below = [set().union(*(planner.caches_of(n) for n in numbers)) for numbers in placed]
    makers = {d: query.task for query in queries for d in query.task.writes}
    home = {n: place for place, numbers in enumerate(placed) for n in numbers}
    batches = [Batch(tuple(queries[n].task for n in numbers)) for numbers in placed]
    extra: dict[int, list[Batch]] = {}
    decisions = []
    for dataset, cache in caches.items():
        users = [place for place, found in enumerate(below) if cache in found]
        size = int(planner.sizes.of_cache(cache).bytes)
        how, why = _how(dataset, makers, texts[dataset], users, budget)
        decisions.append(SharingDecision(dataset, how, size, why))
        if how != "spilled":
            continue
        maker = makers.get(dataset)
        number = next((n for n, q in enumerate(queries) if q.task is maker and q.plans), None)
        if number is not None and home[number] == users[0]:
            batch = batches[users[0]]
            batches[users[0]] = Batch(batch.tasks, (*batch.spills, dataset))
        else:
            extra.setdefault(users[0], []).append(Batch((), (dataset,)))
    ordered = [b for place, batch in enumerate(batches) for b in (*extra.get(place, ()), batch)]
    largest = max(planner.batch_bytes(numbers) for numbers in placed)
    warnings = [
        _oversize(queries[n].task, alone, budget)
        for n in home
        if (alone := planner.batch_bytes([n])) > budget.limit_bytes
    ]
    return Sharing(tuple(ordered), tuple(decisions), int(largest), tuple(warnings))


def _how(
    dataset: Dataset,
    makers: Mapping[Dataset, AnyTask],
    text: str,
    users: Sequence[int],
    budget: MemoryBudget,
) -> tuple[How, str]:
    if len(users) < 2:
        return "shared", "its readers fit into one query"
    over = f"its readers do not fit into {_mib(budget.limit_bytes)} together"
    if dataset in makers and dataset.storage is not None:
        return "spilled", f"{over}; they read what is written of it"
    if not is_repeatable(text):
        return "spilled", f"{over}, and it might come out otherwise the second time"
    if any(word in text for word in (" JOIN", "Csv SCAN", "NDJson SCAN")):
        return "spilled", f"{over}, and it is work to make it again"
    return "apart", f"{over}; each reads its files again"


def _oversize(task: AnyTask, alone: float, budget: MemoryBudget) -> Problem:
    return Problem(
        Code.MEMORY_BUDGET,
        f"the query of task {task.name!r} may hold {_mib(alone)} by itself, and the budget is "
        f"{_mib(budget.limit_bytes)} ({budget.origin}); Glacier cannot make it smaller",
        "filter before joins and group_by, split it into partitions, or give it more memory",
        task.place,
    )


def _mib(size: float) -> str:
    return f"{size / _MIB:,.0f} MiB"
