"""One contender, run once in a process of its own: prints wall and CPU time of the run, and the peak of its memory."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import polars as pl

from benchmarks.tpch import by_hand
from benchmarks.tpch.with_glacier import make_pipeline
from glacier_runtime import LocalExecutor
from glacier_runtime.execution.events import Event, GroupShared

__all__ = ["CONTENDERS"]


def _glacier(
    *,
    fuse: bool = True,
    rules: bool = True,
    durable: bool = True,
    stored_steps: bool = False,
    budget_mib: int | None = None,
) -> Callable[[Path], list[str]]:
    def run(root: Path) -> list[str]:
        if budget_mib is not None:
            os.environ["GLACIER_MEMORY_BUDGET_MIB"] = str(budget_mib)
        if not durable:
            os.fsync = _no_fsync  # type: ignore[assignment]
        pipeline = make_pipeline(root, rules=rules, stored_steps=stored_steps)
        warned_of: list[str] = []

        def observe(event: Event) -> None:
            if isinstance(event, GroupShared):
                warned_of.extend(f"{it.code} {it.task}" for it in event.sharing.warnings)

        LocalExecutor(fuse=fuse, root=root, observer=observe).execute(pipeline, {})
        return warned_of

    return run


def _no_fsync(_: object) -> None:
    """Stand in for os.fsync."""


def _by_hand(root: Path) -> list[str]:
    by_hand.run(root / "data/lake/raw", root / "data/lake/out")
    return []


CONTENDERS: Final[Mapping[str, Callable[[Path], list[str]]]] = {
    "by hand": _by_hand,
    "fused": _glacier(),
    "fused, within 800 MiB": _glacier(budget_mib=800),
    "fused, no rules": _glacier(rules=False),
    "fused, no rules, no fsync": _glacier(rules=False, durable=False),
    "task by task, persisted": _glacier(fuse=False, stored_steps=True),
}


def main() -> None:
    """Run one contender."""
    name, root = sys.argv[1], Path(sys.argv[2])
    # Threads start here, not in the measurement.
    pl.select(pl.lit(1)).lazy().collect(engine="streaming")
    start_s, start_cpu_s = time.perf_counter(), time.process_time()
    warned_of = CONTENDERS[name](root)
    measured = {
        "wall_s": time.perf_counter() - start_s,
        "cpu_s": time.process_time() - start_cpu_s,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "warned_of": warned_of,
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
