"""The pipelines in Glacier, executed as `Pipeline.run` does it after its checks, without a history."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from timing import report

from benchmarks.overhead.pipelines import chain, wide
from glacier_runtime import LocalExecutor, Pipeline


def make(shape: Callable[[int], Pipeline], size: int) -> Callable[[], object]:
    """Make a pipeline, and return what executes it."""
    pipeline = shape(size)
    executor = LocalExecutor(root=Path(tempfile.mkdtemp()), log=False)
    return lambda: executor.execute(pipeline, {})


report({"chain": partial(make, chain), "wide": partial(make, wide)}, rounds=15)
