"""What the benchmarks share: ratios within one run, with their uncertainty, and a word on the machine.

Figures of one machine at one hour are compared, never figures of two runs: contenders take turns, in an order that is
shuffled each round, and what is reported is the median with a bootstrap interval.
"""

from __future__ import annotations

import json
import os
import platform
import random
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, Final

__all__ = ["Interval", "interleave", "machine", "ratio", "report", "run_child", "spread", "table"]

Interval = tuple[float, float, float]
"""Median, and the bounds that hold 95 % of the medians of resampled rounds."""

_RESAMPLES: Final = 2000
_SEED: Final = 7


def interleave(
    contenders: Mapping[str, Callable[[], Mapping[str, float]]], rounds: int
) -> dict[str, list[Mapping[str, float]]]:
    """Let contenders take turns, after one round that warms caches and is thrown away."""
    chance = random.Random(_SEED)
    results: dict[str, list[Mapping[str, float]]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name in chance.sample(list(contenders), len(contenders)):
            measured = contenders[name]()
            if number:
                results[name].append(measured)
        print(f"round {number} of {rounds}", file=sys.stderr)
    return results


def spread(values: Sequence[float]) -> Interval:
    """Return the median of values, and how far it can be trusted."""
    return _bootstrap(values, lambda drawn: median(values[i] for i in drawn))


def ratio(values: Sequence[float], baseline: Sequence[float]) -> Interval:
    """Return the median of the ratios within each round, and how far it can be trusted."""
    ratios = [value / base for value, base in zip(values, baseline, strict=True)]
    return spread(ratios)


def run_child(module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Any:
    """Run a module in a new process, and return the JSON object it prints last."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=Path(__file__).parents[1],
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def machine() -> dict[str, str]:
    """Say what was measured, and on what."""
    packages = {name: version(name) for name in ("glacier-runtime", "polars", "pydantic")}
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "cpu": f"{os.cpu_count()} of {_cpu_model()}",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **packages,
    }


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown: the first column to the left, figures to the right."""
    lines = [headings, ["---", *["---:"] * (len(headings) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def report(title: str, body: str, figures: Mapping[str, object]) -> None:
    """Print a result for people, then for machines."""
    print(f"## {title}\n\n{body}\n\n{', '.join(f'{k} {v}' for k, v in machine().items())}\n")
    print(json.dumps({"benchmark": title, "machine": machine(), **figures}))


def shown(interval: Interval, digits: int = 2) -> str:
    """Return an interval as people write it."""
    middle, low, high = (f"{value:.{digits}f}" for value in interval)
    return f"{middle} ({low} to {high})"


def _bootstrap(values: Sequence[float], statistic: Callable[[Sequence[int]], float]) -> Interval:
    chance = random.Random(_SEED)
    places = range(len(values))
    found = sorted(statistic(chance.choices(places, k=len(values))) for _ in range(_RESAMPLES))
    return statistic(places), found[int(0.025 * _RESAMPLES)], found[int(0.975 * _RESAMPLES)]


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
