"""The graph in Kedro: nodes, and a pipeline of them, which sorts them and looks for what is made twice."""

from __future__ import annotations

from collections.abc import Callable

from kedro.pipeline import Pipeline, node
from kedro.pipeline.node import Node
from timing import Stages, reads, report


def _stages(size: int) -> Stages:
    functions = [_function() for _ in range(size)]
    return lambda: _nodes(functions), Pipeline


def _function() -> Callable[[object, object], object]:
    return lambda newest, _: newest


def _nodes(functions: list[Callable[[object, object], object]]) -> list[Node]:
    return [
        node(
            function,
            [f"step_{read}" for read in reads(number)],
            f"step_{number + 2}",
            name=f"make_{number + 2}",
        )
        for number, function in enumerate(functions)
    ]


report(_stages)
