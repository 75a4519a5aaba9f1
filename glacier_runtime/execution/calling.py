"""Tasks called: what each is given, what it returned, and whether that is what it declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import polars as pl
from pydantic import SecretStr

from glacier_runtime.checks.columns import SCHEMA_ERRORS, output_problems, query_problem
from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import Code, ExecutionError, GlacierError, Problem
from glacier_runtime.execution.inputs import Pinned, handed_over, kept_folder, pin_as_of, read
from glacier_runtime.execution.origins import scan_origin
from glacier_runtime.execution.partition_inputs import restrict, watermark_values
from glacier_runtime.partitioning.requests import params_for
from glacier_runtime.partitions import PartitionKey
from glacier_runtime.signatures import Input, Output
from glacier_runtime.sources import GivenSource, Source
from glacier_runtime.tasks import AnyTask, task_problem, wrong_return

__all__ = ["FRAMES", "Inputs", "call", "checked", "shared", "task_failed"]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a group may read.

    Attributes:
        pinned: Datasets in storage.
        previous: The versions before this run, for `Previous[...]`.
        memory: Datasets without storage, as earlier groups left them.
        params: Validated run parameters.
        secrets: Values of secrets, by the secret's name.
        downloads: Gives a new local folder, for files that are not on this machine.
        partition: The partition that the group makes.
        root: The project's root.
    """

    pinned: Mapping[Dataset, Pinned]
    previous: Mapping[Dataset, Pinned]
    memory: Mapping[Dataset, object]
    params: Mapping[str, object]
    secrets: Mapping[str, SecretStr] = field(default_factory=dict)
    downloads: Callable[[], Path] = kept_folder
    partition: PartitionKey | None = None
    root: Path = Path()


FRAMES: Final = (pl.LazyFrame, pl.DataFrame)


def shared(value: object, uses: int) -> object:
    """Let all uses of a frame see one evaluation of it.

    Polars finds equal sub-plans by itself, but only the outermost ones, and none that hold anything random: without the
    explicit node, rules could be checked on other rows than are written.
    """
    return value.cache() if isinstance(value, pl.LazyFrame) and uses > 1 else value


def call(
    task: AnyTask, inputs: Inputs, frames: dict[object, object], readers: Mapping[object, int]
) -> tuple[object, ...]:
    """Call a task.

    Args:
        task: The task.
        inputs: What its group may read.
        frames: What the group has read and made so far; what the task reads is added.
        readers: How many parameters of the group read each dataset.

    Returns:
        One value for each declared output.

    Raises:
        ExecutionError: GLC601, if it raises or returns another number of values.
    """
    arguments: dict[str, object] = {}
    signature, key = task.signature, inputs.partition
    for item in signature.inputs:
        is_whole = key is None or (item.dataset in frames and not item.previous)
        seen = inputs if is_whole else _narrowed(inputs, task, item)
        arguments[item.parameter] = _input(item, seen, frames, readers)
    params = inputs.params if key is None else params_for(task, key, inputs.params)
    for parameter in signature.parameters:
        arguments[parameter.argument or parameter.name] = params[parameter.name]
    if signature.constants:
        arguments.update(signature.constants)
    if key is not None:
        arguments.update(signature.partition_arguments(key))
    if signature.watermarks:
        arguments.update(watermark_values(task, inputs.previous))
    for secret in signature.secrets:
        arguments[secret.parameter] = secret.argument(inputs.secrets[secret.secret])
    returned = _returned(task, arguments)
    wanted = len(signature.outputs)
    if not wanted:
        return ()
    values = returned if signature.returns_tuple else (returned,)
    if not isinstance(values, tuple) or len(values) != wanted:
        count = len(values) if isinstance(values, tuple) else 1
        raise ExecutionError(wrong_return(task, f"{count} values instead of {wanted}"))
    return values


def _returned(task: AnyTask, arguments: Mapping[str, object]) -> Any:
    """Call a task, which is user code: whatever it raises is its failure."""
    try:
        return task.function(**arguments)
    except (GlacierError, KeyboardInterrupt):
        raise
    except SCHEMA_ERRORS as error:
        raise ExecutionError(query_problem(task, error, _known(task), lambda _: None)) from error
    except BaseException as error:
        raise ExecutionError(task_failed(task, error)) from error


def _known(task: AnyTask) -> dict[Dataset, pl.Schema]:
    """Return the columns that a task may count on."""
    tables = {item.dataset: item.dataset.table for item in task.signature.inputs}
    return {dataset: table.dtypes for dataset, table in tables.items() if table is not None}


