"""What the schema dry run costs beside bare Polars: the same functions, called with empty frames in a loop.

The child process imports the project, so it reads every signature again; that is part of what it takes for each task.
What it takes once is the time of a dry run of one task, beside importing Polars and pydantic alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import polars as pl

from benchmarks.checks.clocks import clocked
from benchmarks.checks.importable import SIZE_VARIABLE
from benchmarks.checks.synthetic import declare, undeclared
from glacier_runtime import Pipeline
from glacier_runtime.checks.dry_run import dry_run
from glacier_runtime.tasks import AnyTask

__all__ = ["BARE", "IMPORTS", "MANY", "ONE", "SIGNATURES", "contenders"]

SIZE: Final = 1000
ONE: Final = "dry run of 1 task"
MANY: Final = f"dry run of {SIZE:,} tasks"
BARE: Final = f"bare Polars, {SIZE:,} tasks"
SIGNATURES: Final = f"declaring {SIZE:,} tasks"
IMPORTS: Final = "`import polars; from pydantic import BaseModel`"

Measured = Callable[[], Mapping[str, float]]


def contenders() -> dict[str, Measured]:
    """Return what is measured, each in microseconds."""
    tasks = declare(undeclared("mixed", SIZE))
    each = partial(clocked, 1)
    return {
        IMPORTS: each(_import),
        ONE: each(partial(_dry_run, _pipeline(1))),
        MANY: each(partial(_dry_run, _pipeline(SIZE))),
        BARE: each(partial(_bare, tasks)),
        SIGNATURES: each(lambda: declare(undeclared("mixed", SIZE))),
    }


def _pipeline(size: int) -> Pipeline:
    """Make here what the child imports; both must find the same tasks."""
    return Pipeline(name="importable", tasks=declare(undeclared("mixed", size)))


def _dry_run(pipeline: Pipeline) -> None:
    os.environ[SIZE_VARIABLE] = str(len(pipeline.tasks))
    found = dry_run(pipeline.graph, ["benchmarks.checks.importable"], {})
    assert len(found.checked) == len(pipeline.tasks), found.not_checkable[:1]
    assert not found.problems


def _bare(tasks: list[AnyTask]) -> None:
    for task in tasks:
        frames = {name: pl.LazyFrame(schema=_SCHEMA) for name in ("left", "right")}
        returned = task.function(**frames)
        assert isinstance(returned, pl.LazyFrame)
        assert returned.collect_schema() == _SCHEMA


def _import() -> None:
    program = IMPORTS.strip("`")
    subprocess.run([sys.executable, "-c", program], check=True)


_SCHEMA: Final = pl.Schema(
    {
        "day": pl.Date(),
        "airport": pl.String(),
        "flights": pl.Int64(),
        "delay_min": pl.Float64(),
        "cancelled": pl.Boolean(),
    }
)
