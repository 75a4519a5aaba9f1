"""Pipelines: a name, tasks, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Protocol

from glacier_runtime.callers import caller_module
from glacier_runtime.checks.dry_run import dry_run
from glacier_runtime.checks.portability import portability_problems
from glacier_runtime.checks.report import Report
from glacier_runtime.checks.structure import structure_problems
from glacier_runtime.errors import Code, DefinitionError, Problem, ProjectError
from glacier_runtime.graph import Graph, build_graph
from glacier_runtime.manifest import Manifest, build_manifest
from glacier_runtime.names import check_name
from glacier_runtime.parameters import as_json, resolve
from glacier_runtime.schedules import Cron
from glacier_runtime.secrets import SecretParameter
from glacier_runtime.signatures import Parameter
from glacier_runtime.tasks import AnyTask, Task

if TYPE_CHECKING:
    from glacier_runtime.execution.results import RunResult

__all__ = ["Executor", "Pipeline"]


class Executor(Protocol):
    """What runs a pipeline; installed under the entry point group `glacier.executors` by the name of its mode."""

    def execute(self, pipeline: Pipeline, params: Mapping[str, object]) -> RunResult:
        """Run a valid pipeline with validated parameters."""
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

    def run(
        self,
        *,
        mode: str = "local",
        executor: Executor | None = None,
        params: Mapping[str, object] | None = None,
    ) -> RunResult:
        """Validate the pipeline, then run it.

        Columns are not checked again if nothing that Python imported has changed since they were last found clean.

        Args:
            mode: The name of an installed executor; `local` runs on this machine.
            executor: An executor, with options, in place of `mode`: `LocalExecutor(fuse=False)`.
            params: Run parameters by name.

        Returns:
            What was made, keyed by dataset.

        Raises:
            ParameterError: GLC602 to GLC604, if parameters are unknown, invalid or missing; GLC606 to GLC609, if secrets
                are; nothing was run.
            InvalidPipelineError: If the checks find problems; nothing was run.
            ProjectError: GLC605, if no executor of that name is installed.
            StorageError: GLC501 to GLC509, if data is missing, unreadable, busy, or could not be written.
            ExecutionError: GLC504 or GLC601, if rows break a rule or a task fails; its group published nothing.
        """
        runner = executor or _installed_executor(mode)
        values = resolve(self.parameters, params or {}, secrets=self.secrets)
        self._report(columns=True, params=values, use_memory=True).raise_for_problems()
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


def _installed_executor(mode: str) -> Executor:
    installed = entry_points(group="glacier.executors")
    if mode in installed.names:
        executor: Executor = installed[mode].load()()
        return executor
    raise ProjectError(
        Problem(
            code=Code.NO_EXECUTOR,
            message=f"no executor named {mode!r:.80} is installed",
            fix=f"installed are: {', '.join(sorted(installed.names)) or 'none: install glacier-runtime with pip'}",
        )
    )
