"""What a graph costs beside graphlib, which is the least that sorting its edges takes in Python."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from graphlib import TopologicalSorter
from typing import Final, get_type_hints

from benchmarks.checks.clocks import clocked
from benchmarks.checks.synthetic import Blank, declare, undeclared
from glacier_runtime import Pipeline
from glacier_runtime.graph import Graph, build_graph
from glacier_runtime.manifest_building import build_manifest

__all__ = ["GRAPHLIB", "HINTS", "WHOLE", "contenders"]

GRAPHLIB: Final = "graphlib"
HINTS: Final = "inspect and typing"
WHOLE: Final = "graph and structure"

Measured = Callable[[], Mapping[str, float]]


def contenders(shape: str, size: int) -> dict[str, Measured]:
    """Return what is measured of one pipeline, each in microseconds a task."""
    blanks = undeclared(shape, size)
    pipeline = Pipeline(name=shape, tasks=declare(blanks))
    graph = pipeline.graph
    each = partial(clocked, size)
    return {
        GRAPHLIB: each(lambda: tuple(TopologicalSorter(graph.dependencies).static_order())),
        "graph, in order": each(lambda: build_graph(pipeline.tasks).order),
        WHOLE: each(partial(_checked, pipeline)),
        "manifest": each(partial(_manifest, graph)),
        HINTS: each(partial(_read_by_hand, blanks)),
        "signatures": each(partial(declare, blanks)),
    }


def _checked(pipeline: Pipeline) -> None:
    """Do what `validate` does without columns, as for a pipeline that was only just declared."""
    fresh = Pipeline(name=pipeline.name, tasks=pipeline.tasks)
    report = fresh.validate(columns=False)
    assert report.ok, report
    assert len(fresh.graph.order) == len(pipeline.tasks)


def _manifest(graph: Graph) -> None:
    assert build_manifest("measured", graph, "", None).tasks


def _read_by_hand(blanks: list[Blank]) -> None:
    """Read the annotations, and make nothing of them."""
    for blank in blanks:
        inspect.signature(blank.function)
        get_type_hints(blank.function, include_extras=True)
