"""Pipelines: a name, tasks, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeVar, overload

from glacier_runtime.callers import caller_module
from glacier_runtime.checks.dry_run import dry_run
from glacier_runtime.checks.portability import portability_problems
from glacier_runtime.checks.report import Report
from glacier_runtime.checks.structure import structure_problems
from glacier_runtime.compiled import Compiled, Generation, compile_manifest
from glacier_runtime.errors import Code, DefinitionError, Problem, ProjectError
from glacier_runtime.graph import Graph, build_graph
from glacier_runtime.manifest import Manifest, build_manifest
from glacier_runtime.names import check_name
from glacier_runtime.parameters import as_json, resolve
from glacier_runtime.schedules import Cron
from glacier_runtime.secrets import SecretParameter
from glacier_runtime.signatures import Parameter
from glacier_runtime.targets import Target, agreed, target_problems
from glacier_runtime.tasks import AnyTask, Task

if TYPE_CHECKING:
    from glacier_runtime.execution.results import RunResult

__all__ = ["Executor", "Pipeline"]


Made_co = TypeVar("Made_co", covariant=True)

# Who deploys is no executor yet; until then, these commands do it.
_INSTEAD: Final = {
    "deploy": "glacier generate, then glacier build, then terraform -chdir=infra init, then terraform -chdir=infra apply"
}


class Executor(Protocol[Made_co]):
    """What does something with a pipeline; installed under the entry point group `glacier.executors` by the name of its mode.

    One that runs no task, and has no use for parameters, secrets and checks of this machine, says `runs_tasks = False`.
    """

    def execute(self, pipeline: Pipeline, params: Mapping[str, object], /) -> Made_co:
        """Do it; for one that runs tasks, the pipeline is valid and parameters are complete."""
        ...


class Pipeline:
    """Tasks under one name; the graph follows from their signatures.

    Args:
        name: Logical name, such as `flights`.
        tasks: The tasks, in any order.
        description: What it is for, in a sentence.
        schedule: When it runs once deployed.

    Raises:
        DefinitionError: GLC101 for a bad name, GLC314 if something in `tasks` is no task.

    Example:
        >>> from typing import Annotated
        >>> import polars as pl
        >>> from glacier_runtime import Dataset, Provider
        >>> from glacier_runtime.config import LocalConfig
        >>> numbers = Dataset("numbers")
        >>> @Provider(config=LocalConfig()).local().task
        ... def count() -> Annotated[pl.LazyFrame, numbers]:
        ...     return pl.LazyFrame({"n": [1, 2, 3]})
        >>> pipeline = Pipeline(name="counting", tasks=[count])
        >>> pipeline.run()[numbers].rows
        3
    """

    def __init__(
        self,
        *,
        name: str,
        tasks: Sequence[AnyTask],
        description: str = "",
        schedule: Cron | None = None,
    ) -> None:
        self.name = check_name("pipeline", name)
        self.tasks = _checked_tasks(name, tasks)
        self.description = description
        self.schedule = schedule
        # Where it is made: the dry run's child finds tasks there that no module holds by name.
        self.module = caller_module(1)

    def __repr__(self) -> str:
        return (
            f"Pipeline(name={self.name!r}, tasks=[{', '.join(task.name for task in self.tasks)}])"
        )

    @cached_property
    def graph(self) -> Graph:
        """The tasks, joined by the datasets they share."""
        return build_graph(self.tasks)

    @cached_property
    def manifest(self) -> Manifest:
        """The pipeline as data.

        Raises:
            InvalidPipelineError: If the structure has problems.
        """
        self.validate(columns=False).raise_for_problems()
        return build_manifest(self.name, self.graph, self.description, self.schedule)

    def validate(
        self,
        *,
        columns: bool = True,
        params: Mapping[str, object] | None = None,
        use_memory: bool = False,
    ) -> Report:
        """Check the whole pipeline without touching data.

        Args:
            columns: Whether to check columns too, by the schema dry run in a child process.
            params: Run parameters; tasks with a parameter that has no default need it to be checked.
            use_memory: Whether columns need no second check if nothing that Python imported has changed since they were
                last found clean.

        Returns:
            All problems, each with code, place and fix.

        Raises:
            ParameterError: GLC602, GLC603 or GLC607, if `params` holds unknown or invalid ones, or secrets.
        """
        values = resolve(self.parameters, params or {}, complete=False, secrets=self.secrets)
        return self._report(columns=columns, params=values, use_memory=use_memory)

    def _report(self, *, columns: bool, params: Mapping[str, object], use_memory: bool) -> Report:
        problems = (
            *structure_problems(self.graph),
            *portability_problems(self.graph, self.name, self.schedule),
        )
        if problems or not columns:
            return Report(self.name, problems)
        plain = as_json(self.parameters, params)
        found = dry_run(self.graph, [self.module], plain, use_memory=use_memory)
        return Report(self.name, found.problems, found.checked, found.not_checkable)

    def compile(self, target: Target) -> Compiled:
        """Check the pipeline for a part of a cloud, and write its infrastructure down, without writing a file.

        Resources of this machine are taken for the target's: `Provider.from_env()` without `GLACIER_CLOUD` compiles for any.

        Args:
            target: `AwsTarget(region="eu-west-1")`, an `AwsConfig`, or anything else that has a `scope`.

        Raises:
            InvalidPipelineError: With everything that the checks find; GLC807, if resources belong somewhere else than the target.
            GenerationError: GLC802, with everything that the cloud would refuse; GLC804, if no generators are installed, or none for
                that cloud.

        Example:
            >>> from typing import Annotated
            >>> import polars as pl
            >>> from glacier_runtime import AwsTarget, Dataset, Provider
            >>> provider = Provider.from_env({})
            >>> numbers = Dataset("numbers", storage=provider.bucket("lake").at("numbers.parquet"))
            >>> @provider.serverless().task
            ... def count() -> Annotated[pl.LazyFrame, numbers]:
            ...     return pl.LazyFrame({"n": [1, 2, 3]})
            >>> compiled = Pipeline(name="counting", tasks=[count]).compile(AwsTarget(region="eu-west-1"))
            >>> print(compiled.files["infra/terraform.tfvars"], end="")
            project = "counting"
            region  = "eu-west-1"
        """
        own, wanted = self.graph.scope, target.scope
        scope = agreed(own, wanted)
        problems = (
            *target_problems(self.name, own, wanted),
            *structure_problems(self.graph),
            *portability_problems(self.graph, self.name, self.schedule, scope),
        )
        Report(self.name, problems).raise_for_problems()
        dry = dry_run(self.graph, [self.module], {}, use_memory=True)
        Report(self.name, dry.problems).raise_for_problems()
        manifest = build_manifest(self.name, self.graph, self.description, self.schedule, scope)
        return compile_manifest(manifest)

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
    def run(
        self, *, executor: Executor[Made_co], params: Mapping[str, object] | None = None
    ) -> Made_co: ...

    @overload
    def run(
        self,
        *,
        mode: str,
        executor: None = None,
        params: Mapping[str, object] | None = None,
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
            mode: The name of an installed executor. `local` runs the pipeline on this machine; `generate` writes the
                infrastructure of the project around the working directory, as `glacier generate` does.
            executor: An executor, with options, in place of `mode`: `LocalExecutor(fuse=False)`.
            params: Run parameters by name.

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
        runner = executor or _installed_executor(mode)
        if not getattr(runner, "runs_tasks", True):
            return runner.execute(self, params or {})
        values = resolve(self.parameters, params or {}, secrets=self.secrets)
        report = self._report(columns=True, params=values, use_memory=True)
        report.raise_for_problems()
        return runner.execute(self, values)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The run parameters that tasks declare; one that several declare is there once."""
        found: dict[str, Parameter] = {}
        for task in self.tasks:
            for parameter in task.signature.parameters:
                found.setdefault(parameter.name, parameter)
        return tuple(found.values())

    @property
    def secrets(self) -> tuple[SecretParameter, ...]:
        """The secrets that tasks take; each task may take one through another parameter."""
        found = (secret for task in self.tasks for secret in task.signature.secrets)
        return tuple(dict.fromkeys(found))


