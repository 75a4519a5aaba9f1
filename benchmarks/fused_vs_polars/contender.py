"""One contender, run once in a process of its own: prints wall and CPU time of the run, and the peak of its memory."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from benchmarks.fused_vs_polars import by_hand
from benchmarks.fused_vs_polars.with_glacier import make_pipeline
from glacier_runtime import LocalExecutor

__all__ = ["CONTENDERS"]


def _glacier(
    *, fuse: bool = True, rules: bool = True, durable: bool = True
) -> Callable[[Path], None]:
    def run(root: Path) -> None:
        if not durable:
            os.fsync = _no_fsync  # type: ignore[assignment]
        LocalExecutor(fuse=fuse, root=root).execute(make_pipeline(root, rules=rules), {})

    return run


def _no_fsync(_: object) -> None:
    """Stand in for os.fsync."""


def _by_hand(root: Path, *, checked: bool = False) -> None:
    by_hand.run(root / "data/lake/raw", root / "data/lake/out", checked=checked)


CONTENDERS: Final[Mapping[str, Callable[[Path], None]]] = {
    "by hand": _by_hand,
    "by hand, with the same rules": partial(_by_hand, checked=True),
    "fused": _glacier(),
    "fused, no rules": _glacier(rules=False),
    "fused, no rules, no fsync": _glacier(rules=False, durable=False),
    "task by task": _glacier(fuse=False),
}


def main() -> None:
    name, root = sys.argv[1], Path(sys.argv[2])
    pl.select(pl.lit(1)).lazy().collect(
        engine="streaming"
    )  # threads start here, not in the measurement
    run = CONTENDERS[name]
    start_s, start_cpu_s = time.perf_counter(), time.process_time()
    run(root)
    measured = {
        "wall_s": time.perf_counter() - start_s,
        "cpu_s": time.process_time() - start_cpu_s,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
