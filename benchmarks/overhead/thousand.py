"""A thousand lazy tasks at the top level of a module, where the schema dry run can import them."""

from __future__ import annotations

from benchmarks.overhead.pipelines import lazy_tasks
from glacier_runtime import Pipeline

__all__ = ["pipeline"]

pipeline = Pipeline(name="thousand", tasks=lazy_tasks(1000))
