"""Who is at fault when a group fails: the disk, an input, or which of its tasks."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, ExecutionError, GlacierError, Problem, StorageError
from glacier_runtime.execution.attempt import Inputs, QueryError, run_group, task_failed
from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.input_checks import unreadable_problem
from glacier_runtime.execution.inputs import Pinned
from glacier_runtime.execution.outputs import Target
from glacier_runtime.storage.faults import (
    UNWRITABLE,
    is_of_polars_in_a_cloud,
    store_fault,
    write_failed,
)

__all__ = ["name_fault"]

_OS_ERROR: Final = re.compile(
    r"\(os error (\d+)\)"
)  # how Polars' sinks report the operating system


def name_fault(
    group: Group,
    error: GlacierError | QueryError | OSError,
    inputs: Inputs,
    target_of: Callable[[Dataset], Target],
) -> GlacierError:
    """Name what is at fault.

    A failed query does not say which task it came from. The inputs are read once more, then a fused group is run task by
    task, on the same pinned inputs and unpublished, until one fails.

    Args:
        group: The group that failed.
        error: How it failed.
        inputs: What it read.
        target_of: Where to write while looking; the caller removes it.

    Returns:
        The error to report.
    """
    if isinstance(error, GlacierError):
        return error
    cause = error if isinstance(error, OSError) else error.cause
    if (fault := _writing_fault(error)) is not None:
        return _caused(StorageError(fault), cause)
    read = {item.dataset for task in group.tasks for item in task.signature.inputs}
    broken = [
        problem
        for dataset in sorted(read & inputs.pinned.keys(), key=lambda dataset: dataset.name)
        if (problem := unreadable_problem(inputs.pinned[dataset])) is not None
    ]
    if broken:
        return StorageError(broken)
    if len(group.tasks) == 1:
        return _caused(ExecutionError(task_failed(group.tasks[0], cause)), cause)
    return _first_failure(group, inputs, target_of) or ExecutionError(_unexplained(group, cause))


def _writing_fault(error: QueryError | OSError) -> Problem | None:
    """Say what the disk or the store reported, to Python or to Polars."""
    if isinstance(error, OSError):
        return write_failed(error)
    cause = error.cause
    if is_of_polars_in_a_cloud(cause):
        return store_fault(cause)
    number = _os_error_number(cause)
    if number not in UNWRITABLE:
        return None
    return write_failed(OSError(number, str(cause).partition("\n")[0]))


def _os_error_number(error: BaseException) -> int | None:
    if isinstance(error, OSError):
        return error.errno
    match = _OS_ERROR.search(str(error))
    return int(match[1]) if match else None


def _first_failure(
    group: Group, inputs: Inputs, target_of: Callable[[Dataset], Target]
) -> GlacierError | None:
    pinned, memory = dict(inputs.pinned), dict(inputs.memory)
    for task in group.tasks:
        alone = Group(group.number, (task,), "finding the task at fault", group.partition)
        so_far = replace(inputs, pinned=pinned, memory=memory)
        try:
            written = run_group(alone, so_far, target_of, frozenset(task.writes))
        except GlacierError as found:
            return found
        except QueryError as found:
            return _caused(ExecutionError(task_failed(task, found.cause)), found.cause)
        for item in written:
            if item.target is None:
                memory[item.dataset] = item.value
            else:
                keys = tuple(file.key for file in item.files)
                target = item.target
                pinned[item.dataset] = Pinned(item.dataset, target.store, keys, target.key)
    return None


def _unexplained(group: Group, cause: BaseException) -> Problem:
    return Problem(
        code=Code.TASK_FAILED,
        message=f"the fused query of {group.label} failed, and none of its tasks alone: {cause}",
        fix="run with --no-fuse, and report it",
    )


def _caused(error: GlacierError, cause: BaseException) -> GlacierError:
    """Keep what the user's code raised, for `--traceback`."""
    error.__cause__ = cause
    return error
