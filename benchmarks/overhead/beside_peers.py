"""Run with `python -m benchmarks.overhead.beside_peers [--rounds 3] [--environments FOLDER]`.

Each tool is installed into an environment of its own, for their requirements contradict each other.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.environments import commands_of
from benchmarks.measuring import interleave, report, shown, spread, table

SIZES: Final = (100, 1000)
PEERS: Final[Mapping[str, str | None]] = {
    "Glacier": None,
    "Hamilton": "sf-hamilton",
    "Kedro": "kedro",
    "Dagster": "dagster",
}
TOO_SLOW: Final = {"Dagster": (100,)}  # a thousand tasks take it most of a minute
_SCRIPTS: Final = Path(__file__).parent / "peers"


def main() -> None:
    """Measure, and print a table and JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--environments", type=Path, help="where they are kept for the next time")
    parser.add_argument("--only", nargs="*", choices=list(PEERS), default=list(PEERS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="glacier-peers-") as folder:
        home: Path = options.environments or Path(folder)
        pythons = {name: _python_of(name, home) for name in options.only}
        contenders: dict[str, Callable[[], Mapping[str, float]]] = {
            name: partial(_measure, name, python) for name, python in pythons.items()
        }
        measured = interleave(contenders, options.rounds)
    figures = {
        name: {key: spread([result[key] for result in results]) for key in results[0]}
        for name, results in measured.items()
    }
    columns = [
        f"{size} {clock}" for size in SIZES for clock in ("cpu_us", "first_cpu_us", "wall_us")
    ]
    headings = [
        "",
        *(f"{size}, {clock}" for size in SIZES for clock in ("CPU", "CPU, first run", "wall")),
    ]
    rows = [
        [name, *(shown(found[c], 1) if c in found else "" for c in columns)]
        for name, found in figures.items()
    ]
    body = f"Microseconds for each task that does nothing, of a chain of so many:\n\n{table(headings, rows)}"
    report("overhead beside peers", body, {"us_per_task": figures})


def _python_of(name: str, home: Path) -> Path:
    package = PEERS[name]
    if package is None:
        return Path(sys.executable)
    return commands_of(package, [package], home) / "python"


def _measure(name: str, python: Path) -> Mapping[str, float]:
    script = _SCRIPTS / f"with_{name.lower()}.py"
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "DAGSTER_HOME": "", "PYTHONPATH": str(Path.cwd())}
        done = subprocess.run(
            [str(python), str(script), *map(str, TOO_SLOW.get(name, SIZES))],
            cwd=folder,
            env={key: value for key, value in environment.items() if value},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
            text=True,
        )
    found = json.loads(done.stdout.splitlines()[-1])
    return {f"{size} {clock}": value for size in found for clock, value in found[size].items()}


if __name__ == "__main__":
    main()
