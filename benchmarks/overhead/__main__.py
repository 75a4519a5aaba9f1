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
from benchmarks.overhead.thousand import pipeline as thousand
from glacier_runtime import LocalExecutor, Pipeline
from glacier_runtime.checks.dry_run import dry_run
from glacier_runtime.checks.portability import portability_problems
from glacier_runtime.checks.structure import structure_problems
from glacier_runtime.graph import Graph, build_graph

RUN_SIZES = (10, 100, 1000)
GRAPH_SIZES = (100, 1000, 10_000)


def main() -> None:
    """Measure, and print tables and JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = _runs(Path(folder), options.rounds)
    graphs = _graphs(options.rounds)
    dry_runs = _dry_runs(max(3, options.rounds // 3))
    figures = {"us_per_task": runs, "us_per_task_of_graph": graphs, "thousand_tasks_s": dry_runs}
    body = "\n\n".join(
        [
            "Microseconds for each task that does nothing, in memory:",
            _table(runs),
            "Microseconds for each task of a chain, to build the graph and to check its structure:",
            _table(graphs),
            "Seconds for a thousand lazy tasks:",
            table(["", "s"], [[name, shown(value, 3)] for name, value in dry_runs.items()]),
        ]
    )
    report("overhead", body, figures)


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


def _graphs(rounds: int) -> dict[str, Figures]:
    contenders: dict[str, Callable[[], Mapping[str, float]]] = {}
    for size in GRAPH_SIZES:
        pipeline = chain(size)
        row = f"{size:,} tasks"
        contenders[f"{row}|graph"] = _each(size, partial(_build, pipeline))
        contenders[f"{row}|structure"] = _each(size, partial(_check, pipeline))
        contenders[f"{row}|both"] = _each(size, partial(_build_and_check, pipeline))
        contenders[f"{row}|declaring the tasks"] = _each(size, partial(chain, size))
    return _by_row(interleave(contenders, rounds))


def _dry_runs(rounds: int) -> Figures:
    graph = thousand.graph
    contenders: dict[str, Callable[[], Mapping[str, float]]] = {
        "graph and structure": _each(1, partial(_build_and_check, thousand)),
        "schema dry run, child process included": _each(
            1, partial(dry_run, graph, [thousand.module], {})
        ),
        "Pipeline.validate()": _each(1, partial(_validate, thousand)),
    }
    found = interleave(contenders, rounds)
    return {
        name: spread([result["value"] / 1e6 for result in results])
        for name, results in found.items()
    }


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


def _build(pipeline: Pipeline) -> Graph:
    graph = build_graph(pipeline.tasks)
    assert graph.order
    return graph


def _check(pipeline: Pipeline) -> None:
    problems = [*structure_problems(pipeline.graph), *portability_problems(pipeline.graph)]
    assert not problems


def _build_and_check(pipeline: Pipeline) -> None:
    graph = _build(pipeline)
    assert not [*structure_problems(graph), *portability_problems(graph)]


def _validate(pipeline: Pipeline) -> None:
    report_ = pipeline.validate()
    assert report_.ok
    assert len(report_.checked) == len(pipeline.tasks), report_.not_checkable[:1]


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
