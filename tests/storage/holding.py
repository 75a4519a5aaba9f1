"""A run that stops in the middle of a task and waits to be killed: `python -m tests.storage.holding FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import polars as pl

from glacier_runtime import Dataset
from tests.execution.local_runs import Number, lake, local, run_tasks

__all__ = ["main"]


def main(root: Path) -> None:
    """Say `holding` from within a task that writes `shared`, and never return."""
    shared = Dataset("shared", storage=lake(root).at("shared.parquet"), schema=Number)

    @local.task
    def hold() -> Annotated[pl.DataFrame, shared]:
        sys.stdout.write("holding\n")
        sys.stdout.flush()
        sys.stdin.read()
        return pl.DataFrame({"n": [1]})

    run_tasks(root, hold)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
