"""How every contender is timed: CPU time of declaring tasks and of the graph made of them, the least of several, as JSON."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from typing import Any

Stages = tuple[Callable[[], Any] | None, Callable[[Any], object]]
"""What makes tasks of functions, if that is a stage of its own; and what makes a checked graph of these."""


def report(stages: Callable[[int], Stages]) -> None:
    """Time the stages for each size that is asked for, behind the number of rounds; nothing of Glacier is imported here."""
    rounds, *sizes = map(int, sys.argv[1:])
    found: dict[str, float] = {}
    for size in sizes:
        for _ in range(rounds):
            declare, build = stages(size)
            tasks = None
            if declare is not None:
                seconds, tasks = _timed(declare)
                _keep(found, f"{size} declared_us", seconds / size * 1e6)
            seconds, _ = _timed(lambda: build(tasks))  # noqa: B023 (called at once)
            _keep(found, f"{size} graph_us", seconds / size * 1e6)
    print(json.dumps(found))


def reads(number: int) -> tuple[int, int]:
    """Return which datasets a task reads, as the shape "mixed" does: the newest, and one from the middle. Two are sources."""
    return number + 1, number // 2


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    gc.collect()
    gc.disable()
    start = time.process_time()
    made = call()
    passed = time.process_time() - start
    gc.enable()
    return passed, made


def _keep(found: dict[str, float], key: str, value: float) -> None:
    found[key] = min(value, found.get(key, value))
