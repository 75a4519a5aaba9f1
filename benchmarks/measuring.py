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
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, Final

__all__ = [
    "CANNOT_RUN",
    "ContenderFailedError",
    "Figures",
    "Interval",
    "Rounds",
    "cannot_run",
    "interleave",
    "machine",
    "ratio",
    "report",
    "run_child",
    "run_script",
    "shown",
    "spread",
    "spreads",
    "table",
]

Interval = tuple[float, float, float]
"""Median, and the bounds that hold 95 % of the medians of resampled rounds."""

Rounds = Mapping[str, Sequence[Mapping[str, float]]]
"""What was measured of each contender, round by round."""

Figures = dict[str, dict[str, Interval]]
"""What was made of it."""

CANNOT_RUN: Final = 69
"""The exit code of a question that cannot be asked here, for something is not installed; EX_UNAVAILABLE of sysexits.h."""

_ROOT: Final = Path(__file__).parents[1]
_RESAMPLES: Final = 2000
_SEED: Final = 7
_LAST_WORDS: Final = 300


class ContenderFailedError(Exception):
    """A contender did not do its work; the message is what it said last."""


def interleave(
    contenders: Mapping[str, Callable[[], Mapping[str, float]]],
    rounds: int,
    *,
    left_out: dict[str, str] | None = None,
    warm_up: bool = True,
) -> dict[str, list[Mapping[str, float]]]:
    """Let contenders take turns, after one round that warms caches and is thrown away.

    Processes that they start may keep bytecode, as those of users do; without, each compiles all that it imports.

    Args:
        contenders: What measures each of them, by name.
        rounds: How often each is measured.
        left_out: Takes, by name, why a contender failed; it is left out of the results. Without, its failure ends the series.
        warm_up: Whether there is a round that is thrown away: not where one takes minutes.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    chance = random.Random(_SEED)
    results: dict[str, list[Mapping[str, float]]] = {name: [] for name in contenders}
    for number in range(0 if warm_up else 1, rounds + 1):
        for name in chance.sample(list(results), len(results)):
            try:
                measured = contenders[name]()
            except ContenderFailedError as error:
                if left_out is None:
                    raise
                left_out[name] = str(error)
                del results[name]
                continue
            if number:
                results[name].append(measured)
        print(f"round {number} of {rounds}", file=sys.stderr)
    return results


def spread(values: Sequence[float]) -> Interval:
    """Return the median of values, and how far it can be trusted."""
    return _bootstrap(values, lambda drawn: median(values[i] for i in drawn))


def spreads(measured: Rounds) -> Figures:
    """Return the spread of each figure of each contender."""
    return {
        name: {key: spread([result[key] for result in results]) for key in results[0]}
        for name, results in measured.items()
    }


def ratio(values: Sequence[float], baseline: Sequence[float]) -> Interval:
    """Return the median of the ratios within each round, and how far it can be trusted."""
    ratios = [value / base for value, base in zip(values, baseline, strict=True)]
    return spread(ratios)


def run_child(module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Any:
    """Run a module in a new process, and return the JSON object it prints last."""
    return _last_line([sys.executable, "-m", module, *arguments], _ROOT, environment or {})


def run_script(
    python: Path,
    script: Path,
    *arguments: str,
    folder: Path,
    environment: Mapping[str, str] | None = None,
) -> Any:
    """Run a script in the environment of a peer, and return the JSON object it prints last.

    Args:
        python: The peer's Python.
        script: The script, which may import what is in `benchmarks` and needs nothing that is not there.
        arguments: What it is asked.
        folder: Where it runs.
        environment: Variables beside those of this process.

    Raises:
        ContenderFailedError: If it fails.
    """
    # Tools that tell their makers who uses them would be measured telling.
    quiet = {"DO_NOT_TRACK": "1", "HAMILTON_TELEMETRY_ENABLED": "false", "PYTHONPATH": str(_ROOT)}
    command = [str(python), str(script), *arguments]
    return _last_line(command, folder, {**quiet, **(environment or {})})


def cannot_run(reason: str) -> SystemExit:
    """Return what ends a question that cannot be asked here."""
    print(reason, file=sys.stderr)
    return SystemExit(CANNOT_RUN)


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


def report(
    title: str,
    body: str,
    figures: Mapping[str, object],
    *,
    samples: Mapping[str, object] | None = None,
    peers: Iterable[str] = (),
    missing: Mapping[str, str] | None = None,
) -> None:
    """Print a result for people, then, in one line, for machines.

    Args:
        title: What was asked.
        body: Tables, and what must stand beside them.
        figures: What was made of the samples.
        samples: What was measured, round by round.
        peers: Who was measured beside, with versions.
        missing: Who could not be, by name, and why.
    """
    absent = [f"*Not measured: {name} {why}.*" for name, why in (missing or {}).items()]
    whole = "\n\n".join([body, *absent])
    print(f"## {title}\n\n{whole}\n\n{', '.join(f'{k} {v}' for k, v in machine().items())}\n")
    told = {
        "benchmark": title,
        "body": whole,
        "machine": machine(),
        "peers": list(peers),
        "missing": dict(missing or {}),
        "figures": figures,
        "samples": samples or {},
    }
    print(json.dumps(told))


def shown(interval: Interval, digits: int = 2) -> str:
    """Return an interval as people write it."""
    middle, low, high = (f"{value:.{digits}f}" for value in interval)
    return f"{middle} ({low} to {high})"


def _last_line(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Any:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode:
        words = " ".join(done.stderr.split())[-_LAST_WORDS:]
        raise ContenderFailedError(f"failed with {done.returncode}: {words}")
    return json.loads(done.stdout.splitlines()[-1])


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
