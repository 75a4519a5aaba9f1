"""Which answers have a picture, and what is drawn of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.answers import FOLDER, Answer, kept
from benchmarks.pictures import Curve, Picture, svg

__all__ = ["PICTURES", "draw"]


def draw(target: Path, source: Path = FOLDER) -> list[Path]:
    """Draw all pictures whose questions were answered, and return their files.

    Args:
        target: A folder for them.
        source: Where answers are kept.
    """
    target.mkdir(parents=True, exist_ok=True)
    drawn = []
    for name, of in PICTURES.items():
        answer = kept(name, source)
        if answer is not None and answer.state == "measured":
            drawn.append(target / f"{name}.svg")
            drawn[-1].write_text(svg(of(answer)), encoding="utf-8")
    return drawn


def _graph(answer: Answer) -> Picture:
    found = answer.figures["us_per_task"]
    curves = [Curve(name, _by_size(points)) for name, points in found.items()]
    return Picture("From functions to a checked graph, CPU µs a task", "tasks", curves)


def _overhead(answer: Answer) -> Picture:
    found: Mapping[str, Mapping[str, float]] = answer.figures["cpu_us_per_task"]
    chains = {_size(row): columns for row, columns in found.items() if row.startswith("chain")}
    names = next(iter(chains.values()))
    curves = [Curve(name, {n: columns[name] for n, columns in chains.items()}) for name in names]
    return Picture("A chain of tasks that do nothing, CPU µs a task", "tasks", curves)


def _peers(answer: Answer) -> Picture:
    curves = []
    for name, found in answer.figures["us_per_task"].items():
        asked = {key: interval[0] for key, interval in found.items() if key.startswith("chain:")}
        points = {_size(key): it for key, it in asked.items() if key.endswith(" cpu_us")}
        curves.append(Curve(name, points))
    return Picture("The same beside others, CPU µs a task", "tasks", curves)


def _generation(answer: Answer) -> Picture:
    rows: dict[str, dict[int, float]] = {}
    for key, interval in answer.figures["ms"].items():
        row, _, size = key.partition("|")
        rows.setdefault(row, {})[int(size.replace(",", ""))] = interval[0]
    kept_rows = {row: points for row, points in rows.items() if row in _GENERATED}
    curves = [Curve(_GENERATED[row], points) for row, points in kept_rows.items()]
    return Picture("From a manifest to Terraform, milliseconds", "tasks", curves)


_GENERATED: Final[Mapping[str, str]] = {
    "layers": "in memory",
    "on disk, the first time": "the first time",
    "on disk, nothing changed": "nothing changed",
    "on disk, every task changed, every tenth edited": "merged with edits",
}
"""What is drawn of the generation, and what it is called where there is less room."""

PICTURES: Final[Mapping[str, Callable[[Answer], Picture]]] = {
    "graph": _graph,
    "overhead": _overhead,
    "overhead-beside-peers": _peers,
    "generation": _generation,
}
"""By question: what makes a picture of its answer; the file is named for the question."""


def _by_size(points: Mapping[str, Any]) -> dict[int, float]:
    """Return points whose sizes were keys of JSON."""
    return {int(size): value for size, value in points.items()}


def _size(name: str) -> int:
    """Return the size that a name says, such as "chain of 1,000"."""
    digits = re.search(r"\d[\d,]*", name)
    assert digits is not None, name
    return int(digits[0].replace(",", ""))
