"""One run of a pipeline: groups of tasks, each published in one step before what reads from it begins."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Final

import polars as pl
from pydantic import SecretStr

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, GlacierError, StorageError
from glacier_runtime.execution.attempt import Inputs, QueryError, run_group
from glacier_runtime.execution.decisions import Decision
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
from glacier_runtime.execution.fusion import Group, kept_datasets
from glacier_runtime.execution.identity import Identities
from glacier_runtime.execution.input_checks import pin_previous
from glacier_runtime.execution.inputs import Pinned, pin_version, read
from glacier_runtime.execution.memory.sharing import Sharing
from glacier_runtime.execution.options import RunOptions
from glacier_runtime.execution.outputs import Target, Written
from glacier_runtime.execution.processes.apart import run_group_apart
from glacier_runtime.execution.processes.workers import Workers, workers_of
from glacier_runtime.execution.publishing import Attempt
from glacier_runtime.execution.results import DatasetResult, GroupResult, RunResult
from glacier_runtime.execution.scheduling import needs_of, run_groups
from glacier_runtime.execution.source_changes import check_sources
from glacier_runtime.pipelines import Pipeline
from glacier_runtime.secrets import masked_error
from glacier_runtime.signatures import Carrier
from glacier_runtime.storage.local_store import LocalStore
from glacier_runtime.storage.records import Fingerprint
from glacier_runtime.storage.versions import Version

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
        groups: The groups to run, in order.
        root: The project's root.
        run: The run's id.
        identities: What is read from storage: sources at first, then whatever was published; and run parameters.
        observer: Called with every event, by one thread at a time.
        secrets: Values of secrets, by name.
        decisions: What is done about every task, and why.
        options: How groups are run.
        resumes: The run that this one goes on with.
        memory: Datasets without storage.
        previous: Versions before this run, for `Previous[...]`.
        inputs: All of these, as groups see them.
        made: Results so far.
        finished: Groups so far.
        workers: Processes for tasks that are bound by Python, by their number.
    """

    pipeline: Pipeline
    groups: tuple[Group, ...]
    root: Path
    run: str
    identities: Identities
    observer: Observer | None = None
    secrets: Mapping[str, SecretStr] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
    options: RunOptions = field(default_factory=RunOptions)
    resumes: str | None = None
    memory: dict[Dataset, object] = field(default_factory=dict)
    previous: dict[Dataset, Pinned] = field(default_factory=dict)
    inputs: Inputs = field(init=False)
    made: dict[Dataset, DatasetResult] = field(default_factory=dict)
    finished: list[GroupResult] = field(default_factory=list)
    workers: dict[int, Workers] = field(default_factory=dict)
    _telling: Lock = field(default_factory=Lock)
    _is_tracked: bool = False

    @property
    def pinned(self) -> dict[Dataset, Pinned]:
        """What is read from storage."""
        return self.identities.pinned

    def execute(self) -> RunResult:
        """Run the groups; see `LocalExecutor.execute`."""
        start_s = time.perf_counter()
        try:
            self._begin()
            self._run_all(kept_datasets(self.pipeline.graph, self.groups, self.pipeline.returned))
        except BaseException as error:
            self._tell(RunFailed(self.run, time.perf_counter() - start_s, error))
            raise
        finally:
            for pool in self.workers.values():
                pool.close()
        seconds = time.perf_counter() - start_s
        self._tell(RunFinished(self.run, seconds))
        self._add_current()
        finished, returned = tuple(self.finished), self.pipeline.returned
        return RunResult(
            self.pipeline.name, self.run, self.made, finished, seconds, returned, self.decisions
        )

    def _add_current(self) -> None:
        """Let what was left out be asked for like what was made."""
        for decision in self.decisions:
            for dataset in decision.task.writes if not decision.runs else ():
                pinned = self.pinned.get(dataset)
                if dataset not in self.made and pinned is not None and pinned.published is not None:
                    result = self._stored_result(dataset, pinned.published)
                    self.made[dataset] = replace(result, is_current=True)

    def _begin(self) -> None:
        self._is_tracked = bool(self.decisions) and any(
            dataset.storage is not None for group in self.groups for dataset in group.writes
        )
        tasks = [task for group in self.groups for task in group.tasks]
        wanted = (dataset for task in tasks for dataset in task.signature.looks_back)
        self.previous = pin_previous(dict.fromkeys(wanted), self.root)
        params = self.identities.params
        self.inputs = Inputs(
            self.pinned, self.previous, self.memory, params, self.secrets, root=self.root
        )
        if self.observer is not None:
            self._tell(self._started())

        for size in {workers_of(task) for task in tasks} - {None}:
            self.workers[size or 0] = Workers(size or 0)

    def _started(self) -> RunStarted:
        return RunStarted(
            self.run,
            self.groups,
            self.pipeline.name,
            self.decisions,
            self.identities.params,
            {
                dataset.name: f"version {pinned.version}" if pinned.version else pinned.address
                for dataset, pinned in self.pinned.items()
            },
            self.resumes,
        )

    def _run_all(self, kept: frozenset[Dataset]) -> None:
        stored = sum(group.is_stored for group in self.groups)
        if not self.workers and (self.options.parallel == 1 or stored <= 1):
            for group in self.groups:
                self._run_with_retries(group, kept)
            return
        if self.options.budget is not None:
            at_once = min(self.options.parallel, len(self.groups))
            self.options = replace(self.options, budget=self.options.budget.among(at_once))
        needs = needs_of(self.groups, self.pipeline.graph)
        run_groups(
            self.groups,
            needs,
            lambda group: self._run_with_retries(group, kept),
            self.options.parallel,
            sum(pool.size for pool in self.workers.values()),
        )
        self.finished.sort(key=lambda done: done.group.number)
        self.made = {
            d: self.made[d] for group in self.groups for d in group.writes if d in self.made
        }

    def _tell(self, event: Event) -> None:
        if self.observer is not None:
            with self._telling:
                self.observer(event)

    def _run_with_retries(self, group: Group, kept: frozenset[Dataset]) -> None:
        retries = group.tasks[0].retries if len(group.tasks) == 1 else 0
        for attempt in range(1, retries + 2):
            if self.observer is not None:
                self._tell(GroupStarted(group, attempt))
            try:
                self._run_once(group, attempt, kept)
            except (GlacierError, QueryError, OSError) as error:
                named = self._named(group, error)
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

    def _run_once(self, group: Group, attempt: int, kept: frozenset[Dataset]) -> None:
        start_s = time.perf_counter()
        prints: Mapping[str, Fingerprint] = {}
        if not (group.is_stored or self._is_tracked or group.is_apart):
            # Thousands of these, one for each task, are to cost almost nothing.
            told = self._telling_of(group, attempt)
            written = run_group(
                group, self.inputs, _no_target, kept, self.options.budget, told=told
            )
            made = tuple(map(self._memory_result, written))
        else:
            made, prints = self._published(group, attempt, kept)
        seconds = time.perf_counter() - start_s
        for result in made:
            self.made[result.dataset] = result
        self.finished.append(GroupResult(group, seconds, attempt))
        if self.observer is not None:
            self._tell(GroupFinished(group, seconds, made, attempt, prints))

    def _published(
        self, group: Group, attempt: int, kept: frozenset[Dataset]
    ) -> tuple[tuple[DatasetResult, ...], Mapping[str, Fingerprint]]:
        """Run a group, and publish what it wrote."""
        this = self._attempt(group, str(attempt))
        versions: Mapping[Dataset, Version] = {}
        prints = self._fingerprints(group, this.name) if self._is_tracked else {}
        if not group.is_stored:
            written = self._written(group, attempt, this, kept)
        else:
            cancelling = self.options.cancelling
            with cancelling.cleaning(lambda: this.discard(group.writes)):
                try:
                    cancelling.check()
                    written = self._written(group, attempt, this, kept)
                except BaseException:
                    this.discard(group.writes)
                    raise
                with cancelling.publishing():
                    previous = self._inputs(group).previous
                    versions = this.publish(group.tasks, written, previous, prints, group.partition)
                    cancelling.note(dataset.name for dataset in versions)
        return self._results(written, versions), prints

    def _written(
        self, group: Group, attempt: int, this: Attempt, kept: frozenset[Dataset]
    ) -> list[Written]:
        """Run the group's query here, or in a process of its own if its task asks for that."""
        task, inputs, module = group.tasks[0], self._inputs(group), self.pipeline.module
        if not group.is_apart:
            budget, told = self.options.budget, self._telling_of(group, attempt)
            written = run_group(group, inputs, this.target, kept, budget, told=told)
        else:
            workers = self.workers.get(workers_of(task) or 0)
            written = run_group_apart(
                group, module, inputs, this, kept, timeout_s=task.timeout_s, workers=workers
            )
        check_sources(group.tasks, self.pinned, self.identities.known)
        return written

    def _telling_of(self, group: Group, attempt: int) -> Callable[[Sharing], None] | None:
        if self.observer is None:
            return None
        return lambda sharing: self._tell(GroupShared(group, attempt, sharing))

    def _inputs(self, group: Group) -> Inputs:
        """Return what a group may read: a partition is made after those before it, which tasks that look back are to see."""
        newer = {
            dataset: self.pinned[dataset]
            for task in group.tasks
            if group.partition is not None
            for dataset in task.signature.looks_back
            if dataset in group.writes and dataset in self.made
        }
        if not newer:
            return self.inputs
        return replace(self.inputs, previous={**self.previous, **newer})

    def _fingerprints(self, group: Group, attempt: str) -> Mapping[str, Fingerprint]:
        """Say what the group's outputs are made from, before the code or a file can change under it."""
        made: dict[Dataset, str] = {}
        prints = {}
        for task in group.tasks:
            unit = (task, group.partition)
            found = self.identities.origin(unit, made)
            self.identities.note(unit, found)
            made.update((d, attempt) for d in task.writes if d.storage is not None)
            if found.fingerprint is not None:
                prints[task.name] = found.fingerprint
        return prints

    def _named(self, group: Group, error: GlacierError | QueryError | OSError) -> GlacierError:
        looking = self._attempt(group, "why")
        try:
            check_sources(group.tasks, self.pinned, self.identities.known)
            return name_fault(group, error, self._inputs(group), looking.target)
        except StorageError as changed:
            return changed
        finally:
            looking.discard(group.writes)

    def _attempt(self, group: Group, which: str) -> Attempt:
        name = f"{self.run}-{group.number:03}-{which}"
        return Attempt(name, self.run, self.pipeline.name, self.root)

    def _results(
        self, written: Iterable[Written], versions: Mapping[Dataset, Version]
    ) -> tuple[DatasetResult, ...]:
        return tuple(
            (
                self._stored_result(item.dataset, versions[item.dataset])
                if item.dataset in versions
                else self._memory_result(item)
            )
            for item in written
        )

    def _stored_result(self, dataset: Dataset, version: Version) -> DatasetResult:
        location = dataset.storage
        assert location is not None
        store = version.store
        self.pinned[dataset] = pin_version(dataset, version)
        return DatasetResult(
            dataset=dataset,
            rows=version.output.rows,
            size_bytes=version.output.size_bytes,
            path=store.path(location.key) if isinstance(store, LocalStore) else None,
            version=version.number,
            value=read(self.pinned[dataset], self._carrier(dataset)),
            address=store.address(location.key),
            violations=version.output.violations,
        )

    def _memory_result(self, item: Written) -> DatasetResult:
        if item.value is not None:
            self.memory[item.dataset] = item.value
        rows = item.value.height if isinstance(item.value, pl.DataFrame) else None
        found = item.violations
        return DatasetResult(item.dataset, rows, None, None, None, item.value, violations=found)

    def _carrier(self, dataset: Dataset) -> Carrier:
        """What a result holds: tables lazily, all else as its task returned it."""
        if dataset.is_rejects:
            return pl.LazyFrame
        task = self.pipeline.graph.producers[dataset]
        carrier = next(o.carrier for o in task.signature.outputs if o.dataset is dataset)
        return pl.LazyFrame if carrier is pl.DataFrame else carrier


def _no_target(dataset: Dataset) -> Target:
    message = f"dataset {dataset.name} has no storage"
    raise AssertionError(message)
