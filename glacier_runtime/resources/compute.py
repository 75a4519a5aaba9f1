"""Compute resources: where tasks run. Their `task` decorator binds a function to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar, overload

from glacier_runtime.callers import caller_namespace
from glacier_runtime.config.clouds import CloudScope
from glacier_runtime.config.existing import existing_resource
from glacier_runtime.config.specs import ExistingSpec
from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.grants import Grant
from glacier_runtime.tasks import AnyTask, Task, make_task

if TYPE_CHECKING:
    from glacier_runtime.config.compute import ComputeSpec

__all__ = ["ComputeResource", "TaskOptions", "compute_resource", "decorator"]

# What Pulumi calls the functions of AWS, Google Cloud and Azure.
_FUNCTIONS: Final = frozenset({"Function", "FunctionApp", "WebApp"})

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class ComputeResource:
    """A place that runs tasks; made by `Provider.local`, `Provider.serverless` and their kin.

    Attributes:
        spec: What is asked of it.
        scope: Which part of which cloud it belongs to; None is that of the pipeline whose tasks it runs.
    """

    spec: ComputeSpec
    scope: CloudScope | None

    @property
    def cloud(self) -> str:
        """The cloud it belongs to, or "local"."""
        return self.scope.cloud if self.scope is not None else "local"

    @overload
    def task(self, function: Callable[P, R]) -> Task[P, R]: ...

    @overload
    def task(
        self,
        *,
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
        self,
        function: Callable[P, R] | None = None,
        *,
        name: str | None = None,
        retries: int = 0,
        dry_run: bool = True,
        depends_on: Iterable[AnyTask | str] = (),
        timeout_s: float | None = None,
        cache: bool | None = None,
        grants: Iterable[Grant] = (),
        renamed_from: str | Sequence[str] = (),
    ) -> Task[P, R] | Callable[[Callable[P, R]], Task[P, R]]:
        """Make a function a task of this resource; use it with or without parentheses.

        Args:
            function: The function; its annotations name what it reads, writes and takes as run parameters.
            name: Logical name; None takes the function's.
            retries: How often it is tried again after a failure, 0 to 20. A task with retries is a group of its own.
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
            DefinitionError: GLC107, if `retries` is out of range; GLC109, if `grants` lists no grants; GLC116, if `renamed_from` cannot be; GLC210, if `depends_on` lists no tasks. Faults of the signature are reported by `validate`.

        Example:
            >>> from typing import Annotated
            >>> import polars as pl
            >>> from glacier_runtime import Dataset, Provider
            >>> from glacier_runtime.config import LocalConfig
            >>> numbers = Dataset("numbers")
            >>> local = Provider(config=LocalConfig()).local()
            >>> @local.task
            ... def count(up_to: int = 3) -> Annotated[pl.LazyFrame, numbers]:
            ...     return pl.LazyFrame({"n": range(up_to)})
            >>> [dataset.name for dataset in count.writes]
            ['numbers']
            >>> count(2).collect().height
            2
        """
        options = TaskOptions(
            name, retries, dry_run, depends_on, timeout_s, cache, grants, renamed_from
        )
        return decorator(self, function, options)


def compute_resource(given: object) -> ComputeResource:
    """Return what a task decorator's `compute=` stands for; without one, a function of whatever cloud the pipeline is in.

    Raises:
        DefinitionError: GLC213, for what runs no tasks.
    """
    if given is None:
        from glacier_runtime.config.functions import (  # noqa: PLC0415 (nobody pays for a kind that is not used)
            ServerlessSpec,
        )

        return ComputeResource(ServerlessSpec(), None)
    if isinstance(given, ComputeResource):
        return given
    existing = existing_resource(given)
    if existing is not None and existing.type.rpartition(":")[2] in _FUNCTIONS:
        return ComputeResource(ExistingSpec(resource=existing), None)
    raise DefinitionError(
        Problem(
            code=Code.BAD_COMPUTE,
            message=f"compute={given!r:.80} runs no tasks",
            fix="give a resource: compute.serverless(memory_mib=512), provider.serverless(), or a function of Pulumi",
        )
    )


@dataclass(frozen=True, slots=True)
class TaskOptions:
    """What every `task` decorator takes beside the resource; see `ComputeResource.task`."""

    name: str | None
    retries: int
    dry_run: bool
    depends_on: Iterable[AnyTask | str]
    timeout_s: float | None
    cache: bool | None
    grants: Iterable[Grant]
    renamed_from: str | Sequence[str]


def decorator(
    resource: ComputeResource,
    function: Callable[P, R] | None,
    options: TaskOptions,
    made: Callable[[AnyTask], object] | None = None,
) -> Task[P, R] | Callable[[Callable[P, R]], Task[P, R]]:
    """Do what every `task` decorator does; to be called by it directly, for names around it are looked up from there.

    Args:
        resource: What runs the task.
        function: The decorated function, if the decorator is used without parentheses.
        options: What the decorator was given.
        made: Told of the task.
    """

    def bind(decorated: Callable[P, R], depth: int = 1) -> Task[P, R]:
        task = make_task(
            decorated,
            compute=resource.spec,
            scope=resource.scope,
            name=options.name,
            retries=options.retries,
            dry_run=options.dry_run,
            depends_on=options.depends_on,
            timeout_s=options.timeout_s,
            cache=options.cache,
            grants=options.grants,
            renamed_from=options.renamed_from,
            namespace=caller_namespace(depth),
        )
        if made is not None:
            made(task)
        return task

    return bind if function is None else bind(function, depth=3)
