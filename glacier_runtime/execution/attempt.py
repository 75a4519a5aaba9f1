"""One attempt of one group: call its tasks, and run the queries they return as one.

Nothing here is visible to readers: files go to paths of this attempt alone.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from pydantic_core import PydanticSerializationError

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import ExecutionError, Problem
from glacier_runtime.execution.calling import FRAMES, Inputs, call, checked, shared, task_failed
from glacier_runtime.execution.documents import made_documents
from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.inputs import Pinned, scan
from glacier_runtime.execution.outputs import Prepared, Target, Written, prepare, uses
from glacier_runtime.execution.partition_outputs import slot_of
from glacier_runtime.execution.rule_checks import set_apart
from glacier_runtime.storage.table_format import TableFormat
from glacier_runtime.tasks import AnyTask, wrong_return

if TYPE_CHECKING:
    from glacier_runtime.execution.memory.budget import MemoryBudget
    from glacier_runtime.execution.memory.placing import Batch
    from glacier_runtime.execution.memory.sharing import Sharing
    from glacier_runtime.execution.memory.spilling import Scratch

__all__ = ["Inputs", "QueryError", "plan_sharing", "run_group", "task_failed"]


class QueryError(Exception):
    """The query of a group failed; which of its tasks is at fault is not known yet."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(str(cause))
        self.cause = cause


def run_group(
    group: Group,
    inputs: Inputs,
    target_of: Callable[[Dataset], Target],
    kept: frozenset[Dataset],
    budget: MemoryBudget | None = None,
    *,
    told: Callable[[Sharing], None] | None = None,
) -> list[Written]:
    """Run a group once.

    Args:
        group: The group.
        inputs: What it may read.
        target_of: Where this attempt may write a dataset.
        kept: Datasets without storage that must be kept for others.
        budget: What its queries may hold in memory at once; None fuses all of them.
        told: Is told how the group runs, if that had to be decided.

    Returns:
        Every output, complete and verified, in the order of the tasks.

    Raises:
        ExecutionError: GLC504 for rows that break a rule, GLC4xx for columns that do not fit, GLC601 for a task that
            raises.
        QueryError: If the group's query fails, whoever is at fault.
        OSError: If an output cannot be written.
    """
    if group.partition is not None:
        inputs = replace(inputs, partition=group.partition)
    elif len(group.tasks) == 1 and group.tasks[0].signature.is_of_documents:
        made = made_documents(group.tasks[0], inputs)
        return [Written(output.dataset, None, (), value) for output, value in made]
    making = _Making(group, inputs, target_of, kept)
    outputs = making.outputs(group.tasks)
    if budget is not None and _may_exceed(making, budget):
        sharing = _decided(making, outputs, budget)
        if told is not None:
            told(sharing)
        if len(sharing.batches) > 1:
            return _in_batches(making, outputs, sharing)
    return _collected(outputs)


def plan_sharing(
    group: Group,
    inputs: Inputs,
    target_of: Callable[[Dataset], Target],
    kept: frozenset[Dataset],
    budget: MemoryBudget,
) -> Sharing:
    """Decide how a group would run, and run nothing: its tasks are called, as they would be, for the queries they return.

    Args:
        group: The group; its inputs must be there.
        inputs: What it may read.
        target_of: Where an attempt would write a dataset; nothing is written.
        kept: Datasets without storage that must be kept for others.
        budget: What its queries may hold in memory at once.
    """
    if group.partition is not None:
        inputs = replace(inputs, partition=group.partition)
    making = _Making(group, inputs, target_of, kept)
    return _decided(making, making.outputs(group.tasks), budget)


@dataclass(frozen=True, slots=True)
class _Output:
    """One output of a task, to be written."""

    task: AnyTask
    dataset: Dataset
    prepared: Prepared


