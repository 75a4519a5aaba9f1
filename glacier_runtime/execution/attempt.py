"""One attempt of one group: call its tasks, and run the queries they return as one.

Nothing here is visible to readers: files go to paths of this attempt alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import polars as pl
from pydantic_core import PydanticSerializationError

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import ExecutionError, Problem
from glacier_runtime.execution.calling import FRAMES, Inputs, call, checked, shared, task_failed
from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.outputs import Prepared, Target, Written, prepare, uses
from glacier_runtime.execution.partition_outputs import slot_of
from glacier_runtime.execution.rule_checks import set_apart
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.tasks import AnyTask, wrong_return

__all__ = ["Inputs", "QueryError", "run_group", "task_failed"]


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
) -> list[Written]:
    """Run a group once.

    Args:
        group: The group.
        inputs: What it may read.
        target_of: Where this attempt may write a dataset.
        kept: Datasets without storage that must be kept for others.

    Returns:
        Every output, complete and verified, in the order of the tasks.

    Raises:
        ExecutionError: GLC504 for rows that break a rule, GLC4xx for columns that do not fit, GLC601 for a task that
            raises.
        QueryError: If the group's query fails, whoever is at fault.
        OSError: If an output cannot be written.
    """
    readers = _readers(group)
    frames: dict[object, object] = {}
    outputs = []
    key = group.partition
    if key is not None:
        inputs = replace(inputs, partition=key)
    for task in group.tasks:
        returned = call(task, inputs, frames, readers)
        for output, value in zip(task.signature.outputs, returned, strict=True):
            made = _apart(output.dataset, checked(task, output, value))
            for dataset, frame in made.items():
                frames[dataset] = shared(frame, uses(dataset, kept) + readers.get(dataset, 0))
            outputs += [_prepared(task, d, frames, target_of, key, keep=d in kept) for d in made]
    collected = iter(_collect([plan for output in outputs for plan in output.plans]))
    return _finished((output, [next(collected) for _ in output.plans]) for output in outputs)


def _apart(dataset: Dataset, value: object) -> Mapping[Dataset, object]:
    """Return what a task made of a dataset: the dataset, and its rejects if it has any by declaration."""
    if not dataset.extra_outputs or not isinstance(value, FRAMES):
        return {dataset: value}
    good, bad = set_apart(dataset, value.lazy())
    return {dataset: good, dataset.rejects: bad}


def _prepared(
    task: AnyTask,
    dataset: Dataset,
    frames: Mapping[object, object],
    target_of: Callable[[Dataset], Target],
    key: PartitionKey | None,
    *,
    keep: bool,
) -> Prepared:
    rejected = frames[dataset.rejects] if dataset.extra_outputs else None
    assert rejected is None or isinstance(rejected, pl.LazyFrame)
    try:
        slot = slot_of(task, dataset, key)
        return prepare(dataset, frames[dataset], target_of, keep=keep, rejected=rejected, slot=slot)
    except PydanticSerializationError as error:
        fault = f"a document for dataset {dataset.name!r} that JSON cannot hold: {error}"
        raise ExecutionError(wrong_return(task, fault)) from error


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


def _readers(group: Group) -> dict[object, int]:
    """Count the parameters that read each dataset, and those of its partitions; a loop, for every group pays for this."""
    readers: dict[object, int] = {}
    for task in group.tasks:
        for item in task.signature.inputs:
            readers[item.dataset] = readers.get(item.dataset, 0) + 1
            if group.partition is not None and item.mapping is not None:
                part = item.dataset, item.mapping
                readers[part] = readers.get(part, 0) + 1
    return readers


def _collect(plans: list[pl.LazyFrame]) -> Sequence[pl.DataFrame]:
    try:
        return pl.collect_all(plans) if plans else ()
    except (Exception, pl.exceptions.PanicException) as error:
        raise QueryError(error) from error
