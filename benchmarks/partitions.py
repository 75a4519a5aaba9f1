"""What it costs to make one partition of many again, by how many there are.

Run with `python -m benchmarks.partitions [--rounds 9] [--sizes 10 100 400]`.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import polars as pl
from pydantic import BaseModel

from benchmarks.measuring import interleave, report, shown, spreads, table
from glacier_runtime import Dataset, LocalExecutor, Partition, Pipeline, Provider
from glacier_runtime.config import LocalConfig

FIRST_DAY: Final = date(2015, 1, 1)


class Row(BaseModel):
    """One row, which is all that a day has."""

    day: date
    number: int


lake = Provider(config=LocalConfig()).bucket("lake")
local = Provider(config=LocalConfig()).local()
days = Dataset("days", storage=lake.at("days/"), schema=Row, partition_by="day")


@local.task
def make(day: Partition[date]) -> Annotated[pl.LazyFrame, days]:
    """Make a day."""
    return pl.LazyFrame({"day": [day], "number": [1]})


pipeline = Pipeline(name="days", tasks=[make])


def main() -> None:
    """Measure, and print a table and JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--sizes", nargs="*", type=int, default=[10, 100, 400])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        backfilled = {size: _backfill(Path(folder) / f"{size}", size) for size in options.sizes}
        contenders: dict[str, Callable[[], Mapping[str, float]]] = {
            f"{size:,}": partial(_make_again, Path(folder) / f"{size}", size)
            for size in options.sizes
        }
        measured = interleave(contenders, options.rounds)
    figures = spreads(measured)
    rows = [
        [name, *(shown(value, 1) for value in figures[name].values()), f"{each_ms:.1f}"]
        for name, each_ms in zip(figures, backfilled.values(), strict=True)
    ]
    headings = ["partitions", "one again, CPU ms", "wall ms", "each of a backfill of all, wall ms"]
    told = {"again": figures, "backfill": {f"{n:,}": ms for n, ms in backfilled.items()}}
    report("partitions", table(headings, rows), told, samples=measured)


def _backfill(root: Path, size: int) -> float:
    start_s = time.perf_counter()
    _run(root, range(size))
    return (time.perf_counter() - start_s) / size * 1000


def _make_again(root: Path, size: int) -> Mapping[str, float]:
    start_s, start_cpu_s = time.perf_counter(), time.process_time()
    _run(root, [size // 2])
    return {
        "cpu_ms": (time.process_time() - start_cpu_s) * 1000,
        "wall_ms": (time.perf_counter() - start_s) * 1000,
    }


def _run(root: Path, numbers: Iterable[int]) -> None:
    partitions = [f"day={FIRST_DAY + timedelta(days=number)}" for number in numbers]
    executor = LocalExecutor(root=root, force=True, partitions=partitions, log=False)
    executor.execute(pipeline, {})


if __name__ == "__main__":
    main()
