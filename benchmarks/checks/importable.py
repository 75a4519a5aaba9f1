"""A pipeline at the top level of a module, where the dry run's child can import it; an environment variable says its size."""

from __future__ import annotations

import os
from typing import Final

from benchmarks.checks.synthetic import declare, undeclared
from glacier_runtime import Pipeline

__all__ = ["SIZE_VARIABLE", "pipeline"]

SIZE_VARIABLE: Final = "GLACIER_BENCHMARK_TASKS"

pipeline = Pipeline(
    name="importable", tasks=declare(undeclared("mixed", int(os.environ.get(SIZE_VARIABLE, "1"))))
)
