"""Run with `python -m benchmarks.cold_start [--rounds 15]`."""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from benchmarks.cold_start.project import write_project
from benchmarks.measuring import interleave, ratio, report, shown, spread, table

# `import pydantic` alone loads next to nothing: it is the first model that does.
POLARS_AND_PYDANTIC = "import polars; from pydantic import BaseModel"
USUAL_NAMES = (
    "from glacier_runtime import Cron, Dataset, Pipeline, Previous, Provider, dataset_of\n"
    "from glacier_runtime.config import LocalConfig"
)
PYTHON = [sys.executable, "-c"]
GLACIER = [sys.executable, "-m", "glacier_runtime"]
STARTS: Mapping[str, Sequence[str]] = {
    "python": [*PYTHON, "pass"],
    POLARS_AND_PYDANTIC: [*PYTHON, POLARS_AND_PYDANTIC],
    "import glacier_runtime": [*PYTHON, "import glacier_runtime"],
    "from glacier_runtime import the usual names": [*PYTHON, USUAL_NAMES],
    "glacier --help": [*GLACIER, "--help"],
    "glacier validate": [*GLACIER, "validate"],
    "glacier run": [*GLACIER, "run"],
}


def main() -> None:
    """Measure, and print a table and JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_project(Path(folder))
        measured = interleave(
            {name: partial(_start, command, Path(folder)) for name, command in STARTS.items()},
            options.rounds,
        )
    base = [result["cpu_ms"] for result in measured[POLARS_AND_PYDANTIC]]
    rows, figures = [], {}
    for name, results in measured.items():
        cpu = [result["cpu_ms"] for result in results]
        wall = [result["wall_ms"] for result in results]
        figures[name] = {
            "cpu_ms": spread(cpu),
            "wall_ms": spread(wall),
            "cpu_ratio": ratio(cpu, base),
        }
        rows.append(
            [f"`{name}`", shown(spread(cpu), 0), shown(spread(wall), 0), shown(ratio(cpu, base))]
        )
    body = (
        "CPU time of the process and its children; the project has three tasks, two of them stored.\n\n"
        + table(["", "CPU ms", "wall ms", f"CPU beside `{POLARS_AND_PYDANTIC}`"], rows)
    )
    report("cold_start", body, {"starts": figures})


def _start(command: Sequence[str], folder: Path) -> Mapping[str, float]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start_s = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    wall_ms = (time.perf_counter() - start_s) * 1000
    assert done.returncode == 0, done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cpu_ms": cpu_s * 1000, "wall_ms": wall_ms}


if __name__ == "__main__":
    main()
