"""Tasks that are bound by Python, in the pipeline's process and in processes of `local(workers=N)`; and what a process costs.

Run with `python -m benchmarks.workers [--rounds 7] [--tasks 8]`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import polars as pl

from benchmarks.measuring import interleave, ratio, report, shown, spread, table
from glacier_runtime import Dataset, Provider
from glacier_runtime.config import LocalConfig
from glacier_runtime.execution.attempt import Inputs, run_group
from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.processes.apart import run_group_apart
from glacier_runtime.execution.processes.workers import Workers
from glacier_runtime.execution.publishing import Attempt
from glacier_runtime.tasks import AnyTask

_STEPS: Final = 2_000_000
_here = Provider(config=LocalConfig()).local()
_counted = Dataset("counted")
_nothing = Dataset("nothing")


@_here.task
def count() -> Annotated[pl.DataFrame, _counted]:
    """Do what only Python can, for about a quarter of a second."""
    return pl.DataFrame({"n": [sum(step * step % 7 for step in range(_STEPS))]})


@_here.task
def nothing() -> Annotated[pl.DataFrame, _nothing]:
    """Return at once."""
    return pl.DataFrame({"n": [1]})


def _run(task: AnyTask, root: Path, workers: Workers | None, *, apart: bool) -> None:
    group = Group(1, (task,), "alone")
    attempt = Attempt("benchmark", "benchmark", "benchmark", root)
    inputs = Inputs({}, {}, {}, {})
    kept = frozenset(task.writes)
    if apart:
        run_group_apart(group, __name__, inputs, attempt, kept, timeout_s=None, workers=workers)
    else:
        run_group(group, inputs, attempt.target, kept)


def _side_by_side(
    task: AnyTask, root: Path, tasks: int, workers: Workers | None, *, apart: bool
) -> Mapping[str, float]:
    start_s = time.perf_counter()
    with ThreadPoolExecutor(tasks) as threads:
        for done in [threads.submit(_run, task, root, workers, apart=apart) for _ in range(tasks)]:
            done.result()
    return {"seconds": time.perf_counter() - start_s}


def main() -> None:
    """Measure, and print a table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--tasks", type=int, default=8)
    given = options.parse_args()
    root = Path(tempfile.mkdtemp())
    size = os.cpu_count() or 1
    with Workers(size) as pool, Workers(1) as one:
        contenders = {
            "threads": partial(_side_by_side, count, root, given.tasks, None, apart=False),
            "workers": partial(_side_by_side, count, root, given.tasks, pool, apart=True),
            "no-op, here": partial(_side_by_side, nothing, root, 1, None, apart=False),
            "no-op, warm": partial(_side_by_side, nothing, root, 1, one, apart=True),
            "no-op, new": partial(_side_by_side, nothing, root, 1, None, apart=True),
        }
        measured = interleave(contenders, given.rounds)
    shutil.rmtree(root)
    seconds = {name: [one["seconds"] for one in found] for name, found in measured.items()}
    gain = ratio(seconds["threads"], seconds["workers"])
    rows = [[name, shown(spread(values), 3)] for name, values in seconds.items()]
    body = (
        f"{given.tasks} tasks side by side, {size} processes: {shown(gain)} times as fast as threads.\n\n"
        + table(["", "seconds"], rows)
    )
    report("workers", body, {"gain": gain}, samples=measured)


if __name__ == "__main__":
    main()
