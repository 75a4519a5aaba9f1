"""What writing a run down costs: `python -m benchmarks.run_log [--rounds 15]`.

Events of pipelines whose tasks do nothing are handed to a run log, which writes them to a real file: with declared columns,
as most datasets have them. CPU time and wall time are told apart, for the last line is forced to the disk.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from itertools import count
from pathlib import Path
from typing import Annotated

import polars as pl
from pydantic import create_model

from benchmarks.measuring import Figures, Rounds, interleave, report, shown, spreads, table
from glacier_runtime import Dataset, Provider
from glacier_runtime.config import LocalConfig
from glacier_runtime.execution.events import GroupFinished, GroupStarted, RunFinished, RunStarted
from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.results import DatasetResult
from glacier_runtime.history.log import RunLog

SIZES = (10, 100, 1000)
COLUMNS = 10
_runs = count()


def main() -> None:
    """Measure, and print tables and JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder), options.rounds)
    figures = spreads(found)
    report("run log", shown_events(figures), {"run_log": figures}, samples=found)


def measured(root: Path, rounds: int) -> Rounds:
    """Return what an event, the beginning and the end of a run cost, by the number of tasks."""
    contenders: dict[str, Callable[[], Mapping[str, float]]] = {
        f"{size:,} tasks": partial(_write_down, _groups(size), root) for size in SIZES
    }
    return interleave(contenders, rounds)


def shown_events(figures: Figures) -> str:
    """Return the figures as a table."""
    rows = [
        [name, *(shown(interval, 1) for interval in values.values())]
        for name, values in figures.items()
    ]
    return table(["run of", "µs an event", "CPU µs an event", "beginning, ms", "end, ms"], rows)


def _groups(size: int) -> tuple[Group, ...]:
    provider = Provider(config=LocalConfig())
    row = create_model("Row", **dict.fromkeys((f"c{n}" for n in range(COLUMNS)), int))  # type: ignore[call-overload]  # fields by name
    groups = []
    for number in range(1, size + 1):
        made = Dataset(f"made_{number}", schema=row)

        @provider.local().task(name=f"make_{number}")
        def make() -> Annotated[pl.LazyFrame, made]:
            return pl.LazyFrame()

        groups.append(Group(number, (make,), "no lazy neighbour"))
    return tuple(groups)


def _write_down(groups: tuple[Group, ...], root: Path) -> Mapping[str, float]:
    run = f"r{next(_runs)}"
    log = RunLog(root, observers=(), beside_data=False, keep=20)
    made = [DatasetResult(group.writes[0], 1000, 123_456, None, 7) for group in groups]
    gc.collect()
    gc.disable()
    start_s = time.perf_counter()
    log(RunStarted(run, groups, "benchmark"))
    begun_s, begun_cpu_s = time.perf_counter(), time.process_time()
    for group, result in zip(groups, made, strict=True):
        log(GroupStarted(group, 1))
        log(GroupFinished(group, 0.1, (result,)))
    done_s, done_cpu_s = time.perf_counter(), time.process_time()
    log(RunFinished(run, 1.0))
    end_s = time.perf_counter()
    gc.enable()
    events = 2 * len(groups)
    return {
        "us_per_event": (done_s - begun_s) / events * 1e6,
        "cpu_us_per_event": (done_cpu_s - begun_cpu_s) / events * 1e6,
        "beginning_ms": (begun_s - start_s) * 1e3,
        "end_ms": (end_s - done_s) * 1e3,
    }


if __name__ == "__main__":
    main()
