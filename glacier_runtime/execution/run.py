"""One run of a pipeline: groups of tasks, each published in one step before what reads from it begins."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Final

from pydantic import SecretStr

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, GlacierError, StorageError
from glacier_runtime.execution.attempt import QueryError
from glacier_runtime.execution.calling import Inputs
from glacier_runtime.execution.diagnosis import name_fault
from glacier_runtime.execution.events import (
    Event,
    GroupFailed,
    GroupFinished,
    GroupShared,
    GroupStarted,
    Observer,
    RunFailed,
    RunFinished,
    RunStarted,
)
from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.identity import Identities
from glacier_runtime.execution.input_checks import pin_previous
from glacier_runtime.execution.making import Making
from glacier_runtime.execution.memory.sharing import Sharing
from glacier_runtime.execution.options import RunOptions
from glacier_runtime.execution.planning import Plan
from glacier_runtime.execution.processes.workers import Workers
from glacier_runtime.execution.results import GroupResult, RunResult
from glacier_runtime.execution.scheduling import needs_of, run_groups
from glacier_runtime.pipelines import Pipeline
from glacier_runtime.secrets import masked_error

__all__ = ["Run"]

_WORTH_A_RETRY: Final = frozenset(
    code.code
    for code in (
        Code.TASK_FAILED,
        Code.STORE_UNREACHABLE,
        Code.TIME_LIMIT,
        Code.PROCESS_DIED,
    )
)


@dataclass(slots=True)
class Run:
    """One run, and what it knows so far; the caller holds the locks of all that it writes.

    Attributes:
        pipeline: The pipeline.
        plan: What is done about every task, and why; the groups to run, in order.
        root: The project's root.
        run: The run's id.
        identities: What is read from storage: sources at first, then whatever was published; and run parameters.
        observer: Called with every event, by one thread at a time.
        secrets: Values of secrets, by name.
        options: How groups are run.
        resumes: The run that this one goes on with.
        memory: Datasets without storage.
        finished: Groups so far.
    """

    pipeline: Pipeline
    plan: Plan
    root: Path
    run: str
    identities: Identities
    observer: Observer | None = None
    secrets: Mapping[str, SecretStr] = field(default_factory=dict)
    options: RunOptions = field(default_factory=RunOptions)
    resumes: str | None = None
    memory: dict[Dataset, object] = field(default_factory=dict)
    finished: list[GroupResult] = field(default_factory=list)
    _telling: Lock = field(default_factory=Lock)

    def execute(self) -> RunResult:
        """Run the groups; see `LocalExecutor.execute`."""
        start_s = time.perf_counter()
        try:
            making = self._making()
            self._run_all(making)
        except BaseException as error:
            self._tell(RunFailed(self.run, time.perf_counter() - start_s, error))
            raise
        seconds = time.perf_counter() - start_s
        self._tell(RunFinished(self.run, seconds))
        making.add_current()
        return RunResult(
            self.pipeline.name,
            self.run,
            making.made,
            tuple(self.finished),
            seconds,
            self.pipeline.returned,
            self.plan.decisions,
        )

    def _making(self) -> Making:
        identities = self.identities
        inputs = Inputs(
            identities.pinned,
            pin_previous(self.plan.looks_back, self.root),
            self.memory,
            identities.params,
            self.secrets,
            root=self.root,
        )
        if self.observer is not None:
            self._tell(self._started())
        return Making(
            self.pipeline, self.plan, self.run, identities, inputs, self.options, self.memory
        )

    def _started(self) -> RunStarted:
        return RunStarted(
            self.run,
            self.plan.groups,
            self.pipeline.name,
            self.plan.decisions,
            self.identities.params,
            {
                dataset.name: f"version {pinned.version}" if pinned.version else pinned.address
                for dataset, pinned in self.identities.pinned.items()
            },
            self.resumes,
        )

    def _run_all(self, making: Making) -> None:
        groups, options = self.plan.groups, self.options
        counts = self.plan.worker_counts
        if not counts and (options.parallel == 1 or self.plan.stored_groups <= 1):
            for group in groups:
                self._run_with_retries(group, making)
            return
        if options.budget is not None:
            at_once = min(options.parallel, len(groups))
            making.options = replace(options, budget=options.budget.among(at_once))
        with ExitStack() as stack:
            making.workers = {size: stack.enter_context(Workers(size)) for size in counts}
            run_groups(
                groups,
                needs_of(groups, self.pipeline.graph),
                lambda group: self._run_with_retries(group, making),
                options.parallel,
                sum(counts),
            )
        self.finished.sort(key=lambda done: done.group.number)
        made = making.made
        making.made = {d: made[d] for group in groups for d in group.writes if d in made}

    def _tell(self, event: Event) -> None:
        if self.observer is not None:
            with self._telling:
                self.observer(event)

    def _run_with_retries(self, group: Group, making: Making) -> None:
        retries = group.retries
        for attempt in range(1, retries + 2):
            if self.observer is not None:
                self._tell(GroupStarted(group, attempt))
            try:
                self._run_once(group, attempt, making)
            except (GlacierError, QueryError, OSError) as error:
                named = _named(group, error, making)
                shown = masked_error(named, self.secrets.values())
                again = attempt <= retries and not _WORTH_A_RETRY.isdisjoint(named.codes)
                wait_s = self.options.backoff_s(attempt) if again else None
                self._tell(GroupFailed(group, attempt, shown, wait_s))
                if wait_s is None and shown is not named:
                    raise shown from None
                if wait_s is None:
                    raise named from named.__cause__ or (error if error is not named else None)
                self.options.cancelling.pause(wait_s)
            else:
                return

    def _run_once(self, group: Group, attempt: int, making: Making) -> None:
        start_s = time.perf_counter()
        told = None if self.observer is None else self._telling_of(group, attempt)
        made, prints = making.make(group, attempt, told)
        seconds = time.perf_counter() - start_s
        self.finished.append(GroupResult(group, seconds, attempt))
        if self.observer is not None:
            self._tell(GroupFinished(group, seconds, made, attempt, prints))

    def _telling_of(self, group: Group, attempt: int) -> Callable[[Sharing], None]:
        return lambda sharing: self._tell(GroupShared(group, attempt, sharing))


def _named(
    group: Group, error: GlacierError | QueryError | OSError, making: Making
) -> GlacierError:
    looking = making.attempt_of(group, "why")
    try:
        making.check_sources(group)
        return name_fault(group, error, making.inputs_of(group), looking.target)
    except StorageError as changed:
        return changed
    finally:
        looking.discard(group.writes)
