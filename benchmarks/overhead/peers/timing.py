"""How every contender is timed: the least of several runs, in CPU time and by the clock, for each task, as JSON.

The first run of what was made anew is told apart. Whatever a tool does before (decorators, a driver that is built) is in neither.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from typing import Final

_FRESH: Final = 3


def report(make: Callable[[int], Callable[[], object]], rounds: int) -> None:
    """Time what `make(size)` returns, for each size that is asked for; nothing of Glacier is imported here."""
    found = {}
    for size in map(int, sys.argv[1:]):
        run = make(size)
        run()
        walls, cpus = zip(*(_seconds(run) for _ in range(rounds)), strict=True)
        firsts = [_seconds(make(size))[1] for _ in range(min(rounds, _FRESH))]
        found[size] = {
            "wall_us": min(walls) / size * 1e6,
            "cpu_us": min(cpus) / size * 1e6,
            "first_cpu_us": min(firsts) / size * 1e6,
        }
    print(json.dumps(found))


def _seconds(run: Callable[[], object]) -> tuple[float, float]:
    """Return how long a run takes, by the clock and in CPU time, the collector at rest."""
    gc.collect()
    gc.disable()
    start, start_cpu = time.perf_counter(), time.process_time()
    run()
    passed = time.perf_counter() - start, time.process_time() - start_cpu
    gc.enable()
    return passed
