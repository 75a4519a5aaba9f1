"""Run with `python -m benchmarks.cold_start [--rounds 15] [--only PEER …]`."""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.cold_start.kedro_project import write_kedro_project
from benchmarks.cold_start.project import write_project
from benchmarks.environments import HOME, at_hand
from benchmarks.measuring import (
    ContenderFailedError,
    Rounds,
    interleave,
    ratio,
    report,
    shown,
    spread,
    table,
)

# `import pydantic` alone loads next to nothing: it is the first model that does.
POLARS_AND_PYDANTIC = "import polars; from pydantic import BaseModel"
A_MODEL = f"{POLARS_AND_PYDANTIC}\nclass Row(BaseModel):\n    number: int"
USUAL_NAMES = (
    "from glacier_runtime import Cron, Dataset, Pipeline, Previous, Provider, dataset_of\n"
    "from glacier_runtime.config import LocalConfig"
)
# As for everybody else here, what is current is made again.
RUN = (
    "import sys; sys.path.insert(0, 'src')\n"
    "from glacier_runtime import LocalExecutor\n"
    "from small.pipeline import pipeline\n"
    "pipeline.run(executor=LocalExecutor(force=True))"
)
PYTHON = [sys.executable, "-c"]
GLACIER = [sys.executable, "-m", "glacier_runtime"]
STARTS: Mapping[str, Sequence[str]] = {
    "`python -c pass`": [*PYTHON, "pass"],
    f"`{POLARS_AND_PYDANTIC}`": [*PYTHON, POLARS_AND_PYDANTIC],
    "the same, and a model with one field": [*PYTHON, A_MODEL],
    "`import glacier_runtime`": [*PYTHON, "import glacier_runtime"],
    "`from glacier_runtime import` the usual names": [*PYTHON, USUAL_NAMES],
    "`glacier --help`": [*GLACIER, "--help"],
    "`glacier validate`": [*GLACIER, "validate"],
    "`glacier run --force`, three tasks": [*GLACIER, "run", "--force"],
    "`glacier run`, nothing to do": [*GLACIER, "run"],
    "`pipeline.run()`, three tasks": [*PYTHON, RUN],
}
PEERS: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "Kedro": {
        "Kedro, `kedro --help`": ("kedro", "--help"),
        "Kedro, `kedro run`, three tasks": ("kedro", "run"),
        "Kedro, a script, three tasks": ("python", "with_kedro.py"),
    },
    "Hamilton": {
        "Hamilton, `import hamilton.driver`": ("python", "-c", "import hamilton.driver"),
        "Hamilton, a script, three tasks": ("python", "with_hamilton.py"),
    },
    "Dagster": {
        "Dagster, `dagster --help`": ("dagster", "--help"),
        "Dagster, a script, three tasks": ("python", "with_dagster.py"),
    },
    "Prefect": {
        "Prefect, `prefect --help`": ("prefect", "--help"),
        "Prefect, a script, three tasks": ("python", "with_prefect.py"),
    },
}
"""By peer, what is started: a command of its environment, with arguments; a script is found beside this file."""

_BASE: Final = f"`{POLARS_AND_PYDANTIC}`"
_SCRIPTS: Final = Path(__file__).parent / "peers"
_QUIET: Final = {
    "NO_COLOR": "1",
    "DO_NOT_TRACK": "1",
    "HAMILTON_TELEMETRY_ENABLED": "false",
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
}

Started = Callable[[], Mapping[str, float]]


def main() -> None:
    """Measure, and print a table and JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--environments", type=Path, default=HOME, help="where peers are kept")
    parser.add_argument("--only", nargs="*", choices=list(PEERS), default=list(PEERS))
    options = parser.parse_args()
    peers = at_hand(options.only, options.environments)
    missing = dict(peers.missing)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        ours, theirs = Path(folder) / "ours", Path(folder) / "theirs"
        write_project(ours)
        write_kedro_project(theirs)
        contenders: dict[str, Started] = {
            name: partial(_start, command, ours) for name, command in STARTS.items()
        }
        for peer, commands in peers.commands.items():
            contenders |= _of_a_peer(PEERS[peer], commands, theirs)
        measured = interleave(contenders, options.rounds, left_out=missing)
    body, figures = _shown(measured)
    told = {"starts": figures}
    report("cold_start", body, told, samples=measured, peers=peers.titles, missing=missing)


def _of_a_peer(
    starts: Mapping[str, Sequence[str]], commands: Path, folder: Path
) -> dict[str, Started]:
    return {
        name: partial(_start, [str(commands / command), *map(_found, arguments)], folder)
        for name, (command, *arguments) in starts.items()
    }


def _found(argument: str) -> str:
    return str(_SCRIPTS / argument) if argument.endswith(".py") else argument


def _start(command: Sequence[str], folder: Path) -> Mapping[str, float]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start_s = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **_QUIET, "PREFECT_HOME": str(folder / ".prefect")},
        capture_output=True,
        text=True,
        check=False,
    )
    wall_ms = (time.perf_counter() - start_s) * 1000
    if done.returncode:
        raise ContenderFailedError(f"failed: {' '.join(done.stderr.split())[-300:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cpu_ms": cpu_s * 1000, "wall_ms": wall_ms}


def _shown(measured: Rounds) -> tuple[str, Mapping[str, object]]:
    """Return the table, and the figures behind it."""
    if _BASE not in measured:
        raise SystemExit(f"{_BASE} failed, and everything is compared with it")
    base = [result["cpu_ms"] for result in measured[_BASE]]
    rows, figures = [], {}
    for name, results in measured.items():
        cpu, wall = ([result[key] for result in results] for key in ("cpu_ms", "wall_ms"))
        figures[name] = {
            "cpu_ms": spread(cpu),
            "wall_ms": spread(wall),
            "cpu_ratio": ratio(cpu, base),
        }
        rows.append([name, shown(spread(cpu), 0), shown(spread(wall), 0), shown(ratio(cpu, base))])
    body = (
        "CPU time of the process and its children; the project has three tasks, two of them stored.\n\n"
        + table(["", "CPU ms", "wall ms", f"CPU beside {_BASE}"], rows)
    )
    return body, figures


if __name__ == "__main__":
    main()
