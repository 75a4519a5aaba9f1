"""The pipelines in Kedro, its runner alone: no project, no session, no hooks."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from kedro.io import DataCatalog
from kedro.pipeline import Pipeline, node
from kedro.runner import SequentialRunner
from timing import report

logging.disable(logging.CRITICAL)


def _first() -> dict[str, object]:
    return {}


def make(read: Callable[[int], int], size: int) -> Callable[[], object]:
    """Make a pipeline, and return what runs it; `read` says which step a step reads."""
    nodes = [node(_first, None, "step_0", name="make_0")]
    nodes += [
        node(lambda given: given, f"step_{read(n)}", f"step_{n}", name=f"make_{n}")
        for n in range(1, size)
    ]
    pipeline = Pipeline(nodes)
    return lambda: SequentialRunner().run(pipeline, DataCatalog())


report({"chain": partial(make, lambda n: n - 1), "wide": partial(make, lambda _: 0)}, rounds=2)
