"""Run with `python -m benchmarks.overhead.beside_peers [--rounds 2] [--all-sizes] [--only NAME …]`.

Each tool runs in an environment and a process of its own.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.environments import HOME, at_hand
from benchmarks.measuring import Figures, interleave, report, run_script, spreads, table

GLACIER: Final = "Glacier"
SIZES: Final = (10, 100, 1000)
SHAPES: Final = ("chain", "wide")
SLOW: Final = ("Dagster", "Prefect")  # a thousand tasks take them minutes
PEERS: Final = ("Hamilton", "Kedro", *SLOW)
_SCRIPTS: Final = Path(__file__).parent / "peers"
_QUIET: Final = {
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
}


def main() -> None:
    """Measure, and print a table and JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--all-sizes", action="store_true", help=f"{' and '.join(SLOW)}, too")
    parser.add_argument("--environments", type=Path, default=HOME, help="where peers are kept")
    parser.add_argument("--only", nargs="*", choices=PEERS, default=PEERS)
    options = parser.parse_args()
    peers = at_hand(options.only, options.environments)
    pythons = {name: commands / "python" for name, commands in peers.commands.items()}
    contenders: dict[str, Callable[[], Mapping[str, float]]] = {
        name: partial(_measure, name, python, _asked(name, all_sizes=options.all_sizes))
        for name, python in {GLACIER: Path(sys.executable), **pythons}.items()
    }
    missing = dict(peers.missing)
    measured = interleave(contenders, options.rounds, left_out=missing, warm_up=False)
    figures = spreads(measured)
    body = "\n\n".join(
        f"{heading}, CPU microseconds for each task:\n\n{_table(figures, clock)}"
        for heading, clock in (
            ("A pipeline that ran before", "cpu_us"),
            ("Its first run", "first_cpu_us"),
        )
    )
    told = {"us_per_task": figures}
    report(
        "overhead beside peers", body, told, samples=measured, peers=peers.titles, missing=missing
    )


def _asked(name: str, *, all_sizes: bool) -> Sequence[str]:
    largest = SIZES[-1] if all_sizes or name not in SLOW else SIZES[-2]
    return [f"{shape}:{size}" for shape in SHAPES for size in SIZES if size <= largest]


def _measure(name: str, python: Path, asked: Sequence[str]) -> Mapping[str, float]:
    script = _SCRIPTS / f"with_{name.lower()}.py"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        environment = {**_QUIET, "PREFECT_HOME": f"{folder}/prefect"}
        found: Mapping[str, float] = run_script(
            python, script, *asked, folder=Path(folder), environment=environment
        )
    return found


def _table(figures: Figures, clock: str) -> str:
    columns = [f"{shape}:{size} {clock}" for shape in SHAPES for size in SIZES]
    headings = ["", *(f"{shape} of {size:,}" for shape in SHAPES for size in SIZES)]
    rows = [
        [name, *(f"{found[c][0]:,.1f}" if c in found else "" for c in columns)]
        for name, found in figures.items()
    ]
    return table(headings, rows)


if __name__ == "__main__":
    main()
