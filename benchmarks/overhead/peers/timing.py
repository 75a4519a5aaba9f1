"""How every contender is timed: the least of several runs, in CPU time and by the clock, for each task, as JSON.

The first run of what was made anew is told apart. Whatever a tool does before (decorators, a driver that is built) is in neither.
CPU time is that of the process and of those that it started, as a server.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

_FRESH: Final = 3
_TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")
_USER, _SYSTEM = 11, 12  # among the fields of /proc/PID/stat that stand behind the command's name


def report(shapes: Mapping[str, Callable[[int], Callable[[], object]]], rounds: int) -> None:
    """Time what a shape of some size returns, for each `shape:size` that is asked for; nothing of Glacier is imported here."""
    found = {}
    for make in shapes.values():
        make(2)()  # what is imported late, and servers that are started, are no part of a run
    for asked in sys.argv[1:]:
        shape, _, digits = asked.partition(":")
        make, size = shapes[shape], int(digits)
        run = make(size)
        firsts = [_seconds(run)[1]]
        walls, cpus = zip(*(_seconds(run) for _ in range(rounds)), strict=True)
        firsts += [_seconds(make(size))[1] for _ in range(min(rounds, _FRESH) - 1)]
        found[f"{asked} wall_us"] = min(walls) / size * 1e6
        found[f"{asked} cpu_us"] = min(cpus) / size * 1e6
        found[f"{asked} first_cpu_us"] = min(firsts) / size * 1e6
    print(json.dumps(found))


def _seconds(run: Callable[[], object]) -> tuple[float, float]:
    """Return how long a run takes, by the clock and in CPU time, the collector at rest."""
    gc.collect()
    gc.disable()
    served, start, start_cpu = _served_s(), time.perf_counter(), time.process_time()
    run()
    passed = time.perf_counter() - start, time.process_time() - start_cpu + _served_s() - served
    gc.enable()
    return passed


def _served_s() -> float:
    """Return the CPU time of the processes that were started and still run, where the system tells."""
    ticks = 0
    for process in _children(os.getpid()):
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2]
        ticks += sum(int(fields.split()[place]) for place in (_USER, _SYSTEM))
    return ticks / _TICKS_A_SECOND


def _children(process: int) -> Iterator[int]:
    for listing in Path(f"/proc/{process}/task").glob("*/children"):
        for child in map(int, listing.read_text(encoding="utf-8").split()):
            yield child
            yield from _children(child)
