"""Warm processes for tasks that are bound by Python: each imports the pipeline once, and does one group after the other."""

from __future__ import annotations

import threading
from collections.abc import Collection, Generator
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Self

import polars as pl

from glacier_runtime.execution.processes.spawned import Interrupted, Spawned

__all__ = ["Workers"]

GROUPS_EACH: Final = (
    100  # a process that has done so many is replaced: what libraries hoard goes with it
)


class Workers:
    """A number of processes that any thread may borrow one of; each starts when it is first needed.

    Polars has as many threads in each as there are for all, divided by their number.

    Args:
        size: How many there are at most.
        groups_each: How many groups each does before another takes its place.
    """

    def __init__(self, size: int, *, groups_each: int = GROUPS_EACH) -> None:
        self.size = size
        self._groups_each = groups_each
        self._idle: list[Spawned] = []
        self._lent = 0
        self._is_closed = False
        self._change = threading.Condition()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def lent(self, withheld: Collection[str] = ()) -> Generator[Spawned]:
        """Wait for a process that is free, and have it for a while; one that is ended meanwhile is replaced.

        Args:
            withheld: Variables that a new process does not have.

        Raises:
            Interrupted: If the pool is closed.
        """
        child = self._take(withheld)
        try:
            yield child
        finally:
            self._give_back(child)

    def close(self) -> None:
        """End all processes; those that are lent end when they are given back."""
        with self._change:
            self._is_closed = True
            idle, self._idle = self._idle, []
            self._change.notify_all()
        for child in idle:
            child.end()

    def _take(self, withheld: Collection[str]) -> Spawned:
        with self._change:
            self._change.wait_for(lambda: self._is_closed or self._lent < self.size)
            if self._is_closed:
                raise Interrupted
            self._lent += 1
            child = self._idle.pop() if self._idle else None
        try:
            if child is not None and not child.is_usable:
                child.end()
                child = None
            if child is None:
                threads = max(1, pl.thread_pool_size() // self.size)
                child = Spawned({"POLARS_MAX_THREADS": str(threads)}, withheld)
        except BaseException:
            self._free()
            raise
        child.groups += 1
        return child

    def _give_back(self, child: Spawned) -> None:
        if child.groups >= self._groups_each or self._is_closed:
            child.end()
        with self._change:
            is_kept = child.returncode is None and not child.was_interrupted
            if is_kept and not self._is_closed:
                self._idle.append(child)
        if not is_kept or self._is_closed:
            child.end()
        self._free()

    def _free(self) -> None:
        with self._change:
            self._lent -= 1
            self._change.notify()
