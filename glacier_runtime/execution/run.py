"""One run of a pipeline: group after group, each published in one step before the next begins."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl
from pydantic import SecretStr

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, GlacierError
from glacier_runtime.execution.attempt import Inputs, QueryError, run_group
from glacier_runtime.execution.diagnosis import name_fault
from glacier_runtime.execution.events import (
    GroupFailed,
    GroupFinished,
    GroupStarted,
    Observer,
    RunStarted,
)
from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.input_checks import pin_previous
from glacier_runtime.execution.inputs import Pinned, pin_version, read
from glacier_runtime.execution.outputs import Written
from glacier_runtime.execution.publishing import Attempt
from glacier_runtime.execution.results import DatasetResult, GroupResult, RunResult
from glacier_runtime.graph import Graph
from glacier_runtime.pipelines import Pipeline
from glacier_runtime.secrets import masked_error
from glacier_runtime.signatures import Carrier
from glacier_runtime.storage.local_store import LocalStore
from glacier_runtime.storage.versions import Version

__all__ = ["Run"]

_FIRST_BACKOFF_S: Final = 0.5
_LONGEST_BACKOFF_S: Final = 30.0


def _backoff_s(attempt: int) -> float:
    """Seconds before the next attempt: doubling, capped, with jitter so that many runs do not retry in step."""
    longest = min(_LONGEST_BACKOFF_S, _FIRST_BACKOFF_S * 2 ** (attempt - 1))
    return random.uniform(longest / 2, longest)  # noqa: S311 (no secret depends on it)


@dataclass(slots=True)
class Run:
    """One run, and what it knows so far; the caller holds the locks of all that it writes.

    Attributes:
        pipeline: The pipeline.
        groups: The groups to run, in order.
        params: Validated run parameters.
        root: The project's root.
        run: The run's id.
        pinned: What is read from storage: sources at first, then whatever was published.
        observer: Called with every event.
        secrets: Values of secrets, by name.
        previous: Versions before this run, for `Previous[...]`.
        memory: Datasets without storage.
        backoff_s: Seconds to wait after a failed attempt of that number.
        inputs: All of these, as groups see them.
        made: Results so far.
        finished: Groups so far.
    """

    pipeline: Pipeline
    groups: tuple[Group, ...]
    params: Mapping[str, object]
    root: Path
    run: str
    pinned: dict[Dataset, Pinned]
    observer: Observer | None
    secrets: Mapping[str, SecretStr] = field(default_factory=dict)
    previous: dict[Dataset, Pinned] = field(default_factory=dict)
    memory: dict[Dataset, object] = field(default_factory=dict)
    backoff_s: Callable[[int], float] = _backoff_s
    inputs: Inputs = field(init=False)
    made: dict[Dataset, DatasetResult] = field(default_factory=dict)
    finished: list[GroupResult] = field(default_factory=list)

    def execute(self) -> RunResult:
        """Run the groups, one after the other; see `LocalExecutor.execute`."""
        start_s = time.perf_counter()
        graph = self.pipeline.graph
        wanted = (i.dataset for task in graph.tasks for i in task.signature.inputs if i.previous)
        self.previous = pin_previous(dict.fromkeys(wanted), self.root)
        self.inputs = Inputs(self.pinned, self.previous, self.memory, self.params, self.secrets)
        if self.observer is not None:
            self.observer(RunStarted(self.run, self.groups))
        kept = _kept(graph, self.groups, self.pipeline.returned)
        for group in self.groups:
            self._run_with_retries(group, kept)
        seconds = time.perf_counter() - start_s
        finished, returned = tuple(self.finished), self.pipeline.returned
        return RunResult(self.pipeline.name, self.run, self.made, finished, seconds, returned)

    def _run_with_retries(self, group: Group, kept: frozenset[Dataset]) -> None:
        retries = group.tasks[0].retries if len(group.tasks) == 1 else 0
        for attempt in range(1, retries + 2):
            if self.observer is not None:
                self.observer(GroupStarted(group, attempt))
            try:
                self._run_once(group, attempt, kept)
            except (GlacierError, QueryError, OSError) as error:
                named = self._named(group, error)
                shown = masked_error(named, self.secrets.values())
                again = attempt <= retries and Code.TASK_FAILED.code in named.codes
                wait_s = self.backoff_s(attempt) if again else None
                if self.observer is not None:
                    self.observer(GroupFailed(group, attempt, shown, wait_s))
                if wait_s is None and shown is not named:
                    raise shown from None
                if wait_s is None:
                    raise named from named.__cause__ or (error if error is not named else None)
                time.sleep(wait_s)
            else:
                return

    def _run_once(self, group: Group, attempt: int, kept: frozenset[Dataset]) -> None:
        start_s = time.perf_counter()
        this = self._attempt(group, str(attempt))
        try:
            written = run_group(group, self.inputs, this.target, kept)
        except BaseException:
            this.discard(group.writes)
            raise
        versions = this.publish(group.tasks, written, self.previous)
        made = self._results(written, versions)
        seconds = time.perf_counter() - start_s
        self.made.update({result.dataset: result for result in made})
        self.finished.append(GroupResult(group, seconds, attempt))
        if self.observer is not None:
            self.observer(GroupFinished(group, seconds, made))

    def _named(self, group: Group, error: GlacierError | QueryError | OSError) -> GlacierError:
        looking = self._attempt(group, "why")
        try:
            return name_fault(group, error, self.inputs, looking.target)
        finally:
            looking.discard(group.writes)

    def _attempt(self, group: Group, which: str) -> Attempt:
        name = f"{self.run}-{group.number:03}-{which}"
        return Attempt(name, self.run, self.pipeline.name, self.root)

    def _results(
        self, written: Iterable[Written], versions: Mapping[Dataset, Version]
    ) -> tuple[DatasetResult, ...]:
        if not versions:
            return tuple(map(self._memory_result, written))
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


def _kept(graph: Graph, groups: Sequence[Group], returned: Sequence[Dataset]) -> frozenset[Dataset]:
    """Return datasets without storage that another group, or the caller, will ask for."""
    home = {task: group for group in groups for task in group.tasks}
    read_elsewhere = {
        dataset
        for task in graph.tasks
        for dataset in task.reads
        if dataset in graph.producers and home[graph.producers[dataset]] is not home[task]
    }
    wanted = (*read_elsewhere, *graph.sinks, *returned)
    return frozenset(d for d in wanted if d.storage is None and d in graph.producers)
