"""What a run does: which tasks it takes and why, in which groups, and what they read.

A task is current if its outputs were made from just what it would be made from now. What is current is left out; its
outputs are read as they are. Nothing is decided by time: a clock that jumps changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from glacier_runtime.computed_once import cached_property
from glacier_runtime.datasets import Dataset
from glacier_runtime.execution.decisions import Decision
from glacier_runtime.execution.fusion import Group, group_tasks, kept_datasets
from glacier_runtime.execution.identity import Identities, Origin, Unit, made_from
from glacier_runtime.execution.partition_outputs import may_be_shared
from glacier_runtime.fingerprints.currency import is_cacheable
from glacier_runtime.fingerprints.differences import differences
from glacier_runtime.graph import Graph
from glacier_runtime.partitioning.mapping import keys_of, upstream_keys
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.storage.records import Fingerprint
from glacier_runtime.storage.versions import Version
from glacier_runtime.tasks import AnyTask

__all__ = ["Asked", "Plan", "plan_run"]

_IN_MEMORY: Final = "nothing of it is stored"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run is asked for.

    Attributes:
        chosen: The tasks, each with why it is among them.
        graph: The graph of these tasks.
        params: Validated run parameters.
        partitions: Keys of partitions to make.
        force: Whether what is current runs all the same.
        resumed: Runs that ended early, and that this one goes on with.
        fuse: Whether neighbouring lazy tasks run as one query.
    """

    chosen: Mapping[AnyTask, str]
    graph: Graph
    params: Mapping[str, object]
    partitions: tuple[PartitionKey, ...] = ()
    force: bool = False
    resumed: frozenset[str] = frozenset()
    fuse: bool = True


@dataclass(frozen=True)
class Plan:
    """What a run will do.

    Attributes:
        decisions: What is done about every task, and why.
        graph: The tasks that run.
        groups: The groups that run, in order.
        kept: The datasets without storage that are kept for other groups, or for the caller.
    """

    decisions: tuple[Decision, ...]
    graph: Graph
    groups: tuple[Group, ...]
    kept: frozenset[Dataset]

    @cached_property
    def writes(self) -> tuple[Dataset, ...]:
        """The stored datasets that will be written."""
        writes = (d for group in self.groups for d in group.writes if d.storage is not None)
        return tuple(dict.fromkeys(writes))

    @cached_property
    def parts(self) -> Mapping[Dataset, frozenset[str]]:
        """The labels of the partitions that will be made, of datasets of which others may make others meanwhile."""
        made: dict[Dataset, set[str]] = {}
        for group in self.groups:
            for dataset in group.writes:
                if group.partition is not None:
                    made.setdefault(dataset, set()).add(group.partition.label)
        return {
            dataset: frozenset(labels)
            for dataset, labels in made.items()
            if may_be_shared(dataset) and dataset not in self.looks_back
        }

    @cached_property
    def looks_back(self) -> tuple[Dataset, ...]:
        """The datasets of which tasks take the version before the run."""
        tasks = (task for group in self.groups for task in group.tasks)
        return tuple(dict.fromkeys(d for task in tasks for d in task.signature.looks_back))

    @cached_property
    def worker_counts(self) -> frozenset[int]:
        """How many processes the places of its tasks have, of those that have any."""
        counts = (task.workers for group in self.groups for task in group.tasks)
        return frozenset(count for count in counts if count is not None)

    @cached_property
    def stored_groups(self) -> int:
        """How many groups publish something."""
        return sum(group.is_stored for group in self.groups)

    @cached_property
    def left_out(self) -> tuple[Dataset, ...]:
        """The datasets of tasks that do not run."""
        return tuple(
            d for decision in self.decisions if not decision.runs for d in decision.task.writes
        )


