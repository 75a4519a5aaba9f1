"""What groups of a run make: documents by a call, rows by a query, either of them apart; and what is published of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Final, TypeAlias

import polars as pl

from glacier_runtime.datasets import Dataset
from glacier_runtime.execution.attempt import run_group
from glacier_runtime.execution.calling import Inputs
from glacier_runtime.execution.documents import made_documents
from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.identity import Identities
from glacier_runtime.execution.inputs import pin_version, read
from glacier_runtime.execution.memory.sharing import Sharing
from glacier_runtime.execution.options import RunOptions
from glacier_runtime.execution.outputs import Written
from glacier_runtime.execution.planning import Plan
from glacier_runtime.execution.processes.apart import run_group_apart
from glacier_runtime.execution.processes.workers import Workers
from glacier_runtime.execution.publishing import Attempt
from glacier_runtime.execution.results import DatasetResult
from glacier_runtime.execution.source_changes import check_sources
from glacier_runtime.pipelines import Pipeline
from glacier_runtime.signatures import Carrier
from glacier_runtime.storage.local_store import LocalStore
from glacier_runtime.storage.records import Fingerprint
from glacier_runtime.storage.versions import Version

__all__ = ["Made", "Making"]

Made: TypeAlias = tuple[tuple[DatasetResult, ...], Mapping[str, Fingerprint]]
"""What a group made, and what that was made from, by the name of the task."""

Told: TypeAlias = Callable[[Sharing], None] | None
"""Is told how a group runs, if that had to be decided."""

_NOT_TRACKED: Final[Mapping[str, Fingerprint]] = {}


@dataclass(slots=True)
class Making:
    """Makes the groups of one run; each knows what those before it made.

    Attributes:
        pipeline: The pipeline.
        plan: What the run does.
        run: The run's id.
        identities: What is read from storage: sources at first, then whatever was published.
        inputs: What groups see: that, the versions before the run, and what is kept in `memory`.
        options: How groups are run.
        memory: Datasets without storage.
        made: Results so far.
        workers: Processes for tasks that are bound by Python, by their number.
        noting: Held while what was published is noted.
        is_tracked: Whether what is made from what is noted.
    """

    pipeline: Pipeline
    plan: Plan
    run: str
    identities: Identities
    inputs: Inputs
    options: RunOptions
    memory: dict[Dataset, object]
    made: dict[Dataset, DatasetResult] = field(default_factory=dict)
    workers: dict[int, Workers] = field(default_factory=dict)
    noting: Lock = field(default_factory=Lock)
    is_tracked: bool = field(init=False)

    def __post_init__(self) -> None:
        self.is_tracked = bool(self.plan.decisions and self.plan.writes)

    def make(self, group: Group, attempt: int, told: Told) -> Made:
        """Run a group once, and publish what it has made.

        Args:
            group: The group; those that make what it reads are done.
            attempt: The number of the attempt, from 1.
            told: Is told how the group runs, if that had to be decided.

        Raises:
            GlacierError: Whatever is known to be at fault.
            QueryError: If a query fails, whoever is at fault.
            OSError: If an output cannot be written.
        """
        if group.is_of_documents and not self.is_tracked:
            results, prints = self._called(group), _NOT_TRACKED
        else:
            results, prints = self._published(group, attempt, told)
        for result in results:
            self.made[result.dataset] = result
        return results, prints

    def add_current(self) -> None:
        """Let what was left out be asked for like what was made."""
        for dataset in self.plan.left_out:
            pinned = self.identities.pinned.get(dataset)
            if dataset not in self.made and pinned is not None and pinned.published is not None:
                result = self._stored_result(dataset, pinned.published)
                self.made[dataset] = replace(result, is_current=True)

    def inputs_of(self, group: Group) -> Inputs:
        """Return what a group may read: a partition is made after those before it, which tasks that look back are to see."""
        newer = {
            dataset: self.identities.pinned[dataset]
            for task in group.tasks
            if group.partition is not None
            for dataset in task.signature.looks_back
            if dataset in group.writes and dataset in self.made
        }
        if not newer:
            return self.inputs
        return replace(self.inputs, previous={**self.inputs.previous, **newer})

    def attempt_of(self, group: Group, which: str) -> Attempt:
        """Return an attempt of a group, whose name no other has."""
        name = f"{self.run}-{group.number:03}-{which}"
        return Attempt(name, self.run, self.pipeline.name, self.inputs.root)

    def check_sources(self, group: Group) -> None:
        """Hold the sources that a group has read against what they were.

        Raises:
            StorageError: GLC520.
        """
        check_sources(group.tasks, self.identities.pinned, self.identities.known)

    def _called(self, group: Group) -> tuple[DatasetResult, ...]:
        return tuple(
            self._kept(output.dataset, value)
            for output, value in made_documents(group.tasks[0], self.inputs)
        )

    def _published(self, group: Group, attempt: int, told: Told) -> Made:
        this = self.attempt_of(group, str(attempt))
        versions: Mapping[Dataset, Version] = {}
        prints = self._fingerprints(group, this.name) if self.is_tracked else _NOT_TRACKED
        if not group.is_stored:
            written = self._written(group, this, told)
        else:
            cancelling = self.options.cancelling
            with cancelling.cleaning(lambda: this.discard(group.writes)):
                try:
                    cancelling.check()
                    written = self._written(group, this, told)
                except BaseException:
                    this.discard(group.writes)
                    raise
                with cancelling.publishing():
                    previous = self.inputs_of(group).previous
                    versions = this.publish(group.tasks, written, previous, prints, group.partition)
                    cancelling.note(dataset.name for dataset in versions)
        return self._results(written, versions), prints

    def _written(self, group: Group, this: Attempt, told: Told) -> list[Written]:
        """Run the group's query here, or in a process of its own if its task asks for that."""
        task, inputs, kept = group.tasks[0], self.inputs_of(group), self.plan.kept
        if not group.is_apart:
            budget = self.options.budget
            written = run_group(group, inputs, this.target, kept, budget, told=told)
        else:
            written = run_group_apart(
                group,
                self.pipeline.module,
                inputs,
                this,
                kept,
                timeout_s=task.timeout_s,
                workers=self.workers.get(task.workers or 0),
            )
        self.check_sources(group)
        return written

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

    def _results(
        self, written: Iterable[Written], versions: Mapping[Dataset, Version]
    ) -> tuple[DatasetResult, ...]:
        return tuple(
            (
                self._stored_result(item.dataset, versions[item.dataset])
                if item.dataset in versions
                else self._kept(item.dataset, item.value, item.violations)
            )
            for item in written
        )

    def _stored_result(self, dataset: Dataset, version: Version) -> DatasetResult:
        location = dataset.storage
        assert location is not None
        store = version.store
        pinned = pin_version(dataset, version)
        with self.noting:
            # Of two that publish partitions of it, the first may come here last.
            known = self.identities.pinned.get(dataset)
            if known is None or (known.version or 0) <= version.number:
                self.identities.pinned[dataset] = pinned
        return DatasetResult(
            dataset=dataset,
            rows=version.output.rows,
            size_bytes=version.output.size_bytes,
            path=store.path(location.key) if isinstance(store, LocalStore) else None,
            version=version.number,
            value=read(pinned, self._carrier(dataset)),
            address=store.address(location.key),
            violations=version.output.violations,
        )

    def _kept(
        self, dataset: Dataset, value: object, violations: Mapping[str, int] | None = None
    ) -> DatasetResult:
        """Keep what has no storage for later groups, if any of them reads it."""
        if value is not None:
            self.memory[dataset] = value
        rows = value.height if isinstance(value, pl.DataFrame) else None
        return DatasetResult(dataset, rows, None, None, None, value, violations=violations)

    def _carrier(self, dataset: Dataset) -> Carrier:
        """What a result holds: tables lazily, all else as its task returned it."""
        if dataset.is_rejects:
            return pl.LazyFrame
        task = self.pipeline.graph.producers[dataset]
        carrier = next(o.carrier for o in task.signature.outputs if o.dataset is dataset)
        return pl.LazyFrame if carrier is pl.DataFrame else carrier