def _narrowed(inputs: Inputs, task: AnyTask, item: Input) -> Inputs:
    """Return what may be read, where one input has the files alone that belong to the partition that is made."""
    dataset, known = item.dataset, inputs.previous if item.previous else inputs.pinned
    if item.mapping is None or dataset not in known:
        return inputs
    part = {dataset: restrict(known[dataset], task, item, inputs.partition)}
    if item.previous:
        return replace(inputs, previous={**inputs.previous, **part})
    return replace(inputs, pinned={**inputs.pinned, **part})


def _input(
    item: Input,
    inputs: Inputs,
    frames: dict[object, object],
    readers: Mapping[object, int],
) -> object:
    dataset, carrier = item.dataset, item.carrier
    if carrier is Source:
        frame = _rows(replace(item, carrier=pl.LazyFrame), inputs, frames, readers)
        return GivenSource(frame, dataset.origin or dataset.storage)
    if carrier is pl.LazyFrame:
        return _rows(item, inputs, frames, readers)
    if item.previous:
        return read(_before(item, inputs), carrier, inputs.downloads)
    if dataset in inputs.memory:
        return handed_over(inputs.memory[dataset], carrier)
    if dataset.origin is not None:
        return scan_origin(dataset).collect()
    return read(inputs.pinned[dataset], carrier, inputs.downloads)


def _before(item: Input, inputs: Inputs) -> Pinned:
    """Return what an input was before the run: its newest version then, or the one that it names."""
    if item.as_of is None:
        return inputs.previous[item.dataset]
    return pin_as_of(item.dataset, item.as_of, inputs.root)


def _rows(
    item: Input,
    inputs: Inputs,
    frames: dict[object, object],
    readers: Mapping[object, int],
) -> Any:
    """Return a dataset lazily; every reader in the group gets the very same frame, for sharing is by object identity."""
    dataset = item.dataset
    if item.previous:
        return read(_before(item, inputs), item.carrier, inputs.downloads)
    is_part = inputs.partition is not None and item.mapping is not None
    part = (dataset, item.mapping) if is_part else dataset
    for known in (dataset, part):
        if known in frames:
            return frames[known]
    if dataset in inputs.memory:
        return handed_over(inputs.memory[dataset], item.carrier)
    value = (
        read(inputs.pinned[dataset], item.carrier, inputs.downloads)
        if dataset.origin is None
        else scan_origin(dataset)
    )
    frames[part] = shared(value, readers[part])
    return frames[part]


def checked(task: AnyTask, output: Output, value: object) -> object:
    """Return what a task returned for a dataset, in the dataset's column order, or say what is wrong with it."""
    dataset, carrier = output.dataset, output.carrier
    if not isinstance(value, carrier):
        wanted = carrier.__name__
        fault = f"{type(value).__name__} instead of {wanted} for dataset {dataset.name!r}"
        raise ExecutionError(wrong_return(task, fault))
    if isinstance(value, Path) and (misplaced := _path_fault(dataset, value)) is not None:
        raise ExecutionError(wrong_return(task, misplaced))
    if not isinstance(value, FRAMES) or dataset.table is None:
        return value
    try:
        actual = value.collect_schema()
    except SCHEMA_ERRORS as error:
        raise ExecutionError(query_problem(task, error, _known(task), lambda _: None)) from error
    except (Exception, pl.exceptions.PanicException) as error:
        # Building a query may read files that the task never declared.
        raise ExecutionError(task_failed(task, error)) from error
    if problems := list(output_problems(task, dataset, actual)):
        raise ExecutionError(problems)
    names = dataset.table.dtypes.names()
    if list(actual) == names or dataset.table.allows_extra:
        return value
    return value.select(names)


def _path_fault(dataset: Dataset, path: Path) -> str | None:
    wants_folder = dataset.storage is not None and dataset.storage.is_folder
    if not path.exists():
        return f"path {path}, where there is nothing"
    if dataset.storage is None or path.is_dir() == wants_folder:
        return None
    is_folder, is_file = "a folder", "a file"
    found, wanted = (is_folder, is_file) if path.is_dir() else (is_file, is_folder)
    return f"{found} instead of {wanted} for dataset {dataset.name!r} at {dataset.storage}"


def task_failed(task: AnyTask, error: BaseException) -> Problem:
    """Report whatever a task, or the query it returned, raised."""
    return task_problem(
        task,
        Code.TASK_FAILED,
        f"failed: {type(error).__name__}: {str(error).partition(chr(10))[0]}",
        "mend the task or its input; --traceback shows where it happened",
    )
