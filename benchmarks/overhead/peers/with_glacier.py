"""The chain in Glacier, executed as `Pipeline.run` does it after its checks, without a history."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from timing import report

from benchmarks.overhead.pipelines import chain
from glacier_runtime import LocalExecutor


def make(size: int) -> Callable[[], object]:
    """Make a pipeline, and return what executes it."""
    pipeline = chain(size)
    executor = LocalExecutor(root=Path(tempfile.mkdtemp()), log=False)
    return lambda: executor.execute(pipeline, {})


report(make, rounds=15)