class _Making:
    """A group in the making.

    Attributes:
        group: The group.
        inputs: What it may read.
        frames: What its tasks were given and made so far.
    """

    def __init__(
        self,
        group: Group,
        inputs: Inputs,
        target_of: Callable[[Dataset], Target],
        kept: frozenset[Dataset],
    ) -> None:
        self.group, self.inputs = group, inputs
        self.frames: dict[object, object] = {}
        self._target_of, self._kept = target_of, kept
        self._readers = _readers(group.tasks, group.partition)
        self._running: Container[AnyTask] | None = None  # all of them

    def outputs(self, tasks: Iterable[AnyTask]) -> list[_Output]:
        """Call tasks, and prepare writing what they return."""
        outputs: list[_Output] = []
        frames, readers, kept, running = self.frames, self._readers, self._kept, self._running
        for task in tasks:
            returned = call(task, self.inputs, frames, readers)
            for output, value in zip(task.signature.outputs, returned, strict=True):
                made = _apart(output.dataset, checked(task, output, value))
                for dataset, frame in made.items():
                    is_written = running is None or task in running
                    written = uses(dataset, kept) if is_written else 0
                    count = written + readers.get(dataset, 0)
                    frames[dataset] = shared(frame, count)
                outputs += [_Output(task, d, self._prepared(task, d)) for d in made]
        return outputs

    def outputs_in(self, batch: Batch, given: Mapping[Dataset, pl.LazyFrame]) -> list[_Output]:
        """Forget what was made, and call the tasks anew that a batch needs.

        What has one reader in the batch is not kept for others: its filters and columns reach the files.

        Args:
            batch: The batch.
            given: Datasets that are read from files by now.
        """
        from glacier_runtime.execution.memory.placing import needed_in  # noqa: PLC0415 (rare)

        needed = needed_in(batch, self.group.tasks, given)
        self.frames, self._running = dict(given.items()), frozenset(batch.tasks)
        self._readers = _readers(needed, self.group.partition)
        for dataset in batch.spills:  # who writes it for later batches evaluates it, too
            self._readers[dataset] = self._readers.get(dataset, 0) + 1
        return [output for output in self.outputs(needed) if output.task in self._running]

    def _prepared(self, task: AnyTask, dataset: Dataset) -> Prepared:
        frames, keep = self.frames, dataset in self._kept
        rejected = frames[dataset.rejects] if dataset.extra_outputs else None
        assert rejected is None or isinstance(rejected, pl.LazyFrame)
        slot = slot_of(task, dataset, self.group.partition)
        try:
            return prepare(
                dataset,
                frames[dataset],
                self._target_of,
                keep=keep,
                rejected=rejected,
                slot=slot,
            )
        except PydanticSerializationError as error:
            fault = f"a document for dataset {dataset.name!r} that JSON cannot hold: {error}"
            raise ExecutionError(wrong_return(task, fault)) from error


def _may_exceed(making: _Making, budget: MemoryBudget) -> bool:
    from glacier_runtime.execution.memory.facts import (  # noqa: PLC0415 (a task that runs alone has no budget)
        may_exceed,
    )

    return may_exceed(making.frames, making.inputs, budget)


def _decided(making: _Making, outputs: Sequence[_Output], budget: MemoryBudget) -> Sharing:
    from glacier_runtime.execution.memory.facts import facts_of  # noqa: PLC0415 (as above)
    from glacier_runtime.execution.memory.placing import Batch, Query  # noqa: PLC0415
    from glacier_runtime.execution.memory.sharing import Sharing, decide  # noqa: PLC0415

    plans: dict[AnyTask, list[pl.LazyFrame]] = {task: [] for task in making.group.tasks}
    for output in outputs:
        plans[output.task] += output.prepared.plans
    queries = [Query(task, found) for task, found in plans.items()]
    frames = {
        known: frame
        for known, frame in making.frames.items()
        if isinstance(known, Dataset) and isinstance(frame, pl.LazyFrame)
    }

    def anew(batch: Batch) -> list[pl.LazyFrame]:
        return [plan for output in making.outputs_in(batch, {}) for plan in output.prepared.plans]

    try:
        facts = facts_of(making.frames, making.inputs)
        return decide(queries, frames, facts, budget, anew)
    except (Exception, pl.exceptions.PanicException):  # noqa: BLE001
        # What Polars says of a plan is for people, and may change: then nothing is known, and all is one query, which says
        # itself what is wrong with it.
        return Sharing((Batch(making.group.tasks),))


