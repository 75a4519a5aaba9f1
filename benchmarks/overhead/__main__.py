"""Run with `python -m benchmarks.overhead [--rounds 15]`."""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from graphlib import TopologicalSorter
from pathlib import Path

from benchmarks.measuring import interleave, report, shown, spread, table
from benchmarks.overhead.pipelines import chain, wide
from glacier_runtime import LocalExecutor
from glacier_runtime.graph import Graph

RUN_SIZES = (10, 100, 1000)


def main() -> None:
    """Measure, and print tables and JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = _runs(Path(folder), options.rounds)
    body = f"Microseconds for each task that does nothing, in memory:\n\n{_table(runs)}"
    report("overhead", body, {"us_per_task": runs})


Figures = dict[str, tuple[float, float, float]]


def _runs(root: Path, rounds: int) -> dict[str, Figures]:
    contenders: dict[str, Callable[[], Mapping[str, float]]] = {}
    executor = LocalExecutor(root=root)
    for name, make in (("chain", chain), ("wide", wide)):
        for size in RUN_SIZES:
            pipeline = make(size)
            row = f"{name} of {size}"
            graph = pipeline.graph
            contenders[f"{row}|plain calls"] = _each(size, partial(_call_all, graph))
            contenders[f"{row}|graphlib"] = _each(size, partial(_sort_and_call, graph))
            contenders[f"{row}|Glacier"] = _each(size, partial(executor.execute, pipeline, {}))
    return _by_row(interleave(contenders, rounds))


def _each(size: int, call: Callable[[], object]) -> Callable[[], Mapping[str, float]]:
    """Measure a call in microseconds for each of its tasks, the collector at rest."""

    def measure() -> Mapping[str, float]:
        gc.collect()
        gc.disable()
        start_s = time.perf_counter()
        call()
        seconds = time.perf_counter() - start_s
        gc.enable()
        return {"value": seconds / size * 1e6}

    return measure


def _call_all(graph: Graph) -> None:
    values: dict[object, object] = {}
    for task in graph.order:
        arguments = {item.parameter: values[item.dataset] for item in task.signature.inputs}
        values[task.writes[0]] = task.function(**arguments)


def _sort_and_call(graph: Graph) -> None:
    values: dict[object, object] = {}
    for task in TopologicalSorter(graph.dependencies).static_order():
        arguments = {item.parameter: values[item.dataset] for item in task.signature.inputs}
        values[task.writes[0]] = task.function(**arguments)


def _by_row(found: Mapping[str, list[Mapping[str, float]]]) -> dict[str, Figures]:
    rows: dict[str, Figures] = {}
    for key, results in found.items():
        row, _, column = key.partition("|")
        rows.setdefault(row, {})[column] = spread([result["value"] for result in results])
    return rows


def _table(figures: Mapping[str, Figures]) -> str:
    columns = list(next(iter(figures.values())))
    rows = [
        [row, *(shown(values[column], 1) for column in columns)] for row, values in figures.items()
    ]
    return table(["", *columns], rows)


if __name__ == "__main__":
    main()
