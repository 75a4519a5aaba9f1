"""Run with `python -m benchmarks.graph [--rounds 3] [--all-sizes] [--only NAME …]`.

The tasks are those of `benchmarks.checks`, two inputs and an output each: in Glacier with a schema and a place in storage, which the
others do not look at. Each tool runs in an environment and a process of its own.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.environments import HOME, at_hand
from benchmarks.growth import power_law
from benchmarks.measuring import Rounds, interleave, report, run_script, table

SIZES: Final = (100, 300, 1000, 3000, 10_000)
LARGEST: Final = {"Dagster": 1000}  # three thousand tasks take it half a minute
OURS: Final = ("graphlib", "Glacier")
PEERS: Final = ("Hamilton", "Kedro", "Dagster")
_SCRIPTS: Final = Path(__file__).parent / "peers"
_RUNS: Final = 3  # of each process, of which the least counts

Curves = Mapping[str, Mapping[int, float]]
"""CPU microseconds a task, by contender and number of tasks: from functions to a checked graph."""


def main() -> None:
    """Measure, and print a table and JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--all-sizes", action="store_true", help=f"{', '.join(LARGEST)}, too")
    parser.add_argument("--environments", type=Path, default=HOME, help="where peers are kept")
    parser.add_argument("--only", nargs="*", choices=PEERS, default=PEERS)
    options = parser.parse_args()
    peers = at_hand(options.only, options.environments)
    pythons = dict.fromkeys(OURS, Path(sys.executable))
    pythons |= {name: commands / "python" for name, commands in peers.commands.items()}
    largest = {} if options.all_sizes else LARGEST
    contenders: dict[str, Callable[[], Mapping[str, float]]] = {
        name: partial(
            _measure, name, python, [n for n in SIZES if n <= largest.get(name, SIZES[-1])]
        )
        for name, python in pythons.items()
    }
    missing = dict(peers.missing)
    measured = interleave(contenders, options.rounds, left_out=missing, warm_up=False)
    whole = _curves(measured, ("declared_us", "graph_us"))
    graphs = _curves(measured, ("graph_us",))
    exponents = {name: power_law(_seconds(curve)).exponent for name, curve in whole.items()}
    figures = {"us_per_task": whole, "graph_us_per_task": graphs, "exponents": exponents}
    body = "\n\n".join(
        (
            "From functions to a checked graph, CPU microseconds a task, the least of all rounds:",
            _table(whole, exponents),
            "Of these, without declaring tasks, which Hamilton does in one with its graph:",
            _table(graphs, {name: power_law(_seconds(c)).exponent for name, c in graphs.items()}),
        )
    )
    report("graph", body, figures, samples=measured, peers=peers.titles, missing=missing)


def _measure(name: str, python: Path, sizes: list[int]) -> Mapping[str, float]:
    script = _SCRIPTS / f"with_{name.lower()}.py"
    with tempfile.TemporaryDirectory() as folder:
        found: Mapping[str, float] = run_script(
            python, script, *map(str, (_RUNS, *sizes)), folder=Path(folder)
        )
    return found


def _curves(measured: Rounds, stages: tuple[str, ...]) -> Curves:
    least = {
        name: {key: min(result[key] for result in results) for key in results[0]}
        for name, results in measured.items()
    }
    return {
        name: {
            size: sum(found.get(f"{size} {stage}", 0) for stage in stages)
            for size in SIZES
            if f"{size} graph_us" in found
        }
        for name, found in least.items()
    }


def _seconds(curve: Mapping[int, float]) -> dict[int, float]:
    return {size: size * microseconds / 1e6 for size, microseconds in curve.items()}


def _table(curves: Curves, exponents: Mapping[str, float]) -> str:
    rows = [
        [
            name,
            *(f"{curve[size]:,.1f}" if size in curve else "" for size in SIZES),
            f"{exponents[name]:.2f}",
        ]
        for name, curve in curves.items()
    ]
    return table(["tasks", *(f"{size:,}" for size in SIZES), "growth exponent"], rows)


if __name__ == "__main__":
    main()
