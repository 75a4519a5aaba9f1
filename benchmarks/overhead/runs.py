"""Tasks that do nothing, run by a loop, by the standard library and by Glacier."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from functools import partial
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final

from benchmarks.measuring import Rounds, interleave, table
from benchmarks.overhead.pipelines import chain, wide
from glacier_runtime import LocalExecutor, Pipeline
from glacier_runtime.graph import Graph

__all__ = ["Least", "least", "measured", "shown_runs"]

SIZES: Final = (1, 10, 100, 1000)
FIRST: Final = "Glacier, first run"

Least = dict[str, dict[str, float]]
"""The least of all rounds, by row and column."""


def measured(root: Path, rounds: int) -> Rounds:
    """Return CPU microseconds for each task; the first run of a pipeline finds its order and its groups, too."""
    contenders: dict[str, Callable[[], Mapping[str, float]]] = {}
    executor = LocalExecutor(root=root, log=False)
    for name, make in (("chain", chain), ("wide", wide)):
        for size in SIZES:
            pipeline = make(size)
            row, graph = f"{name} of {size:,}", pipeline.graph
            contenders[f"{row}|plain calls"] = _each(size, partial(_call_all, graph))
            contenders[f"{row}|graphlib"] = _each(size, partial(_sort_and_call, graph))
            contenders[f"{row}|Glacier"] = _each(size, partial(executor.execute, pipeline, {}))
            contenders[f"{row}|with checks"] = _each(size, partial(_run, pipeline, executor))
            contenders[f"{row}|{FIRST}"] = partial(_first, partial(make, size), executor)
    return interleave(contenders, rounds)


def least(found: Rounds) -> Least:
    """Return the least of all rounds, by row and column."""
    rows: Least = {}
    for key, results in found.items():
        row, _, column = key.partition("|")
        rows.setdefault(row, {})[column] = min(result["value"] for result in results)
    return rows


def shown_runs(figures: Least) -> str:
    """Return the figures as a table."""
    columns = list(next(iter(figures.values())))
    rows = [
        [row, *(f"{values[column]:.1f}" for column in columns)] for row, values in figures.items()
    ]
    return table(["", *columns], rows)


def _each(size: int, call: Callable[[], object]) -> Callable[[], Mapping[str, float]]:
    """Measure a call in CPU microseconds for each of its tasks, the collector at rest."""

    def measure() -> Mapping[str, float]:
        gc.collect()
        gc.disable()
        start_s = time.process_time()
        call()
        seconds = time.process_time() - start_s
        gc.enable()
        return {"value": seconds / size * 1e6}

    return measure


def _run(pipeline: Pipeline, executor: LocalExecutor) -> None:
    pipeline.run(executor=executor)


def _first(make: Callable[[], Pipeline], executor: LocalExecutor) -> Mapping[str, float]:
    pipeline = make()
    return _each(len(pipeline.tasks), partial(executor.execute, pipeline, {}))()


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
