"""The local executor: group after group, each published in one step before the next begins."""

from __future__ import annotations

import errno
import os
import random
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import polars as pl

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, ExecutionError, GlacierError, Problem, StorageError
from glacier_runtime.execution.attempt import Inputs, run_group, task_failed
from glacier_runtime.execution.events import (
    Event,
    GroupFailed,
    GroupFinished,
    GroupStarted,
    Observer,
    RunStarted,
)
from glacier_runtime.execution.fusion import Group, group_tasks
from glacier_runtime.execution.inputs import Pinned, pin, pin_sources, pin_version, read
from glacier_runtime.execution.outputs import Written
from glacier_runtime.execution.results import DatasetResult, GroupResult, RunResult
from glacier_runtime.graph import Graph
from glacier_runtime.pipelines import Pipeline
from glacier_runtime.project import find_root
from glacier_runtime.signatures import Carrier
from glacier_runtime.storage.locations import Location
from glacier_runtime.storage.locks import hold_all
from glacier_runtime.storage.publication import (
    CommitRecord,
    DataFile,
    Output,
    Version,
    attempt_path,
    check_stable_path,
    lock_path,
    open_store,
    publish,
    repair,
)

__all__ = ["LocalExecutor"]

_FIRST_BACKOFF_S: Final = 0.5
_LONGEST_BACKOFF_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalExecutor:
    """Runs a pipeline on this machine.

    Args:
        fuse: Whether neighbouring lazy tasks run as one query.
        root: The folder that relative base paths count from; None finds the project's.
        observer: Called with every event of the run.
    """

    fuse: bool = True
    root: Path | None = None
    observer: Observer | None = None

    def plan(self, graph: Graph) -> tuple[Group, ...]:
        """Return the groups in which a graph would run."""
        return group_tasks(graph, fuse=self.fuse)

    def execute(self, pipeline: Pipeline, params: Mapping[str, object]) -> RunResult:
        """Run a valid pipeline.

        Args:
            pipeline: The pipeline; `Pipeline.run` has checked it.
            params: A validated value for every declared run parameter.

        Returns:
            What was made, keyed by dataset.

        Raises:
            StorageError: GLC501 to GLC508.
            ExecutionError: GLC504, GLC601, or GLC4xx for columns that only the run could check.
        """
        root = self.root or find_root(Path.cwd())
        started = datetime.now(UTC)
        run = f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
        stored = {d: d.storage for d in pipeline.graph.producers if d.storage is not None}
        locks = {dataset.name: lock_path(place, root) for dataset, place in stored.items()}
        holder = f"run {run} of {pipeline.name} (process {os.getpid()} on {socket.gethostname()})"
        try:
            with hold_all(locks, holder):
                _make_ready(stored, root)
                return _Run(self, pipeline, params, root, run).execute()
        except OSError as error:
            raise StorageError(_write_failed(error)) from error


def _make_ready(stored: Mapping[Dataset, Location], root: Path) -> None:
    """Refuse to replace what Glacier did not write, then finish what a killed run left undone."""
    problems = []
    for dataset, location in stored.items():
        if (problem := check_stable_path(location, root)) is not None:
            problems.append(replace(problem, dataset=dataset.name, place=dataset.place))
    if problems:
        raise StorageError(problems)
    for location in stored.values():
        repair(location, root)


