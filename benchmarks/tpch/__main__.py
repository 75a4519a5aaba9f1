"""Run with `python -m benchmarks.tpch [--sf 1] [--rounds 15] [--only NAME ...] [--data FOLDER] [--budget-mib 4096]`.

Without a budget: how long the fused pipeline takes and what it holds, beside the query by hand. With one: whether the
fused pipeline breaks it, and stays inside of it when it is told.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
from polars.testing import assert_frame_equal

from benchmarks.measuring import interleave, ratio, report, run_child, shown, spread, table
from benchmarks.tpch.contender import CONTENDERS
from benchmarks.tpch.tables import RESULTS, generate

_BUDGET = "GLACIER_MEMORY_BUDGET_MIB"
_HEADINGS = ["", "wall s", "ratio", "CPU s", "ratio", "peak MiB", "ratio"]


def main() -> None:
    """Measure, and print a table and JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sf", type=float, default=1)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", nargs="*", choices=list(CONTENDERS), default=list(CONTENDERS))
    parser.add_argument("--data", type=Path, help="where the tables are kept for the next time")
    parser.add_argument("--budget-mib", type=int)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="glacier-tpch-") as folder:
        root = Path(folder)
        data: Path = options.data or root / "raw"
        generate(data, options.sf)
        if options.budget_mib:
            _within(root, data, options.sf, options.budget_mib)
        else:
            names = list(dict.fromkeys(["by hand", *options.only]))
            _beside(root, data, options.sf, names, options.rounds)


def _beside(root: Path, data: Path, scale: float, names: list[str], rounds: int) -> None:
    _require_equal_results(root, data, names)
    contenders: dict[str, Callable[[], Mapping[str, float]]] = {
        name: partial(_measure, name, root, data) for name in names
    }
    measured = interleave(contenders, rounds)
    base = measured["by hand"]
    rows, figures = [], {}
    for name, results in measured.items():
        columns = {key: [result[key] for result in results] for key in results[0]}
        beside = {key: ratio(found, [b[key] for b in base]) for key, found in columns.items()}
        figures[name] = {key: spread(found) for key, found in columns.items()} | {
            f"{key}_ratio": interval for key, interval in beside.items()
        }
        cells = (
            (f"{spread(columns[key])[0]:.{digits}f}", shown(beside[key]))
            for key, digits in (("wall_s", 2), ("cpu_s", 2), ("peak_mib", 0))
        )
        rows.append([name, *(cell for pair in cells for cell in pair)])
    body = f"Scale factor {scale:g}, {rounds} rounds.\n\n{table(_HEADINGS, rows)}"
    report("tpch", body, {"scale": scale, "contenders": figures})


def _within(root: Path, data: Path, scale: float, budget_mib: int) -> None:
    """Run once without a limit, once within it; each in a process of its own."""
    unlimited = {_BUDGET: str(2**30)}
    contenders = {
        "by hand": ("by hand", {}),
        "fused, as if there were no end of memory": ("fused", unlimited),
        f"within {budget_mib:,} MiB": ("fused", {_BUDGET: str(budget_mib)}),
    }
    runs: dict[str, Mapping[str, Any]] = {}
    expected: dict[str, pl.DataFrame] = {}
    for title, (name, environment) in contenders.items():
        place = _fresh(root, data)
        runs[title] = run_child(
            "benchmarks.tpch.contender", name, str(place), environment=environment
        )
        expected = _require_same(place, expected)
        shutil.rmtree(place)
        os.sync()
    rows = [
        [
            name,
            f"{run['wall_s']:.1f}",
            f"{run['cpu_s']:.1f}",
            f"{run['peak_mib']:,.0f}",
            ", ".join(run["warned_of"]),
        ]
        for name, run in runs.items()
    ]
    headings = ["", "wall s", "CPU s", "peak MiB", "warned of"]
    body = f"Scale factor {scale:g}, one run each, equal results.\n\n{table(headings, rows)}"
    report("tpch within a budget", body, {"scale": scale, "budget_mib": budget_mib, "runs": runs})


def _measure(name: str, root: Path, data: Path) -> Mapping[str, float]:
    place = _fresh(root, data)
    measured = run_child("benchmarks.tpch.contender", name, str(place))
    shutil.rmtree(place)
    # What one contender leaves for the disk to do must not slow the next.
    os.sync()
    return {key: value for key, value in measured.items() if isinstance(value, float)}


def _fresh(root: Path, data: Path) -> Path:
    """A place with the tables and nothing else."""
    place = root / "place"
    (place / "data/lake").mkdir(parents=True)
    (place / "data/lake/raw").symlink_to(data.resolve())
    return place


def _require_equal_results(root: Path, data: Path, names: Iterable[str]) -> None:
    """Who finds other results is no contender."""
    expected: dict[str, pl.DataFrame] = {}
    for name in names:
        place = _fresh(root, data)
        run_child("benchmarks.tpch.contender", name, str(place))
        expected = _require_same(place, expected)
        shutil.rmtree(place)


def _require_same(place: Path, expected: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the results at a place, which are the expected ones, if any are expected."""
    found = {q: pl.read_parquet(place / f"data/lake/out/{q}.parquet") for q in RESULTS}
    for query, rows in expected.items():
        assert_frame_equal(found[query], rows)
    return found


if __name__ == "__main__":
    main()
