"""How every contender is timed: wall and CPU time of the run, and the peak of the process's memory, as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

_KILLED_FIRST: Final = Path("/proc/self/oom_score_adj")


def report(run: Callable[[Path, Path], Callable[[], None] | None]) -> None:
    """Time what reads tables from one folder and writes results to another; nothing of Glacier is imported here.

    Args:
        run: Is given both folders, and may return what is left to do when the clock has stopped: to write results as Parquet, for
            who keeps them otherwise.
    """
    root = Path(sys.argv[1])
    results = root / "data/lake/out"
    results.mkdir(parents=True)
    if _KILLED_FIRST.exists():  # who takes more memory than there is, and nobody else
        _KILLED_FIRST.write_text("1000", encoding="utf-8")
    start, start_cpu = time.perf_counter(), time.process_time()
    afterwards = run(root / "data/lake/raw", results)
    measured = {
        "wall_s": time.perf_counter() - start,
        "cpu_s": time.process_time() - start_cpu,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    if afterwards is not None:
        afterwards()
    print(json.dumps(measured))
