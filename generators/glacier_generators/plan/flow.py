"""The order of work: a graph of tasks as nested sequences and parallel branches.

Workflow services know no graphs, only sequences and parallel branches that start together and wait for each other. Any
graph can be written so; the art is to make nobody wait who need not. Parts without a connection are branches. A
connected part gives up its first stages, or its last ones, whichever is shorter, until what remains falls into branches.
So deep down that nobody could read it, a part runs stage by stage instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Seq
from dataclasses import dataclass, field
from typing import Final

from glacier_generators.plan.model import Flow, Parallel, Sequence, Step

__all__ = ["make_flow", "steps"]

Edges = Mapping[str, Seq[str]]

_DEEPEST: Final = 5  # branches within branches


def make_flow(dependencies: Edges) -> Flow:
    """Arrange tasks so that each comes after what it depends on.

    Args:
        dependencies: For each task the tasks it waits for; in an order that respects them, without cycles.

    Returns:
        Every task exactly once.

    Example:
        >>> make_flow({"a": [], "b": ["a"], "c": ["a"]})
        Sequence(parts=(Step(task='a'), Parallel(branches=(Step(task='b'), Step(task='c')))))
    """
    dependents: dict[str, list[str]] = {task: [] for task in dependencies}
    for task, needed in dependencies.items():
        for other in needed:
            dependents[other].append(task)
    return _arranged(list(dependencies), dependencies, dependents, 0)


def steps(flow: Flow) -> Iterable[str]:
    """Yield the tasks of a flow, in the order in which they are written."""
    match flow:
        case Step(task):
            yield task
        case Sequence(inner) | Parallel(inner):
            for part in inner:
                yield from steps(part)


def _arranged(tasks: list[str], needs: Edges, feeds: Edges, depth: int) -> Flow:
    parts = _Components.of(tasks, needs).groups()
    if len(parts) > 1:
        return Parallel(tuple(_arranged(part, needs, feeds, depth + 1) for part in parts))
    if len(tasks) == 1:
        return Step(tasks[0])
    first = _stages(tasks, needs)
    if depth >= _DEEPEST:
        return _sequence(map(_branches, first))
    last = _stages(tasks[::-1], feeds)
    from_front, from_back = _until_split(first, needs), _until_split(last, needs)
    if from_back < from_front:
        before: list[Flow] = []
        after = [_branches(stage[::-1]) for stage in reversed(last[:from_back])]
        rest = {task for stage in last[from_back:] for task in stage}
    else:
        before, after = [_branches(stage) for stage in first[:from_front]], []
        rest = {task for stage in first[from_front:] for task in stage}
    if not rest:
        return _sequence(before)
    remaining = _arranged([task for task in tasks if task in rest], needs, feeds, depth)
    return _sequence([*before, remaining, *after])


def _branches(tasks: Seq[str]) -> Flow:
    return Step(tasks[0]) if len(tasks) == 1 else Parallel(tuple(map(Step, tasks)))


def _sequence(parts: Iterable[Flow]) -> Sequence:
    """Join parts; sequences inside become part of the whole."""
    flat: list[Flow] = []
    for part in parts:
        flat += part.parts if isinstance(part, Sequence) else [part]
    return Sequence(tuple(flat))


def _stages(tasks: Seq[str], needs: Edges) -> list[list[str]]:
    """Group tasks by their distance from the beginning, within themselves."""
    stage_of: dict[str, int] = {}
    for task in tasks:
        before = [stage_of[other] for other in needs[task] if other in stage_of]
        stage_of[task] = max(before, default=-1) + 1
    stages: list[list[str]] = [[] for _ in range(max(stage_of.values()) + 1)]
    for task, stage in stage_of.items():
        stages[stage].append(task)
    return stages


def _until_split(stages: list[list[str]], needs: Edges) -> int:
    """Return how many stages must go before the rest falls apart; all of them if it never does."""
    components = _Components()
    fewest = len(stages)
    for index in range(len(stages) - 1, 0, -1):
        for task in stages[index]:
            components.add(task)
        for task in stages[index]:
            for other in (*needs[task], *components.waiting.pop(task, ())):
                components.join(task, other)
        if components.count > 1:
            fewest = index
    return fewest


@dataclass(slots=True)
class _Components:
    """Connected parts of a growing set of tasks (union and find, by path halving)."""

    parent: dict[str, str] = field(default_factory=dict[str, str])
    waiting: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    count: int = 0

    @classmethod
    def of(cls, tasks: Iterable[str], needs: Edges) -> _Components:
        found = cls()
        for task in tasks:
            found.add(task)
        for task in list(found.parent):
            for other in needs[task]:
                found.join(task, other)
        return found

    def add(self, task: str) -> None:
        self.parent[task] = task
        self.count += 1

    def join(self, task: str, other: str) -> None:
        """Join two tasks; if the other is not there yet, remember it for when it comes."""
        if other not in self.parent:
            self.waiting.setdefault(other, []).append(task)
            return
        one, two = self._root(task), self._root(other)
        if one != two:
            self.parent[one] = two
            self.count -= 1

    def groups(self) -> list[list[str]]:
        found: dict[str, list[str]] = {}
        for task in self.parent:
            found.setdefault(self._root(task), []).append(task)
        return list(found.values())

    def _root(self, task: str) -> str:
        parent = self.parent
        while parent[task] != task:
            parent[task] = parent[parent[task]]
            task = parent[task]
        return task
