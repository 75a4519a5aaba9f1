"""What queries hold when they run as one: what is shared and must wait, and what operators keep until they saw everything.

Polars runs one operator that must see everything (a group_by, a sort, a join's build side) at a time, and keeps what is
shared for the others meanwhile: the whole of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from glacier_runtime.execution.memory.estimates import Sizes
from glacier_runtime.execution.memory.plan_reading import Node, Plans

__all__ = ["BLOCKERS", "Buffers"]

BLOCKERS: Final = frozenset({"AGGREGATE", "JOIN", "SORT", "UNIQUE", "PIVOT"})
"""What must see all of what it is given, or of one side, before it is done."""


@dataclass(frozen=True, slots=True)
class _Edge:
    """A reader of a shared node: whether something between must see all, whether that is a join, and who reads."""

    cache: str
    is_blocked: bool
    is_joined: bool
    reader: str | None


@dataclass(frozen=True)
class Buffers:
    """Estimates for plans that run as one.

    Attributes:
        plans: The plans.
        sizes: The sizes of their nodes.
    """

    plans: Plans
    sizes: Sizes

    @cached_property
    def total(self) -> float:
        """The bytes that all plans hold when they run as one."""
        return self.all_kept + sum(map(self.sizes.held, self.nodes))

    @cached_property
    def all_kept(self) -> float:
        """The bytes that are kept of all shared nodes."""
        return sum(map(self.kept, self._incoming))

    @cached_property
    def nodes(self) -> list[Node]:
        """What is done, each once: shared nodes themselves do nothing."""
        return [n for context in self._contexts for top in _tops(context) for n in _inside(top)]

    def kept(self, cache: str) -> float:
        """Return the bytes that are kept of a shared node."""
        return self.sizes.of_cache(cache).bytes if _is_kept(cache, self._incoming) else 0

    @cached_property
    def _contexts(self) -> list[Node]:
        """The roots, and each shared node once."""
        return [*self.plans.roots, *self.plans.caches.values()]

    @cached_property
    def _incoming(self) -> dict[str, list[_Edge]]:
        incoming: dict[str, list[_Edge]] = {}
        for context in self._contexts:
            reader = context.cache if context.inputs else None
            for edge in (e for top in _tops(context) for e in _edges(top, reader)):
                incoming.setdefault(edge.cache, []).append(edge)
        return incoming


def _tops(context: Node) -> Sequence[Node]:
    """Where what a context does begins: a shared node itself does nothing."""
    return context.inputs if context.cache is not None and context.inputs else [context]


def _edges(
    node: Node, reader: str | None, *, is_blocked: bool = False, is_joined: bool = False
) -> Iterator[_Edge]:
    if node.cache is not None:
        yield _Edge(node.cache, is_blocked, is_joined, reader)
        return
    is_blocked = is_blocked or node.kind in BLOCKERS or "over(" in node.text
    is_joined = is_joined or node.kind == "JOIN"
    for fed in node.inputs:
        yield from _edges(fed, reader, is_blocked=is_blocked, is_joined=is_joined)


def _inside(node: Node) -> Iterator[Node]:
    if node.cache is None:
        yield node
        for fed in node.inputs:
            yield from _inside(fed)


def _is_kept(cache: str, incoming: Mapping[str, Sequence[_Edge]]) -> bool:
    """Whether a shared node is kept whole: for two that must see all, or for one that waits for a join's other side."""
    edges = incoming.get(cache, ())
    waiting = sum(_waits(edge, incoming) for edge in edges)
    return waiting > 1 or (len(edges) > 1 and any(edge.is_joined for edge in edges))


def _waits(edge: _Edge, incoming: Mapping[str, Sequence[_Edge]]) -> bool:
    """Whether a reader takes rows only at its turn: a shared node does, if one of its own readers does."""
    if edge.is_blocked or edge.reader is None:
        return edge.is_blocked
    return any(_waits(above, incoming) for above in incoming.get(edge.reader, ()))
