"""Wall and CPU time of a call, the collector at rest; of child processes too, where there are any."""

from __future__ import annotations

import gc
import resource
import time
from collections.abc import Callable, Mapping

__all__ = ["clocked"]


def clocked(parts: int, call: Callable[[], object]) -> Callable[[], Mapping[str, float]]:
    """Return a measurement of a call: microseconds of wall and of CPU time for each of its parts."""

    def measure() -> Mapping[str, float]:
        gc.collect()
        gc.disable()
        children_s, own_s, start_s = _children_s(), time.process_time(), time.perf_counter()
        call()
        wall_s = time.perf_counter() - start_s
        cpu_s = time.process_time() - own_s + _children_s() - children_s
        gc.enable()
        return {"wall": wall_s / parts * 1e6, "cpu": cpu_s / parts * 1e6}

    return measure


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
