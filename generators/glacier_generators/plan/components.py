"""Which tasks are connected, in a set that grows (union and find, by path halving)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["Components"]


@dataclass(slots=True)
class Components:
    """Connected parts of a set of tasks.

    Attributes:
        parent: For each task another of its part, or itself.
        waiting: For each task that is not there yet, those that are connected with it.
        count: How many parts there are.
    """

    parent: dict[str, str] = field(default_factory=dict[str, str])
    waiting: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    count: int = 0

    @classmethod
    def of(cls, tasks: Iterable[str], needs: Mapping[str, Sequence[str]]) -> Components:
        """Return the parts of some tasks, connected by what they need among themselves."""
        found = cls()
        for task in tasks:
            found.add(task)
        for task in list(found.parent):
            for other in needs[task]:
                found.join(task, other)
        return found

    def add(self, task: str) -> None:
        """Take in a task, as a part of its own."""
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
        """Return the parts, in the order in which their first tasks came."""
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