def plan_run(
    graph: Graph, asked: Asked, identities: Identities, returned: Sequence[Dataset] = ()
) -> Plan:
    """Decide what runs.

    Args:
        graph: The graph of the pipeline.
        asked: What is asked for.
        identities: The state of everything that is stored, and parameters.
        returned: Datasets that the caller will ask for.
    """
    is_partial = asked.graph is not graph or any(asked.chosen.values())
    if not (is_partial or graph.makes_stored or graph.partitioned):
        return _all_in_memory(graph, tuple(returned), asked.fuse)
    decisions = tuple(_Deciding(graph, asked, identities, frozenset(returned)).decide())
    running = {(d.task, d.partition) for d in decisions if d.runs}
    part = graph.part({task for task, _ in running})
    groups = group_tasks(part, fuse=asked.fuse)
    if any(decision.partition is not None for decision in decisions):
        groups = tuple(_expanded(groups, running, asked))
    return Plan(decisions, part, groups, kept_datasets(graph, groups, returned))


@lru_cache(maxsize=16)  # who runs a pipeline often need not wait for the same answer
def _all_in_memory(graph: Graph, returned: tuple[Dataset, ...], fuse: bool) -> Plan:
    """Plan a run of which nothing is stored, which no earlier run and no parameter can change."""
    groups = group_tasks(graph, fuse=fuse)
    decisions = tuple(Decision(task, True, _IN_MEMORY) for task in graph.order)
    return Plan(decisions, graph, groups, kept_datasets(graph, groups, returned))


def _expanded(groups: Sequence[Group], running: set[Unit], asked: Asked) -> Iterator[Group]:
    """Let a group of tasks that make one partition run once for each key."""
    number = 0
    for group in groups:
        for key in keys_of(group.tasks[0], asked.partitions):
            tasks = tuple(task for task in group.tasks if (task, key) in running)
            if tasks:
                number += 1
                yield replace(group, number=number, tasks=tasks, partition=key)


