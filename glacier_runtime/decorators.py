"""The decorators `task` and `pipeline`: ways of writing what the other forms write as calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ParamSpec, TypeVar, overload

from glacier_runtime.arrivals import OnArrival
from glacier_runtime.config.existing import ForeignResource
from glacier_runtime.grants import Grant
from glacier_runtime.pipelines import Pipeline
from glacier_runtime.resources.compute import (
    ComputeResource,
    TaskOptions,
    compute_resource,
    decorator,
)
from glacier_runtime.schedules import Cron
from glacier_runtime.storage.locations import Location
from glacier_runtime.tasks import AnyTask, Task
from glacier_runtime.tracing.tracer import trace

__all__ = ["pipeline", "task"]

P = ParamSpec("P")
R = TypeVar("R")


@overload
def task(function: Callable[P, R]) -> Task[P, R]: ...


@overload
def task(
    *,
    compute: ComputeResource | ForeignResource | None = None,
    name: str | None = None,
    retries: int = 0,
    dry_run: bool = True,
    depends_on: Iterable[AnyTask | str] = (),
    timeout_s: float | None = None,
    cache: bool | None = None,
    grants: Iterable[Grant] = (),
    renamed_from: str | Sequence[str] = (),
) -> Callable[[Callable[P, R]], Task[P, R]]: ...


def task(
    function: Callable[P, R] | None = None,
    *,
    compute: ComputeResource | ForeignResource | None = None,
    name: str | None = None,
    retries: int = 0,
    dry_run: bool = True,
    depends_on: Iterable[AnyTask | str] = (),
    timeout_s: float | None = None,
    cache: bool | None = None,
    grants: Iterable[Grant] = (),
    renamed_from: str | Sequence[str] = (),
) -> Task[P, R] | Callable[[Callable[P, R]], Task[P, R]]:
    """Make a function a task; use it with or without parentheses.

    Args:
        function: The function; its annotations name what it reads, writes and takes as run parameters.
        compute: What runs it: of a provider (`provider.serverless()`), of no cloud in particular (`compute.serverless()`), or
            a Pulumi function that exists already. None is a function of the pipeline's cloud with the usual memory and time.
        name: Logical name; None takes the function's.
        retries: How often it is tried again after a failure, 0 to 20.
        dry_run: Whether the schema check may call it with empty frames.
        depends_on: Tasks that must be done before it, though it reads nothing of theirs; or their names.
        timeout_s: Seconds after which an attempt on this machine is stopped, wherever it is; it runs in a process of its own for that.
        cache: Whether a run may leave it out when nothing that it depends on has changed; None for tasks that read
            a dataset or make one partition, and do not read `Previous`.
        grants: Rights that the task is given by hand, because its signature cannot say them; see `Grant`.
        renamed_from: What it was called before, so that its function, its log and edits of its Terraform follow it; after
            several renames all names, the oldest first.

    Returns:
        The task, which called directly is still the function.

    Raises:
        DefinitionError: GLC107, if `retries` is out of range; GLC109, if `grants` lists no grants; GLC116, if `renamed_from` cannot be; GLC210, if `depends_on` lists no tasks; GLC213, if `compute`
            runs no tasks.

    Example:
        >>> from typing import Annotated
        >>> import polars as pl
        >>> from glacier_runtime import Dataset, Pipeline, compute
        >>> raw, clean = Dataset("raw"), Dataset("clean")
        >>> @task
        ... def extract() -> Annotated[pl.LazyFrame, raw]:
        ...     return pl.LazyFrame({"n": [1, None]})
        >>> @task(compute=compute.serverless(memory_mib=512))
        ... def drop_empty(rows: Annotated[pl.LazyFrame, raw]) -> Annotated[pl.LazyFrame, clean]:
        ...     return rows.drop_nulls()
        >>> Pipeline([drop_empty, extract], name="cleaning").run()["clean"].rows
        1
    """
    options = TaskOptions(
        name, retries, dry_run, depends_on, timeout_s, cache, grants, renamed_from
    )
    return decorator(compute_resource(compute), function, options)


@overload
def pipeline(function: Callable[..., object]) -> Pipeline: ...


@overload
def pipeline(
    *,
    name: str | None = None,
    description: str = "",
    schedule: Cron | None = None,
    trigger: OnArrival | None = None,
    storage: Location | None = None,
    deploy_local_as: ComputeResource | None = None,
) -> Callable[[Callable[..., object]], Pipeline]: ...


def pipeline(
    function: Callable[..., object] | None = None,
    *,
    name: str | None = None,
    description: str = "",
    schedule: Cron | None = None,
    trigger: OnArrival | None = None,
    storage: Location | None = None,
    deploy_local_as: ComputeResource | None = None,
) -> Pipeline | Callable[[Callable[..., object]], Pipeline]:
    """Make a pipeline of a function that calls tasks and passes on what they return; use it with or without parentheses.

    The function is called once, where it is decorated, and no task runs: each call stands for the datasets that the task
    will make. Its parameters are run parameters. What it returns is what the run's result is asked for by `collect()`.

    Args:
        function: The function. It may pass results of tasks, buckets with a path, datasets, sources and plain values.
        name: Logical name; None takes the function's.
        description: What it is for, in a sentence; without one, the first line of the function's docstring.
        schedule: When it runs once deployed.
        trigger: Whose files start it once deployed; see `Pipeline`.
        storage: The folder where results lie that no dataset names; None keeps them in memory for the length of a run, which
            only tasks on this machine can share.
        deploy_local_as: What tasks of `local()` run on once deployed; see `Pipeline`.

    Raises:
        DefinitionError: GLC101 for a bad name, GLC209 for no plain function, GLC212 if it looks into results that are not there
            yet, GLC765 if no cloud has `deploy_local_as`, GLC838 for a trigger that is none. Calls that do not fit a task's signature (GLC211) are reported by `validate`.

    Example:
        >>> import polars as pl
        >>> @task
        ... def count(up_to: int) -> pl.LazyFrame:
        ...     return pl.LazyFrame({"n": range(up_to)})
        >>> @task
        ... def double(rows: pl.LazyFrame) -> pl.LazyFrame:
        ...     return rows.select(pl.col("n") * 2)
        >>> @pipeline(name="doubling")
        ... def doubling(up_to: int = 3):
        ...     return double(count(up_to))
        >>> doubling.run(params={"up_to": 2}).collect()["n"].to_list()
        [0, 2]
    """

    def traced(decorated: Callable[..., object]) -> Pipeline:
        found = trace(decorated, storage)
        docstring = (decorated.__doc__ or "").strip().partition("\n")[0]
        made = Pipeline(
            found.tasks,
            name=decorated.__name__ if name is None else name,
            description=description or docstring,
            schedule=schedule,
            trigger=trigger,
            deploy_local_as=deploy_local_as,
        )
        made.returned, made.problems = found.returned, found.problems
        made.module = decorated.__module__
        return made

    return traced if function is None else traced(function)
