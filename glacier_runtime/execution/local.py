"""The local executor: it finds the inputs, decides what runs, holds the locks, mends what a killed run left, and runs the groups.

Datasets in a cloud are read and written where they are.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Final, Self

from glacier_runtime.checks.finding import tasks_apart
from glacier_runtime.execution.events import Event, Observer
from glacier_runtime.execution.explaining import Explanation, sharing_of
from glacier_runtime.execution.fusion import Group, group_tasks
from glacier_runtime.execution.memory.budget import default_budget
from glacier_runtime.execution.options import RunOptions
from glacier_runtime.execution.planning import Asked
from glacier_runtime.execution.processes.cancelling import Cancelling, cancelling
from glacier_runtime.execution.processes.edits import note_files
from glacier_runtime.execution.results import RunResult
from glacier_runtime.execution.resuming import params_of, run_to_resume, runs_behind, tasks_of
from glacier_runtime.execution.run import Run
from glacier_runtime.execution.selection import Named, chosen_tasks
from glacier_runtime.execution.starting import planned, start
from glacier_runtime.graph import Graph
from glacier_runtime.history.log import RunLog
from glacier_runtime.history.records import RunRecord
from glacier_runtime.logical_dates import with_moment
from glacier_runtime.partitioning.keys import (
    keys_labelled,
    keys_of_moment,
    parse_keys,
    require_keys,
)
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.pipelines import Pipeline
from glacier_runtime.roots import find_root, is_project

__all__ = ["LocalExecutor"]

_AT_ONCE: Final = min(os.cpu_count() or 1, 4)
_UNSTOPPED: Final = Cancelling()


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalExecutor:
    """Runs a pipeline on this machine; what is current is left out.

    Args:
        fuse: Whether neighbouring lazy tasks run as one query.
        root: The folder that relative base paths count from; None finds the project's.
        observer: Called with every event of the run.
        force: Whether what is current runs all the same.
        only: Tasks, or datasets that stand for the tasks that make them, or names of these: nothing else runs.
        start_from: The same; whatever depends on them runs, too.
        resume: Whether it goes on with the last run that ended early, with what that was asked for; or the id of a run, or
            its record.
        partitions: Which partitions are made, by tasks that make one at a time: `"day=2024-01-31"`.
        logical_date: The moment that the run stands for: partitions by day and hour, and the parameter `logical_date`, follow
            from it.
        parallel: How many groups may run at once; None for as many as there are processors, and four at most.
        memory_budget_mib: What queries that run at once may hold in memory; None for what `GLACIER_MEMORY_BUDGET_MIB` says, or
            a share of what is left here.
        log: Whether the run is written to the history; None for projects, whose pyproject.toml has a table `[tool.glacier]`.
        ends_process: Whether an interrupted run may end the process, if a query does not let itself be stopped.

    Example:
        >>> LocalExecutor(fuse=False).fuse
        False
    """

    fuse: bool = True
    root: Path | None = None
    observer: Observer | None = None
    force: bool = False
    only: Sequence[Named] = ()
    start_from: Sequence[Named] = ()
    resume: bool | str | RunRecord = False
    partitions: Sequence[PartitionKey | str] = ()
    logical_date: datetime | None = None
    parallel: int | None = None
    memory_budget_mib: int | None = None
    log: bool | None = None
    ends_process: bool = False

    def settled(self, pipeline: Pipeline) -> tuple[Self, Mapping[str, object]]:
        """Look up the run that is gone on with, once for all that follows from it.

        Returns:
            What goes on with just that run, and the parameters that need not be given, which are those of that run and the
            logical date.

        Raises:
            StorageError: GLC616, if there is no run to go on with.
        """
        before = run_to_resume(self._root(), pipeline, self.resume)
        implied = with_moment(pipeline.parameters, self.logical_date, params_of(before, pipeline))
        return (self if before is None else replace(self, resume=before)), implied

    def plan(self, graph: Graph) -> tuple[Group, ...]:
        """Return the groups in which a graph would run, whatever is current."""
        return group_tasks(graph, fuse=self.fuse)

    def explain(self, pipeline: Pipeline, params: Mapping[str, object]) -> Explanation:
        """Say what a run would do, and why; no query runs and nothing is written.

        Args:
            pipeline: A valid pipeline.
            params: A validated value for every declared run parameter.

        Raises:
            DefinitionError: GLC316, for tasks that the pipeline does not have.
            StorageError: GLC5xx, if a store cannot be read.
        """
        root = self._root()
        before = run_to_resume(root, pipeline, self.resume)
        plan, identities = planned(pipeline, self._asked(pipeline, params, before), root)
        budget = default_budget(self.memory_budget_mib) if self.fuse else None
        sharing = sharing_of(plan, identities, budget, root)
        return Explanation(plan.decisions, plan.groups, sharing, budget)

    def execute(self, pipeline: Pipeline, params: Mapping[str, object] | None = None) -> RunResult:
        """Run a pipeline.

        Args:
            pipeline: The pipeline.
            params: A validated value for every declared run parameter, of a pipeline that `Pipeline.run` has checked; None
                checks it first, and takes the defaults.

        Returns:
            What was made, keyed by dataset, and what was current.

        Raises:
            InvalidPipelineError: If it has to be checked, and problems are found.
            DefinitionError: GLC316, for tasks that the pipeline does not have.
            ParameterError: GLC604, if a parameter has no default and is not given; GLC606 to GLC609, if secrets are missing or
                cannot be read.
            StorageError: GLC501 to GLC509.
            ExecutionError: GLC504, GLC601, or GLC4xx for columns that only the run could check.
        """
        if params is None:
            return pipeline.run(executor=self)
        root = self._root()
        before = run_to_resume(root, pipeline, self.resume)
        asked = self._asked(pipeline, params, before)
        note_files(tasks_apart(asked.graph))
        run = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
        told = _Told(self.observer, RunLog(root) if self._is_logged(root) else None)
        is_light = _is_light(pipeline.graph)
        stopping = (
            nullcontext(_UNSTOPPED)
            if is_light
            else cancelling(ends_process=self.ends_process, way_on=partial(self._way_on, told))
        )
        with stopping as cancelled, told:
            options = RunOptions(
                parallel=self.parallel or _AT_ONCE,
                cancelling=cancelled,
                budget=(
                    None if is_light or not self.fuse else default_budget(self.memory_budget_mib)
                ),
            )
            begin = partial(
                Run,
                pipeline=pipeline,
                root=root,
                run=run,
                observer=told.observer,
                options=options,
                resumes=None if before is None else before.run,
            )
            return start(pipeline, asked, root, run, begin)

    def _root(self) -> Path:
        return self.root or find_root(Path.cwd())

    def _way_on(self, told: _Told) -> str:
        """Say how a run that is stopped now can be gone on with: not at all, if nothing was written down."""
        if told.log is None or not told.log.is_unfinished:
            return ""
        return "glacier run --resume" if self.ends_process else "LocalExecutor(resume=True)"

    def _is_logged(self, root: Path) -> bool:
        return is_project(root) if self.log is None else self.log

    def _asked(
        self, pipeline: Pipeline, params: Mapping[str, object], before: RunRecord | None
    ) -> Asked:
        graph = pipeline.graph
        only: Sequence[Named] = self.only
        keys = list(parse_keys(graph, (text for text in self.partitions if isinstance(text, str))))
        keys += (key for key in self.partitions if not isinstance(key, str))
        if self.logical_date is not None and not keys:
            keys += keys_of_moment(graph, self.logical_date)
        if before is not None and not only and not self.start_from:
            only = tasks_of(before, pipeline)
        if before is not None and not keys:
            keys += keys_labelled(graph, before.partitions)
        chosen = chosen_tasks(graph, only, self.start_from)
        part = graph.part(chosen)
        return Asked(
            chosen,
            part,
            params,
            require_keys(part.partitioned, keys),
            force=self.force,
            resumed=frozenset(runs_behind(self._root(), before)),
            fuse=self.fuse,
        )


@lru_cache(maxsize=16)
def _is_light(graph: Graph) -> bool:
    """Whether there is nothing to clean up after a run that is stopped, and no query that could fill the memory."""
    return all(
        task.timeout_s is None and task.signature.is_of_documents and task.compute.kind == "local"
        for task in graph.tasks
    )


@dataclass(slots=True)
class _Told:
    """Everybody who is told of a run: whoever asked for it, and its log."""

    given: Observer | None
    log: RunLog | None

    @property
    def observer(self) -> Observer | None:
        if self.log is None:
            return self.given
        return self.log if self.given is None else self._both

    def _both(self, event: Event) -> None:
        assert self.log is not None
        assert self.given is not None
        self.log(event)
        self.given(event)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.log is not None:
            self.log.close()
