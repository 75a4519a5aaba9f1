"""A run that comes to a bad end: `python -m tests.history.dying HOW FOLDER [BYTES]`.

`killed` is killed by the kernel in the middle of its second group, `waiting` waits there to be killed by somebody else, and
`full` has a disk on which no file may grow beyond some bytes, from the second group on. Prints what it was warned of.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import polars as pl

from glacier_runtime import Dataset, Pipeline
from glacier_runtime.errors import Problem
from tests.execution.local_runs import Number, lake, local
from tests.history.recorded import execute, quiet

__all__ = ["main", "three_steps"]


def three_steps(root: Path, meanwhile: Callable[[], None]) -> Pipeline:
    """Three groups, in the second of which something happens."""
    bucket = lake(root)
    one, two, three = (
        Dataset(name, storage=bucket.at(f"{name}.parquet"), schema=Number)
        for name in ("one", "two", "three")
    )

    @local.task
    def begin(size: int = 1) -> Annotated[pl.DataFrame, one]:
        return pl.DataFrame({"n": range(size)})

    @local.task
    def go_on(given: Annotated[pl.DataFrame, one]) -> Annotated[pl.DataFrame, two]:
        meanwhile()
        return given

    @local.task
    def end(given: Annotated[pl.DataFrame, two]) -> Annotated[pl.DataFrame, three]:
        return given

    return Pipeline(name="steps", tasks=[begin, go_on, end])


def main(how: str, root: Path, limit_bytes: int = 0) -> None:
    """Run, and come to the end that is asked for."""
    told: list[Problem] = []
    ends: dict[str, Callable[[], None]] = {
        "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
        "waiting": lambda: _wait(root),
        "full": lambda: None,
    }
    if how == "full":
        # The data is small, and the log longer: only the log meets the limit.
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, resource.RLIM_INFINITY))
    pipeline = three_steps(root, ends[how])
    execute(pipeline, root, quiet(root, told, beside_data=False), size=3)
    sys.stdout.write(json.dumps([problem.to_dict() for problem in told]) + "\n")


def _wait(root: Path) -> None:
    (root / "waiting").touch()
    time.sleep(60)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:]))
