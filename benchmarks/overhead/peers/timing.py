"""How every contender is timed: the least of several runs, in CPU time and by the clock, for each task, as JSON."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable


def report(make: Callable[[int], Callable[[], object]], rounds: int) -> None:
    """Time what `make(size)` returns, for each size that is asked for; nothing of Glacier is imported here."""
    found = {}
    for size in map(int, sys.argv[1:]):
        run = make(size)
        run()
        walls, cpus = [], []
        for _ in range(rounds):
            gc.collect()
            gc.disable()
            start, start_cpu = time.perf_counter(), time.process_time()
            run()
            walls.append(time.perf_counter() - start)
            cpus.append(time.process_time() - start_cpu)
            gc.enable()
        found[size] = {
            "wall_us": min(walls) / size * 1e6,
            "cpu_us": min(cpus) / size * 1e6,
        }
    print(json.dumps(found))