def _checked_tasks(name: str, tasks: object) -> tuple[AnyTask, ...]:
    """Take what was given as tasks, whatever a type checker would have said of it."""
    listed = tuple(tasks) if isinstance(tasks, Iterable) else None
    if listed is None:
        faults = [f"has {tasks!r:.80} as its tasks, which is no list"]
    else:
        strangers = [item for item in listed if not isinstance(item, Task)]
        faults = [f"lists {stranger!r:.80}, which is no task" for stranger in strangers]
    if faults:
        raise DefinitionError(
            Problem(
                code=Code.NO_TASKS,
                message=f"pipeline {name!r} {fault}",
                fix="list decorated functions: tasks=[clean, delays]",
            )
            for fault in faults
        )
    return tuple(item for item in listed or () if isinstance(item, Task))


def _installed_executor(mode: str) -> Executor[Any]:
    installed = entry_points(group="glacier.executors")
    if mode in installed.names:
        executor: Executor[Any] = installed[mode].load()()
        return executor
    names = ", ".join(sorted(installed.names)) or "none: install glacier-runtime with pip"
    raise ProjectError(
        Problem(
            code=Code.NO_EXECUTOR,
            message=f"no executor named {mode!r:.80} is installed",
            fix=f"type {_INSTEAD[mode]}" if mode in _INSTEAD else f"installed are: {names}",
        )
    )
