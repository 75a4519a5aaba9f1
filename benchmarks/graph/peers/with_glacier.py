"""The graph in Glacier: signatures are read where tasks are declared; a graph is everything that is checked without user code."""

from __future__ import annotations

from timing import Stages, report

from benchmarks.checks.synthetic import declare, undeclared
from glacier_runtime import Pipeline
from glacier_runtime.tasks import AnyTask


def _stages(size: int) -> Stages:
    blanks = undeclared("mixed", size)
    return lambda: declare(blanks), _checked


def _checked(tasks: list[AnyTask]) -> None:
    pipeline = Pipeline(name="mixed", tasks=tasks)
    assert pipeline.validate(columns=False).ok
    assert len(pipeline.graph.order) == len(tasks)


report(_stages)
