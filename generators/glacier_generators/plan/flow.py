"""The order of work: a graph of tasks as nested sequences and parallel branches.

Workflow services know no graphs, only sequences and parallel branches that start together and wait for each other. Any
graph can be written so; the art is to make nobody wait who need not.

1. Parts without a connection are branches.
2. Where all that come before wait for nothing that comes after, and all that come after wait for all before, a part is
   cut in two, one after the other. Whatever 1 and 2 can take apart is written without a needless wait.
3. Else somebody has to wait: a part gives up its first stages, or its last ones, whichever are fewer, until what remains
   falls into branches.

Branches within branches so deep that nobody could read them run stage by stage instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Seq
from dataclasses import dataclass
from typing import Final

from glacier_generators.plan.components import Components
from glacier_generators.plan.model import Flow, Parallel, Sequence, Step

__all__ = ["make_flow", "steps"]

Edges = Mapping[str, Seq[str]]

_DEEPEST: Final = 5  # branches within branches


@dataclass(frozen=True, slots=True)
class _Order:
    """What waits for what.

    Attributes:
        needs: For each task those that it waits for.
        feeds: For each task those that wait for it.
        bit: For each task a bit of its own.
        before: For each task the bits of all that have to be done before it.
    """

    needs: Edges
    feeds: Edges
    bit: Mapping[str, int]
    before: Mapping[str, int]


def make_flow(dependencies: Edges) -> Flow:
    """Arrange tasks so that each comes after what it depends on.

    Args:
        dependencies: For each task the tasks it waits for; in an order that respects them, without
            cycles; at least one.

    Returns:
        Every task exactly once.

    Example:
        >>> make_flow({"a": [], "b": ["a"], "c": ["a"]})
        Sequence(parts=(Step(task='a'), Parallel(branches=(Step(task='b'), Step(task='c')))))
    """
    feeds: dict[str, list[str]] = {task: [] for task in dependencies}
    bit = {task: 1 << index for index, task in enumerate(dependencies)}
    before: dict[str, int] = {}
    for task, needed in dependencies.items():
        before[task] = 0
        for other in needed:
            feeds[other].append(task)
            before[task] |= before[other] | bit[other]
    return _arranged(list(dependencies), _Order(dependencies, feeds, bit, before), 0)


def steps(flow: Flow) -> Iterable[str]:
    """Yield the tasks of a flow, in the order in which they are written."""
    match flow:
        case Step(task):
            yield task
        case Sequence(inner) | Parallel(inner):
            for part in inner:
                yield from steps(part)


def _arranged(tasks: list[str], order: _Order, depth: int) -> Flow:
    parts = Components.of(tasks, order.needs).groups()
    if len(parts) > 1:
        return Parallel(tuple(_arranged(part, order, depth + 1) for part in parts))
    if len(tasks) == 1:
        return Step(tasks[0])
    if depth >= _DEEPEST:
        return _sequence(map(_branches, _stages(tasks, order.needs)))
    pieces = _cut(tasks, order)
    if len(pieces) > 1:
        return _sequence(_arranged(piece, order, depth) for piece in pieces)
    return _given_up(tasks, order, depth)


def _cut(tasks: list[str], order: _Order) -> list[list[str]]:
    """Cut tasks into pieces, each of which has to wait for all of those before it anyway."""
    whole = 0
    for task in tasks:
        whole |= order.bit[task]
    # Whoever has to wait for all of the pieces before its own, waits for more tasks than anybody in them.
    rising = sorted(tasks, key=lambda task: (order.before[task] & whole).bit_count())
    pieces: list[list[str]] = [[]]
    earlier = waited_for_by_all = whole
    for task in reversed(rising):
        pieces[-1].append(task)
        earlier ^= order.bit[task]
        waited_for_by_all &= order.before[task]
        if earlier and not earlier & ~waited_for_by_all:
            pieces.append([])
    return [sorted(piece, key=order.bit.__getitem__) for piece in reversed(pieces)]


def _given_up(tasks: list[str], order: _Order, depth: int) -> Flow:
    """Arrange tasks of which some have to wait for others without need."""
    first, last = _stages(tasks, order.needs), _stages(tasks[::-1], order.feeds)
    from_front, from_back = _until_split(first, order.needs), _until_split(last, order.needs)
    if from_back < from_front:
        before: list[Flow] = []
        after = [_branches(stage[::-1]) for stage in reversed(last[:from_back])]
        rest = {task for stage in last[from_back:] for task in stage}
    else:
        before, after = [_branches(stage) for stage in first[:from_front]], []
        rest = {task for stage in first[from_front:] for task in stage}
    if not rest:
        return _sequence(before)
    remaining = _arranged([task for task in tasks if task in rest], order, depth)
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
    components = Components()
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
