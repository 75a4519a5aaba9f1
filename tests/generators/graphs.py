"""Graphs of tasks for property tests, and what a flow promises about them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, product

from glacier_generators.plan import model
from glacier_generators.plan.flow import steps
from hypothesis import strategies as st

__all__ = ["SHAPES", "ancestors", "dags", "happens_before", "series_parallel", "shaped"]

Graph = dict[str, list[str]]


@st.composite
def dags(draw: st.DrawFn, most: int = 24) -> Graph:
    """Draw a graph: each task waits for some of those before it."""
    names = [f"task_{number}" for number in range(draw(st.integers(1, most)))]
    return {
        name: sorted(draw(st.sets(st.sampled_from(names[:index]), max_size=4))) if index else []
        for index, name in enumerate(names)
    }


@st.composite
def series_parallel(draw: st.DrawFn, deepest: int = 4) -> Graph:
    """Draw a graph that sequences and branches, five deep at most, can say without a needless wait."""
    graph: Graph = {}

    def grow(depth: int, after: list[str]) -> list[str]:
        """Add tasks that wait for others; return those that the next have to wait for."""
        kind = draw(st.sampled_from(["step", "sequence", "parallel"])) if depth else "step"
        if kind == "step":
            name = f"task_{len(graph)}"
            graph[name] = after
            return [name]
        if kind == "sequence":
            for _ in range(draw(st.integers(2, 3))):
                after = grow(depth - 1, after)
            return after
        ends = [grow(depth - 1, after) for _ in range(draw(st.integers(2, 3)))]
        return [name for end in ends for name in end]

    grow(deepest, [])
    return graph


def shaped(shape: str, size: int) -> Graph:
    """Return a graph of a shape that is hard for somebody."""
    names = [f"task_{number:05}" for number in range(size)]
    return {name: [names[i] for i in SHAPES[shape](index)] for index, name in enumerate(names)}


def _layers(index: int) -> Sequence[int]:
    chance = random.Random(index)
    return (
        sorted({chance.randrange(max(0, index - 60), index) for _ in range(3)})
        if index > 20
        else ()
    )


SHAPES = {
    "chain": lambda index: [index - 1] if index else [],
    "wide": lambda _: [],
    "star": lambda index: [0] if index else [],
    "tree": lambda index: [(index - 1) // 2] if index else [],
    "caterpillar": lambda index: (
        [(index - 1) // 2 * 2] if index else []
    ),  # a chain, a leaf at each joint
    "ladder": lambda index: [other for other in (index - 2, index - 1) if other >= 0],
    "chains": lambda index: [index - 10] if index >= 10 else [],
    "layers": _layers,
}


def ancestors(graph: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
    """Return for each task all that have to be done before it."""
    found: dict[str, set[str]] = {}
    for task, needed in graph.items():
        found[task] = {*needed, *(far for near in needed for far in found[near])}
    return found


def happens_before(flow: model.Flow) -> Iterator[tuple[str, str]]:
    """Yield each pair of tasks of which a flow runs the first before it starts the second."""
    match flow:
        case model.Step():
            return
        case model.Parallel(branches):
            for branch in branches:
                yield from happens_before(branch)
        case model.Sequence(parts):
            for part in parts:
                yield from happens_before(part)
            done: list[str] = []
            for before, after in pairwise(parts):
                done += steps(before)
                yield from product(done, steps(after))