@dataclass(slots=True)
class _Run:
    """One run: what is pinned, what is in memory, what was made so far."""

    executor: LocalExecutor
    pipeline: Pipeline
    params: Mapping[str, object]
    root: Path
    run: str
    pinned: dict[Dataset, Pinned] = field(default_factory=dict)
    previous: dict[Dataset, Pinned] = field(default_factory=dict)
    memory: dict[Dataset, object] = field(default_factory=dict)
    made: dict[Dataset, DatasetResult] = field(default_factory=dict)
    finished: list[GroupResult] = field(default_factory=list)

    def execute(self) -> RunResult:
        start_s = time.perf_counter()
        graph = self.pipeline.graph
        self.pinned = pin_sources(graph.sources, self.root)
        self._pin_previous(graph)
        groups = self.executor.plan(graph)
        self._tell(RunStarted(self.run, groups))
        for group in groups:
            self._run_with_retries(group, self._kept(group))
        seconds = time.perf_counter() - start_s
        return RunResult(self.pipeline.name, self.run, self.made, tuple(self.finished), seconds)

    def _pin_previous(self, graph: Graph) -> None:
        for task in graph.tasks:
            for item in task.signature.inputs:
                if item.previous:
                    nothing = Pinned(item.dataset, (), self.root)
                    self.previous[item.dataset] = pin(item.dataset, self.root) or nothing

    def _kept(self, group: Group) -> frozenset[Dataset]:
        """Datasets without storage that another group, or the caller, will ask for."""
        graph, inside = self.pipeline.graph, set(group.tasks)
        read_elsewhere = {d for task in graph.tasks if task not in inside for d in task.reads}
        return frozenset(d for d in group.writes if d in read_elsewhere or d in graph.sinks)

    def _run_with_retries(self, group: Group, kept: frozenset[Dataset]) -> None:
        retries = group.tasks[0].retries if len(group.tasks) == 1 else 0
        for attempt in range(1, retries + 2):
            self._tell(GroupStarted(group, attempt))
            try:
                self._run_once(group, attempt, kept)
            except (GlacierError, pl.exceptions.PolarsError) as error:
                named = self._named(group, error)
                again = attempt <= retries and Code.TASK_FAILED.code in named.codes
                wait_s = _backoff_s(attempt) if again else None
                self._tell(GroupFailed(group, attempt, named, wait_s))
                if wait_s is None:
                    raise named from error
                time.sleep(wait_s)
            else:
                return

    def _run_once(self, group: Group, attempt: int, kept: frozenset[Dataset]) -> None:
        start_s = time.perf_counter()
        name = f"{self.run}-{group.number:03}-{attempt}"
        written = run_group(group, self._inputs(), self._placing(name), kept)
        made = self._published(group, name, written)
        seconds = time.perf_counter() - start_s
        self.made.update({result.dataset: result for result in made})
        self.finished.append(GroupResult(group, seconds, attempt))
        self._tell(GroupFinished(group, seconds, made))

    def _inputs(self) -> Inputs:
        return Inputs(self.pinned, self.previous, self.memory, self.params)

    def _placing(self, attempt: str) -> Callable[[Dataset], Path]:
        def place(dataset: Dataset) -> Path:
            location = dataset.storage
            assert location is not None
            key = attempt_path(location, attempt, location.key.rpartition("/")[2])
            path = open_store(location.bucket, self.root).path(key)
            path.parent.mkdir(parents=True)  # fails if it exists: no attempt path is used twice
            return path

        return place

    def _published(
        self, group: Group, attempt: str, written: list[Written]
    ) -> tuple[DatasetResult, ...]:
        stored = [item for item in written if item.path is not None]
        locations = [item.dataset.storage for item in stored if item.dataset.storage is not None]
        record = CommitRecord(
            attempt=attempt,
            run=self.run,
            pipeline=self.pipeline.name,
            tasks=tuple(task.name for task in group.tasks),
            committed_at=datetime.now(UTC),
            outputs=tuple(map(self._output, stored)),
        )
        versions = publish(record, locations, self.root) if locations else []
        results = {
            item.dataset: self._stored_result(item.dataset, version)
            for item, version in zip(stored, versions, strict=True)
        }
        for item in written:
            if item.path is None:
                results[item.dataset] = self._memory_result(item)
        return tuple(results[item.dataset] for item in written)

    def _output(self, item: Written) -> Output:
        location, path = item.dataset.storage, item.path
        assert location is not None
        assert path is not None
        base = open_store(location.bucket, self.root).root
        files = tuple(
            DataFile(
                key=file.relative_to(base).as_posix(), rows=rows, size_bytes=file.stat().st_size
            )
            for file, rows in item.rows_of.items()
        )
        return Output(
            bucket=location.bucket.name,
            path=location.path,
            attempt_key=path.relative_to(base).as_posix(),
            files=files,
        )

    def _stored_result(self, dataset: Dataset, version: Version) -> DatasetResult:
        location = dataset.storage
        assert location is not None
        self.pinned[dataset] = pin_version(dataset, version)
        return DatasetResult(
            dataset=dataset,
            rows=version.output.rows,
            size_bytes=version.output.size_bytes,
            path=version.store.path(location.key),
            version=version.number,
            value=read(self.pinned[dataset], self._carrier(dataset)),
        )

    def _memory_result(self, item: Written) -> DatasetResult:
        if item.value is not None:
            self.memory[item.dataset] = item.value
        rows = item.value.height if isinstance(item.value, pl.DataFrame) else None
        return DatasetResult(item.dataset, rows, None, None, None, item.value)

    def _carrier(self, dataset: Dataset) -> Carrier:
        """What a result holds: tables lazily, all else as its task returned it."""
        task = self.pipeline.graph.producers[dataset]
        carrier = next(o.carrier for o in task.signature.outputs if o.dataset is dataset)
        return pl.LazyFrame if carrier is pl.DataFrame else carrier

    def _named(self, group: Group, error: Exception) -> GlacierError:
        """Name the task at fault; for a fused group by running it task by task, on the same inputs, unpublished."""
        if isinstance(error, GlacierError):
            return error
        if len(group.tasks) == 1:
            return ExecutionError(task_failed(group.tasks[0], error))
        pinned, memory = dict(self.pinned), dict(self.memory)
        for task in group.tasks:
            alone = Group(group.number, (task,), "finding the task at fault")
            inputs = Inputs(pinned, self.previous, memory, self.params)
            name = f"{self.run}-{group.number:03}-why-{task.name}"
            try:
                written = run_group(alone, inputs, self._placing(name), frozenset(task.writes))
            except GlacierError as found:
                return found
            except pl.exceptions.PolarsError as found:
                return ExecutionError(task_failed(task, found))
            for item in written:
                if item.path is None:
                    memory[item.dataset] = item.value
                else:
                    pinned[item.dataset] = Pinned(item.dataset, tuple(item.rows_of), item.path)
        return ExecutionError(
            Problem(
                code=Code.TASK_FAILED,
                message=f"the fused query of {group.label} failed, and each task alone did not: {error}",
                fix="run with --no-fuse, and report it",
            )
        )

    def _tell(self, event: Event) -> None:
        if self.executor.observer is not None:
            self.executor.observer(event)


def _backoff_s(attempt: int) -> float:
    """Seconds before the next attempt: doubling, capped, with jitter so that many runs do not retry in step."""
    longest = min(_LONGEST_BACKOFF_S, _FIRST_BACKOFF_S * 2 ** (attempt - 1))
    return random.uniform(longest / 2, longest)  # noqa: S311 (no secret depends on it)


def _write_failed(error: OSError) -> Problem:
    full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    return Problem(
        code=Code.WRITE_FAILED,
        message=f"writing failed, and the unfinished group published nothing: {error}",
        fix=(
            "free space on the disk and run again"
            if full
            else "check path and permissions, and run again"
        ),
    )
