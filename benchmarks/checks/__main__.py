"""Run with `python -m benchmarks.checks [--rounds 15]`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from statistics import median

from benchmarks.checks import columns, structure
from benchmarks.checks.synthetic import SHAPES
from benchmarks.measuring import interleave, ratio, report, shown, spread, table

SIZES = (100, 1_000, 10_000)

Rounds = Sequence[Mapping[str, float]]


def main() -> None:
    """Measure, and print tables and JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    pipelines = {
        f"{shape} of {size:,}": interleave(structure.contenders(shape, size), rounds)
        for size in SIZES
        for shape in SHAPES
        if size < max(SIZES) or shape == "mixed"
    }
    dry_runs = interleave(columns.contenders(), rounds)
    body = "\n\n".join(
        [
            "CPU microseconds a task, the minimum of all rounds:",
            _minima(pipelines),
            f"Times {structure.GRAPHLIB} (signatures: times {structure.HINTS}), within each round:",
            _ratios(pipelines),
            f"{max(SIZES):,} tasks beside 1,000, the minima a task: {_growth(pipelines):.2f}",
            "The schema dry run, milliseconds:",
            _milliseconds(dry_runs),
            _slope(dry_runs),
        ]
    )
    figures = {
        name: {column: min(_cpu(results)) for column, results in found.items()}
        for name, found in pipelines.items()
    }
    samples = {"pipelines": pipelines, "dry_runs": dry_runs}
    report("checks", body, {"cpu_us_per_task": figures}, samples=samples)


def _cpu(results: Rounds) -> list[float]:
    return [result["cpu"] for result in results]


def _minima(pipelines: Mapping[str, Mapping[str, Rounds]]) -> str:
    columns_ = list(next(iter(pipelines.values())))
    rows = [
        [name, *(f"{min(_cpu(found[column])):.1f}" for column in columns_)]
        for name, found in pipelines.items()
    ]
    return table(["", *columns_], rows)


def _ratios(pipelines: Mapping[str, Mapping[str, Rounds]]) -> str:
    units = dict.fromkeys(next(iter(pipelines.values())), structure.GRAPHLIB)
    units["signatures"] = structure.HINTS
    compared = [name for name in units if name not in units.values()]
    rows = [
        [
            name,
            *(
                shown(ratio(_cpu(found[column]), _cpu(found[units[column]])), 1)
                for column in compared
            ),
        ]
        for name, found in pipelines.items()
    ]
    return table(["", *compared], rows)


def _growth(pipelines: Mapping[str, Mapping[str, Rounds]]) -> float:
    large, small = (
        min(_cpu(pipelines[f"mixed of {size:,}"][structure.WHOLE])) for size in (10_000, 1_000)
    )
    return large / small


def _milliseconds(dry_runs: Mapping[str, Rounds]) -> str:
    rows = []
    for name, results in dry_runs.items():
        wall = [result["wall"] / 1e3 for result in results]
        cpu = [microseconds / 1e3 for microseconds in _cpu(results)]
        rows.append([name, f"{min(wall):.0f}", shown(spread(wall), 0), f"{min(cpu):.0f}"])
    return table(["", "wall, least", "wall", "CPU, least"], rows)


def _slope(dry_runs: Mapping[str, Rounds]) -> str:
    least = {name: min(_cpu(results)) / 1e3 for name, results in dry_runs.items()}
    added = (least[columns.MANY] - least[columns.ONE]) / (columns.SIZE - 1)
    walls = [
        (many["wall"] - one["wall"]) / 1e3 / (columns.SIZE - 1)
        for many, one in zip(dry_runs[columns.MANY], dry_runs[columns.ONE], strict=True)
    ]
    bare, signatures = (least[name] / columns.SIZE for name in (columns.BARE, columns.SIGNATURES))
    start = least[columns.ONE] / least[columns.IMPORTS]
    return (
        f"Each task adds {added:.3f} ms of CPU ({median(walls):.3f} ms of wall time), of which declaring it again takes "
        f"{signatures:.3f}; bare Polars takes {bare:.3f} to check it: a ratio of {added / bare:.2f}. "
        f"What is paid once is {start:.2f} times the imports."
    )


if __name__ == "__main__":
    main()
