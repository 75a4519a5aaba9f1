"""How long a function of a cloud takes from nothing to the first line of its task, beside bare `import polars`.

Run with `python -m benchmarks.cold_start_task [--rounds 15]`. Every start is a fresh process that stops at that line;
it runs the Lambda handler with a frozen plan, on a dataset in a folder, so that no network is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from benchmarks.measuring import interleave, ratio, report, shown, spread, table
from glacier_runtime.frozen_plan import PLAN_FILE, FrozenPlan, FrozenTask

STOP: Final = """
import os, time
os.write(1, ("%s %s" % (time.process_time(), time.monotonic())).encode())
os._exit(0)
"""
HANDLE: Final = """
from glacier_runtime.run_task.aws_lambda import handle
handle({"task": "double", "run_id": "cold"}, None)
"""
POLARS: Final = "import polars"
POLARS_AND_PYDANTIC: Final = "import polars; from pydantic import BaseModel"
TASK: Final = "handle(event) to the first line of the task"
STARTS: Final[Mapping[str, str]] = {
    "python": STOP,
    POLARS: POLARS + STOP,
    POLARS_AND_PYDANTIC: "import polars\nfrom pydantic import BaseModel\nclass M(BaseModel): n: int\n"
    + STOP,
    "import the handler": "import glacier_runtime.run_task.aws_lambda" + STOP,
    TASK: HANDLE,
}
MODULE: Final = f"""
from typing import Annotated

import polars as pl
from pydantic import BaseModel

from glacier_runtime import Dataset, Provider

provider = Provider.from_env()
lake = provider.bucket("lake")
small = provider.serverless()


class Number(BaseModel):
    n: int


numbers = Dataset("numbers", storage=lake.at("numbers.parquet"), schema=Number, source=True)
doubled = Dataset("doubled", storage=lake.at("doubled.parquet"), schema=Number)


@small.task
def double(numbers: Annotated[pl.LazyFrame, numbers]) -> Annotated[pl.LazyFrame, doubled]:
    {"; ".join(line for line in STOP.strip().splitlines())}
    return numbers
"""


def main() -> None:
    """Measure, and print a table and JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _write_project(Path(folder))
        measured = interleave(
            {name: partial(_start, code, Path(folder)) for name, code in STARTS.items()},
            options.rounds,
        )
    base = measured[POLARS]
    rows: list[Sequence[str]] = []
    figures = {}
    for name, results in measured.items():
        cpu, wall = ([result[key] for result in results] for key in ("cpu_ms", "wall_ms"))
        beside = {
            key: ratio(values, [result[key] for result in base])
            for key, values in (("cpu_ms", cpu), ("wall_ms", wall))
        }
        figures[name] = {
            "cpu_ms": spread(cpu),
            "wall_ms": spread(wall),
            "cpu_ratio": beside["cpu_ms"],
            "wall_ratio": beside["wall_ms"],
        }
        rows.append(
            [
                f"`{name}`",
                *(shown(spread(values), 0) for values in (cpu, wall)),
                *map(shown, beside.values()),
            ]
        )
    body = "From the start of a process, until it imported this or came there:\n\n" + table(
        ["", "CPU ms", "wall ms", f"CPU beside `{POLARS}`", "wall beside it"], rows
    )
    report("cold_start_task", body, {"starts": figures}, samples=measured)


def _write_project(folder: Path) -> None:
    (folder / "small.py").write_text(MODULE, encoding="utf-8")
    tasks = {"double": FrozenTask(identity="small:double", timeout_s=300)}
    plan = FrozenPlan(pipeline="small", manifest_sha256="", parameters=(), tasks=tasks)
    (folder / PLAN_FILE).write_text(json.dumps(plan.model_dump(mode="json")), encoding="utf-8")
    (folder / "data/lake").mkdir(parents=True)
    pl.DataFrame({"n": range(1000)}).write_parquet(folder / "data/lake/numbers.parquet")


def _start(code: str, folder: Path) -> Mapping[str, float]:
    # No LAMBDA_TASK_ROOT: what Lambda does before the first event counts here.
    environment = {**os.environ, "GLACIER_CLOUD": "local", "GLACIER_TASK": "double"}
    start_s = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    cpu_s, end_s = map(float, done.stdout.split())
    return {"cpu_ms": cpu_s * 1000, "wall_ms": (end_s - start_s) * 1000}


if __name__ == "__main__":
    main()
