"""What every test of execution starts with: a bucket in a folder, a resource, and a run without the checks before it.

Each run of `Pipeline.run` starts a checking process. The checks have tests of their own; here they would only cost time.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from glacier_runtime import LocalExecutor, Pipeline, Provider
from glacier_runtime.config import LocalConfig
from glacier_runtime.execution.events import Observer
from glacier_runtime.execution.results import RunResult
from glacier_runtime.parameters import resolve
from glacier_runtime.resources.bucket import Bucket
from glacier_runtime.tasks import AnyTask

__all__ = ["Number", "lake", "local", "run", "run_tasks"]

local = Provider(config=LocalConfig()).local()


class Number(BaseModel):
    n: int


def lake(root: Path) -> Bucket:
    return Provider(config=LocalConfig(base_path=root / "data")).bucket("lake")


def run(
    pipeline: Pipeline,
    root: Path,
    *,
    fuse: bool = True,
    observer: Observer | None = None,
    **params: object,
) -> RunResult:
    executor = LocalExecutor(fuse=fuse, root=root, observer=observer)
    return executor.execute(pipeline, resolve(pipeline.parameters, params))


def run_tasks(
    root: Path,
    *tasks: AnyTask,
    fuse: bool = True,
    observer: Observer | None = None,
    **params: object,
) -> RunResult:
    pipeline = Pipeline(name="under-test", tasks=tasks)
    return run(pipeline, root, fuse=fuse, observer=observer, **params)