@dataclass(slots=True)
class _Deciding:
    """Decides about one task after the other, in the order in which they would run.

    Attributes:
        graph: The graph of the pipeline.
        asked: What is asked for.
        identities: The state of what is stored.
        returned: Datasets that the caller will ask for.
        reasons: Why each task runs that does.
        current: Why each task is left out that is.
        passing: Who runs of those above a task, whether or not it is left out: what it keeps in memory will be another.
        prints: What outputs would be made from.
    """

    graph: Graph
    asked: Asked
    identities: Identities
    returned: frozenset[Dataset]
    reasons: dict[Unit, str] = field(default_factory=dict[Unit, str])
    current: dict[Unit, str] = field(default_factory=dict[Unit, str])
    passing: dict[Unit, str] = field(default_factory=dict[Unit, str])
    prints: dict[Unit, Fingerprint] = field(default_factory=dict[Unit, Fingerprint])

    def decide(self) -> Iterator[Decision]:
        units = [
            (task, key)
            for task in self.asked.chosen
            for key in keys_of(task, self.asked.partitions)
        ]
        if not self.asked.graph.makes_stored:
            for task, key in units:
                yield Decision(task, True, self.asked.chosen[task] or _IN_MEMORY, key)
            return
        for unit in units:
            self._look_at(unit)
        while self._add_needed(units):
            continue
        for unit in units:
            runs = unit in self.reasons
            reason = self.reasons[unit] if runs else self.current[unit]
            yield Decision(unit[0], runs, reason, unit[1], self.prints.get(unit))

    def _look_at(self, unit: Unit) -> None:
        task = unit[0]
        found = self.identities.origin(unit, {})
        self.identities.note(unit, found)
        if found.fingerprint is not None:
            self.prints[unit] = found.fingerprint
        stored = [dataset for dataset in task.writes if dataset.storage is not None]
        self._pass_on(unit)
        if not stored:
            if self._is_wanted(task):
                self.reasons[unit] = self.asked.chosen[task] or _IN_MEMORY
            else:
                self.current[unit] = "nothing that runs needs it"
            return
        why = self._why(unit, stored, found)
        if why is None:
            self.current[unit] = self._since(stored, unit)
        else:
            self.reasons[unit] = why

    def _is_wanted(self, task: AnyTask) -> bool:
        """Whether what a task keeps in memory is asked for by whoever started the run."""
        if not task.writes:
            return True
        read = (d for c in self.graph.consumers[task] if c in self.asked.chosen for d in c.reads)
        wanted = set(task.writes) - set(read)
        return bool(wanted) or any(dataset in self.returned for dataset in task.writes)

    def _why(self, unit: Unit, stored: Sequence[Dataset], found: Origin) -> str | None:
        """Say why a task runs; None if its outputs are current."""
        if self.asked.force:
            return "forced"
        if upstream := self._running_upstream(unit):
            return f"{upstream} runs"
        if self._was_done(stored, unit, found):
            return None
        if (never := is_cacheable(unit[0])) is not None:
            return never
        return found.doubt or self._changes(unit, stored, found)

    def _changes(self, unit: Unit, stored: Sequence[Dataset], now: Origin) -> str | None:
        assert now.fingerprint is not None
        befores = (made_from(self._version(dataset), unit) for dataset in stored)
        changes = (differences(before, now.fingerprint) for before in befores)
        return next((", ".join(found) for found in changes if found), None)

    def _running_upstream(self, unit: Unit) -> str | None:
        task, key = unit
        for item in task.signature.inputs:
            producer = None if item.previous else self.graph.producers.get(item.dataset)
            if producer is None:
                continue
            keys = upstream_keys(task, item, key)
            wanted = keys_of(producer, self.asked.partitions) if keys is None else keys
            for above in ((producer, k) for k in wanted):
                if item.dataset.storage is None and above in self.passing:
                    return self.passing[above]
                if item.dataset.storage is not None and above in self.reasons:
                    return producer.name
        return None

    def _pass_on(self, unit: Unit) -> str | None:
        """Note that what a task keeps in memory will not be what it was, for something that it reads is made anew."""
        upstream = self._running_upstream(unit)
        if upstream is not None:
            self.passing[unit] = upstream
        return upstream

    def _was_done(self, stored: Sequence[Dataset], unit: Unit, found: Origin) -> bool:
        """Whether a run that ended early, and that is gone on with, has done it from what can be seen to be the same."""
        for dataset in stored if self.asked.resumed else ():
            version = self._version(dataset)
            attempt = None if version is None else _attempt_of(version, unit[1])
            if attempt is None or not any(attempt.startswith(f"{r}-") for r in self.asked.resumed):
                return False
            if found.fingerprint is None or made_from(version, unit) != found.fingerprint:
                return False
        return bool(self.asked.resumed)

    def _version(self, dataset: Dataset) -> Version | None:
        pinned = self.identities.pinned.get(dataset)
        return None if pinned is None else pinned.published

    def _since(self, stored: Sequence[Dataset], unit: Unit) -> str:
        version = self._version(stored[0])
        assert version is not None
        attempt = _attempt_of(version, unit[1]) or version.record.attempt
        return f"current since run {'-'.join(attempt.split('-')[:2])}"

    def _add_needed(self, units: Sequence[Unit]) -> bool:
        """Let tasks run whose unstored outputs are needed, and those that read what these publish anew."""
        before = len(self.reasons)
        for unit in reversed(units):
            if unit in self.reasons:
                self._need_unstored(unit)
        for unit in units:
            upstream = self._pass_on(unit)
            is_stored = any(dataset.storage is not None for dataset in unit[0].writes)
            if upstream is not None and is_stored:
                self.reasons.setdefault(unit, f"{upstream} runs")
        return len(self.reasons) > before

    def _need_unstored(self, unit: Unit) -> None:
        task, key = unit
        for item in task.signature.inputs:
            producer = self.graph.producers.get(item.dataset)
            if item.dataset.storage is not None or producer not in self.asked.chosen:
                continue
            assert producer is not None
            for k in upstream_keys(task, item, key) or (None,):
                reason = f"its dataset {item.dataset.name}, which {task.name} reads, is not stored"
                self.reasons.setdefault((producer, k), reason)


def _attempt_of(version: Version, key: PartitionKey | None) -> str | None:
    if key is None:
        return version.record.attempt
    part = version.output.partitions.get(key.label)
    return None if part is None else part.attempt
