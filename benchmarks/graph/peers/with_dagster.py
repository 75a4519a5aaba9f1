"""The graph in Dagster: an op each, and a job of them."""

import logging
from typing import Any

from dagster import DependencyDefinition, GraphDefinition, In, OpDefinition, Out, op
from timing import Stages, reads, report

logging.disable(logging.CRITICAL)


def _stages(size: int) -> Stages:
    return lambda: _ops(size), _job


def _ops(size: int) -> list[OpDefinition]:
    given = {"newest": In(), "middle": In()}
    sources = [op(name=f"step_{number}", out=Out())(_source) for number in range(2)]
    made = [op(name=f"step_{number + 2}", ins=given, out=Out())(_step) for number in range(size)]
    return sources + made


def _job(ops: list[OpDefinition]) -> object:
    dependencies = {
        f"step_{number + 2}": {
            name: DependencyDefinition(f"step_{read}")
            for name, read in zip(("newest", "middle"), reads(number), strict=True)
        }
        for number in range(len(ops) - 2)
    }
    return GraphDefinition(name="mixed", node_defs=ops, dependencies=dependencies).to_job()


def _source() -> Any:
    return {}


def _step(newest: Any, middle: Any) -> Any:  # noqa: ARG001 (an edge is all that it is)
    return newest


report(_stages)
