"""Pipelines: a name, tasks, and what follows from them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar, overload

from glacier_runtime.arrivals import OnArrival, check_trigger
from glacier_runtime.callers import caller_module
from glacier_runtime.computed_once import cached_property
from glacier_runtime.deployed_graph import checked_stand_in, deployed_graph
from glacier_runtime.errors import InvalidPipelineError, Problem
from glacier_runtime.executors import Executor, chosen_executor, settled
from glacier_runtime.names import check_name
from glacier_runtime.resources.compute import TaskOptions, compute_resource, decorator
from glacier_runtime.schedules import Cron, check_schedule
from glacier_runtime.tasks import AnyTask, Task, checked_tasks

if TYPE_CHECKING:
    from glacier_runtime.checks.report import Report
    from glacier_runtime.checks.whole import Subject
    from glacier_runtime.compiled import Compiled, Generation
    from glacier_runtime.config.clouds import CloudScope
    from glacier_runtime.config.existing import ForeignResource
    from glacier_runtime.datasets import Dataset
    from glacier_runtime.deployment import Deployed
    from glacier_runtime.execution.results import RunResult
    from glacier_runtime.grants import Grant
    from glacier_runtime.graph import Graph
    from glacier_runtime.manifest import Manifest
    from glacier_runtime.resources.compute import ComputeResource
    from glacier_runtime.secrets import SecretParameter
    from glacier_runtime.signatures import Parameter
    from glacier_runtime.targets import Target

__all__ = ["Pipeline"]

P = ParamSpec("P")
R = TypeVar("R")
Made = TypeVar("Made")


class Pipeline:
    """Tasks under one name; the graph follows from their signatures.

    Args:
        tasks: The tasks, in any order; more are added by `@pipeline.task`.
        name: Logical name, such as `flights`.
        description: What it is for, in a sentence.
        schedule: When it runs once deployed.
        trigger: Whose files start it once deployed, when they arrive; with `schedule`, both do.
        deploy_local_as: What tasks of `local()` run on once deployed; on this machine, nothing changes. None refuses to deploy them.

    Attributes:
        returned: The datasets that the function of a traced pipeline returns; none for others.
        problems: Calls in the function of a traced pipeline that cannot be; reported by `validate`.

    Raises:
        DefinitionError: GLC101 for a bad name, GLC314 for what is no task, GLC765 if no cloud has `deploy_local_as`, GLC838 for no trigger.

    Example:
        >>> from typing import Annotated
        >>> import polars as pl
        >>> from glacier_runtime import Dataset, compute
        >>> numbers = Dataset("numbers")
        >>> @compute.local().task
        ... def count() -> Annotated[pl.LazyFrame, numbers]:
        ...     return pl.LazyFrame({"n": [1, 2, 3]})
        >>> Pipeline(name="counting", tasks=[count]).run()[numbers].rows
        3
    """

    def __init__(
        self,
        tasks: Sequence[AnyTask] = (),
        *,
        name: str = "pipeline",
        description: str = "",
        schedule: Cron | None = None,
        trigger: OnArrival | None = None,
        deploy_local_as: ComputeResource | None = None,
    ) -> None:
        self.name = check_name("pipeline", name)
        self.tasks = checked_tasks(name, tasks)
        self.description = description
        self.schedule = check_schedule(name, schedule)
        self.trigger = check_trigger(name, trigger)
        self.deploy_local_as = checked_stand_in(name, deploy_local_as)
        self.returned: tuple[Dataset, ...] = ()
        self.problems: tuple[Problem, ...] = ()
        self.module = caller_module(1)  # where tasks are found that no module holds by name

    def __repr__(self) -> str:
        names = ", ".join(task.name for task in self.tasks)
        return f"Pipeline(name={self.name!r}, tasks=[{names}])"

    @overload
    def task(self, function: Callable[P, R]) -> Task[P, R]: ...

    @overload
    def task(
        self,
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
        self,
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
        """Make a function a task of this pipeline; use it with or without parentheses.

        Args:
            function: The function; its annotations name what it reads, writes and takes as run parameters.
            compute: What runs it; see `task`.
            name: Logical name; None takes the function's.
            retries: How often it is tried again after a failure, 0 to 20.
            dry_run: Whether the schema check may call it with empty frames.
            depends_on: Tasks that must be done before it, though it reads nothing of theirs; or their names.
            timeout_s: Seconds after which an attempt on this machine is stopped, wherever it is; it runs in a process of its own for that.
            cache: Whether a run may leave it out when nothing that it depends on has changed; see `task`.
            grants: Rights that the task is given by hand, because its signature cannot say them; see `Grant`.
            renamed_from: What it was called before; see `task`.

        Returns:
            The task, which called directly is still the function.

        Raises:
            DefinitionError: GLC107, GLC109, GLC116, GLC210 or GLC213, if an argument cannot be.

        Example:
            >>> from glacier_runtime import compute
            >>> pipeline = Pipeline(name="counting")
            >>> @pipeline.task(compute=compute.serverless(memory_mib=512))
            ... def count() -> None: ...
            >>> [task.name for task in pipeline.tasks]
            ['count']
        """
        given = (name, retries, dry_run, depends_on, timeout_s, cache, grants, renamed_from)
        return decorator(compute_resource(compute), function, TaskOptions(*given), self._add)

    def _add(self, task: AnyTask) -> None:
        self.tasks = (*self.tasks, task)
        for derived in ("graph", "manifest"):
            self.__dict__.pop(derived, None)

    @cached_property
    def graph(self) -> Graph:
        """The tasks, joined by the datasets they share."""
        from glacier_runtime.graph import build_graph  # noqa: PLC0415 (who declares needs none)

        return build_graph(self.tasks)

    @cached_property
    def manifest(self) -> Manifest:
        """The pipeline as data.

        Raises:
            InvalidPipelineError: If the structure has problems.
        """
        self.validate(columns=False).raise_for_problems()
        return self._written_down(None)

    def _written_down(self, scope: CloudScope | None) -> Manifest:
        from glacier_runtime.manifest_building import build_manifest  # noqa: PLC0415 (runs do not)

        graph = deployed_graph(self.graph, self.deploy_local_as, scope)
        declared = (self.name, graph, self.description, self.schedule)
        return build_manifest(*declared, scope, trigger=self.trigger)

    def validate(
        self,
        *,
        columns: bool = True,
        params: Mapping[str, object] | None = None,
        use_memory: bool = False,
    ) -> Report:
        """Check the whole pipeline without touching data.

        Args:
            columns: Whether to check columns too, by the schema dry run in a child process, and to search tasks for dangerous calls.
            params: Run parameters; tasks with a parameter that has no default need it to be checked. What is not given
                comes from the environment, as in `run`.
            use_memory: Whether columns need no second check if nothing that Python imported has changed since they were clean.

        Returns:
            All problems, each with code, place and fix; and warnings, which make nothing invalid.

        Raises:
            ParameterError: GLC602, GLC603 or GLC607, if `params` holds unknown or invalid ones, or secrets.
        """
        from glacier_runtime.checks.whole import check, search  # noqa: PLC0415 (nor checks)
        from glacier_runtime.parameters import as_json, resolve  # noqa: PLC0415

        environ = os.environ if columns else None  # the structure is the same for all of them
        values = resolve(
            self.parameters, params or {}, complete=False, secrets=self.secrets, environ=environ
        )
        plain = as_json(self.parameters, values) if columns else None
        report = check(subject := self._subject(), plain, use_memory=use_memory)
        return search(subject, report) if columns else report

    def _subject(self, scope: CloudScope | None = None) -> Subject:
        from glacier_runtime.checks.whole import Subject  # noqa: PLC0415 (as in `validate`)

        declared = (self.name, self.graph, self.schedule, self.problems, self.module)
        return Subject(*declared, scope, self.deploy_local_as, self.trigger)

    def compile(self, target: Target) -> Compiled:
        """Check the pipeline for a part of a cloud, and write its infrastructure down, without writing a file.

        Resources of this machine are taken for the target's: `Provider.from_env()` without `GLACIER_CLOUD` compiles for any.

        Args:
            target: `AwsTarget(region="eu-west-1")`, an `AwsConfig`, or anything else that has a `scope`.

        Raises:
            InvalidPipelineError: With everything that the checks find; GLC308, if resources belong somewhere else than the target.
            GenerationError: GLC802, with everything that the cloud would refuse; GLC804, if no generators are installed, or none for
                that cloud.

        Example:
            >>> from glacier_runtime import AwsTarget, compute
            >>> pipeline = Pipeline(name="counting")
            >>> @pipeline.task(compute=compute.serverless())
            ... def count() -> None: ...
            >>> compiled = pipeline.compile(AwsTarget(region="eu-west-1"))
            >>> print(compiled.files["infra/terraform.tfvars"], end="")
            project = "counting"
            region  = "eu-west-1"
        """
        from glacier_runtime.checks.whole import check  # noqa: PLC0415 (a run does not compile)
        from glacier_runtime.compiled import compile_manifest  # noqa: PLC0415
        from glacier_runtime.targets import agreed  # noqa: PLC0415

        scope = agreed(self.graph.scope, target.scope)
        check(self._subject(scope), {}, use_memory=True).raise_for_problems()
        return compile_manifest(self._written_down(scope))

    @overload
    def run(
        self,
        *,
        mode: Literal["local"] = "local",
        executor: None = None,
        params: Mapping[str, object] | None = None,
    ) -> RunResult: ...

    @overload
    def run(self, *, mode: Literal["generate"], executor: None = None) -> Generation: ...

    @overload
    def run(self, *, mode: Literal["deploy"], executor: None = None) -> Deployed: ...

    @overload
    def run(
        self, *, executor: Executor[Made], params: Mapping[str, object] | None = None
    ) -> Made: ...

    @overload
    def run(
        self, *, mode: str, executor: None = None, params: Mapping[str, object] | None = None
    ) -> Any: ...  # what somebody's executor returns, only they know

    def run(
        self,
        *,
        mode: str = "local",
        executor: Executor[Any] | None = None,
        params: Mapping[str, object] | None = None,
    ) -> Any:
        """Validate the pipeline, then run it.

        Columns are not checked again if nothing that Python imported has changed since they were last found clean.

        Args:
            mode: The name of an installed executor. `local` runs the pipeline on this machine; `generate` and `deploy` do for the
                project around the working directory what `glacier generate` and `glacier deploy` do.
            executor: An executor, with options, in place of `mode`: `LocalExecutor(fuse=False)`.
            params: Run parameters by name; what is not given comes from `GLACIER_PARAM_<NAME>`, else it has its default.

        Returns:
            What was made, keyed by dataset; from other executors, whatever they return.

        Raises:
            ParameterError: GLC602 to GLC604, if parameters are unknown, invalid or missing; GLC606 to GLC609, if secrets
                are; nothing was run.
            InvalidPipelineError: If the checks find problems; nothing was run.
            ProjectError: GLC605, if no executor of that name is installed.
            StorageError: GLC501 to GLC509, if data is missing, unreadable, busy, or could not be written.
            ExecutionError: GLC504 or GLC601, if rows break a rule or a task fails; its group published nothing.
        """
        from glacier_runtime.checks.finding import refuse_while_looking  # noqa: PLC0415
        from glacier_runtime.checks.whole import check  # noqa: PLC0415
        from glacier_runtime.parameters import as_json, resolve  # noqa: PLC0415

        refuse_while_looking()
        runner = chosen_executor(executor, mode)
        if not getattr(runner, "runs_tasks", True):
            return runner.execute(self, params or {})
        runner, implied = settled(runner, self)
        given = {**implied, **(params or {})}
        values = resolve(self.parameters, given, secrets=self.secrets, environ=os.environ)
        plain = as_json(self.parameters, values)
        check(self._subject(), plain, use_memory=True, deploy=False).raise_for_problems()
        return runner.execute(self, values)

    def get_execution_order(self) -> tuple[AnyTask, ...]:
        """Return the tasks in an order that respects every dependency.

        Raises:
            InvalidPipelineError: GLC301, if tasks depend on each other in a circle.
        """
        return tuple(task for level in self.get_execution_levels() for task in level)

    def get_execution_levels(self) -> tuple[tuple[AnyTask, ...], ...]:
        """Return the tasks level by level; those of one level do not wait for each other.

        Raises:
            InvalidPipelineError: GLC301, if tasks depend on each other in a circle.
        """
        if self.graph.cycles:
            from glacier_runtime.checks.structure import cycle_problems  # noqa: PLC0415 (rare)

            raise InvalidPipelineError(cycle_problems(self.graph))
        return self.graph.levels

    def get_source_tasks(self) -> tuple[AnyTask, ...]:
        """Return the tasks that wait for no other."""
        return tuple(task for task in self.tasks if not self.graph.dependencies[task])

    def get_sink_tasks(self) -> tuple[AnyTask, ...]:
        """Return the tasks that no other waits for."""
        return tuple(task for task in self.tasks if not self.graph.consumers[task])

    def get_dependencies(self, task: AnyTask | str) -> tuple[AnyTask, ...]:
        """Return the tasks that a task, or the one of that name, waits for.

        Raises:
            DefinitionError: GLC316, if the pipeline does not have it.
        """
        return self.graph.dependencies[self.graph.find(task)]

    def get_consumers(self, task: AnyTask | str) -> tuple[AnyTask, ...]:
        """Return the tasks that wait for a task, or for the one of that name.

        Raises:
            DefinitionError: GLC316, if the pipeline does not have it.
        """
        return self.graph.consumers[self.graph.find(task)]

    def visualize(
        self,
        format: Literal["text", "mermaid"] = "text",  # noqa: A002 (as the command line calls it)
    ) -> str:
        """Draw the graph, level by level for a terminal, or in Mermaid.

        Raises:
            InvalidPipelineError: GLC301, if tasks depend on each other in a circle.
        """
        self.get_execution_levels()
        return self.graph.to_mermaid() if format == "mermaid" else self.graph.to_text()

    def to_dict(self) -> dict[str, object]:
        """Return the graph as plain data: levels, tasks with what they read, write and wait for, sources and sinks.

        Raises:
            InvalidPipelineError: GLC301, if tasks depend on each other in a circle.
        """
        self.get_execution_levels()
        return {"pipeline": self.name, **self.graph.to_dict()}

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The run parameters that tasks declare; one that several declare is there once."""
        return self.graph.parameters

    @property
    def secrets(self) -> tuple[SecretParameter, ...]:
        """The secrets that tasks take; each task may take one through another parameter."""
        return self.graph.secrets
