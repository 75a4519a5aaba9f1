"""What publishing costs: runs of tasks that each publish one row, on a local disk, beside those that keep it in memory."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Final
from unittest.mock import patch

import polars as pl

from benchmarks.measuring import Figures, Rounds, interleave, shown, table
from glacier_runtime import Dataset, LocalExecutor, Pipeline, Provider
from glacier_runtime.config import LocalConfig
from glacier_runtime.tasks import AnyTask

__all__ = ["measured", "shown_commits"]

SIZES: Final = (1, 10)


def measured(root: Path, rounds: int) -> Rounds:
    """Return milliseconds for each commit, the CPU's and the clock's."""
    contenders: dict[str, Callable[[], Mapping[str, float]]] = {}
    # One after the other, each anew: every task is a group, and every group a commit.
    executor = LocalExecutor(root=root, log=False, force=True, parallel=1)
    for size in SIZES:
        for row, stored, durable in (
            ("in memory", False, True),
            ("published, no fsync", True, False),
            ("published", True, True),
        ):
            pipeline = _one_row_each(size, stored=stored)
            call = partial(_run, executor, pipeline, durable=durable)
            contenders[f"{size}, {row}"] = call
    return interleave(contenders, rounds)


def shown_commits(figures: Figures) -> str:
    """Return the figures as a table."""
    rows = [[row, *(shown(value) for value in values.values())] for row, values in figures.items()]
    return table(["datasets in a run", "CPU ms each", "wall ms each"], rows)


def _one_row_each(size: int, *, stored: bool) -> Pipeline:
    provider = Provider(config=LocalConfig())
    bucket = provider.bucket(f"lake{size}")
    tasks: list[AnyTask] = []
    for number in range(size):
        storage = bucket.at(f"made_{number}.parquet") if stored else None
        made = Dataset(f"made_{number}", storage=storage)

        @provider.local().task(name=f"make_{number}")
        def make() -> Annotated[pl.DataFrame, made]:
            return pl.DataFrame({"n": [1]})

        tasks.append(make)
    return Pipeline(name="one_row_each", tasks=tasks)


def _run(executor: LocalExecutor, pipeline: Pipeline, *, durable: bool) -> Mapping[str, float]:
    gc.collect()
    gc.disable()
    with _syncing(durable=durable):
        start_s, start_cpu_s = time.perf_counter(), time.process_time()
        executor.execute(pipeline, {})
        wall_s, cpu_s = time.perf_counter() - start_s, time.process_time() - start_cpu_s
    gc.enable()
    size = len(pipeline.tasks)
    return {"cpu_ms": cpu_s / size * 1e3, "wall_ms": wall_s / size * 1e3}


@contextmanager
def _syncing(*, durable: bool) -> Generator[None]:
    """Let files and folders be forced to the disk, or not."""
    if durable:
        yield
        return
    with patch.object(os, "fsync", lambda _: None):
        yield