def _in_batches(making: _Making, outputs: list[_Output], sharing: Sharing) -> list[Written]:
    """Run some queries after the others; what is spilled is written with one, and read from files by those after it."""
    from glacier_runtime.execution.memory.spilling import Scratch  # noqa: PLC0415 (rare)

    written: dict[Dataset, Written] = {}
    given: dict[Dataset, pl.LazyFrame] = {}
    with Scratch() as scratch:
        for batch in sharing.batches:
            mine = making.outputs_in(batch, given)
            spills = _spills(making, batch, scratch)
            done = _collected(mine, [plan for plan, _ in spills.values()])
            written.update((item.dataset, item) for item in done)
            given |= {d: scratch.reading(path) for d, (_, path) in spills.items()}
            given |= {d: _read_back(written[d]) for d in batch.spills if d not in given}
    in_memory = [output for output in outputs if output.dataset not in written]
    written.update((item.dataset, item) for item in _collected(in_memory))
    return [written[output.dataset] for output in outputs]


def _spills(
    making: _Making, batch: Batch, scratch: Scratch
) -> dict[Dataset, tuple[pl.LazyFrame, Path]]:
    """Prepare writing what later batches read, but for what they can read where it is stored."""
    found: dict[Dataset, tuple[pl.LazyFrame, Path]] = {}
    for dataset in batch.spills:
        frame = making.frames[dataset]
        assert isinstance(frame, pl.LazyFrame)
        if dataset.storage is None or dataset in making.inputs.pinned or not _is_exact(dataset):
            found[dataset] = scratch.writing(dataset.name, frame)
    return found


def _is_exact(dataset: Dataset) -> bool:
    """Whether rows come back from where they are stored as they went, and in their order: not from text, nor folders."""
    kind = dataset.kind
    return isinstance(kind, TableFormat) and kind.reports_rows and not dataset.partition_keys


def _read_back(written: Written) -> pl.LazyFrame:
    assert written.target is not None
    keys = tuple(file.key for file in written.files)
    return scan(Pinned(written.dataset, written.target.store, keys, written.target.key))


def _apart(dataset: Dataset, value: object) -> Mapping[Dataset, object]:
    """Return what a task made of a dataset: the dataset, and its rejects if it has any by declaration."""
    if not dataset.extra_outputs or not isinstance(value, FRAMES):
        return {dataset: value}
    good, bad = set_apart(dataset, value.lazy())
    return {dataset: good, dataset.rejects: bad}


def _finished(outputs: Iterable[tuple[Prepared, list[pl.DataFrame]]]) -> list[Written]:
    """Verify all outputs, and report what is wrong with all of them at once."""
    written = []
    problems: list[Problem] = []
    for output, collected in outputs:
        try:
            written.append(output.finish(collected))
        except ExecutionError as error:
            problems += error.problems
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            raise QueryError(error) from error
    if problems:
        raise ExecutionError(problems)
    return written


def _readers(tasks: Iterable[AnyTask], partition: object) -> dict[object, int]:
    """Count the parameters that read each dataset, and those of its partitions; a loop, for every group pays for this."""
    readers: dict[object, int] = {}
    for task in tasks:
        for item in task.signature.inputs:
            readers[item.dataset] = readers.get(item.dataset, 0) + 1
            if partition is not None and item.mapping is not None:
                part = item.dataset, item.mapping
                readers[part] = readers.get(part, 0) + 1
    return readers


def _collected(outputs: Sequence[_Output], spills: Sequence[pl.LazyFrame] = ()) -> list[Written]:
    """Run the queries of some outputs as one, and verify what came of it."""
    plans = [plan for output in outputs for plan in output.prepared.plans]
    try:
        done = iter(pl.collect_all([*plans, *spills]) if plans or spills else ())
    except (Exception, pl.exceptions.PanicException) as error:
        raise QueryError(error) from error
    return _finished((o.prepared, [next(done) for _ in o.prepared.plans]) for o in outputs)
