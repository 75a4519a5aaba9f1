"""What deployed tasks say that they made, as results of a run: by reference, and read where it lies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import polars as pl
from pydantic import ValidationError
from pydantic_core import to_json

from glacier_runtime.cloud_runs.happenings import Unit
from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import GlacierError
from glacier_runtime.execution.inputs import pin_as_of, scan
from glacier_runtime.execution.results import DatasetResult
from glacier_runtime.run_task.results import OutputResult, TaskResult, note_path
from glacier_runtime.storage.formats import TableFormat
from glacier_runtime.storage.moments import AsOf
from glacier_runtime.storage.stores import open_store
from glacier_runtime.tasks import AnyTask

__all__ = ["made_by", "noted", "readable_results", "understood"]

_AT_ONCE: Final = 16


def understood(document: Mapping[str, Any] | None) -> TaskResult | None:
    """Return a result document; None for what is none, or of another version."""
    if document is None:
        return None
    try:
        return TaskResult.model_validate_json(to_json(document))
    except ValidationError:
        return None


def noted(task: AnyTask, unit: Unit, run: str, root: Path) -> TaskResult | None:
    """Return what a task has written down beside its data; None if that cannot be read from here.

    Args:
        task: The task.
        unit: The task and the partition that are meant.
        run: The run.
        root: The project's root.
    """
    reads = (item.dataset for item in task.signature.inputs)
    home = next((d.storage.bucket for d in (*task.writes, *reads) if d.storage is not None), None)
    if home is None or home.cloud == "local":
        return None
    with suppress(GlacierError, OSError, ValueError):
        content = open_store(home, root).read(note_path(run, task.name, unit.partition))
        if content is not None:
            found = TaskResult.model_validate_json(content)
            return found if unit.partition in {None, found.partition} else None
    return None


def made_by(task: AnyTask, result: TaskResult, root: Path) -> tuple[DatasetResult, ...]:
    """Return what a task made as results of a run, in the order of what it writes.

    Args:
        task: The task.
        result: What it said.
        root: The project's root.
    """
    said = {output.dataset: output for output in result.outputs}
    return tuple(
        _result(dataset, said[dataset.name], root, is_current=result.skipped)
        for dataset in task.writes
        if dataset.name in said
    )


def readable_results(results: Iterable[DatasetResult], root: Path) -> dict[Dataset, DatasetResult]:
    """Return results with the rows of just the versions that were made, lazily, where they can be read from here."""
    listed = tuple(results)
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="glacier") as pool:
        rows = pool.map(lambda made: _rows(made, root), listed)
        return {
            made.dataset: made if frame is None else replace(made, value=frame)
            for made, frame in zip(listed, rows, strict=True)
        }


def _result(
    dataset: Dataset, output: OutputResult, root: Path, *, is_current: bool
) -> DatasetResult:
    return DatasetResult(
        dataset=dataset,
        rows=output.rows,
        size_bytes=output.size_bytes,
        path=None,
        version=output.version,
        address=_address(dataset, root) or f"{output.bucket}:{output.path}",
        violations=output.violations,
        is_current=is_current,
    )


def _address(dataset: Dataset, root: Path) -> str | None:
    location = dataset.storage
    if location is None or location.bucket.cloud == "local":
        return None
    with suppress(GlacierError, OSError):
        return open_store(location.bucket, root).address(location.key)
    return None


def _rows(made: DatasetResult, root: Path) -> pl.LazyFrame | None:
    location = made.dataset.storage
    is_here = location is None or location.bucket.cloud == "local"
    if is_here or made.version is None or not isinstance(made.dataset.kind, TableFormat):
        return None
    with suppress(GlacierError, OSError):
        return scan(pin_as_of(made.dataset, AsOf(version=made.version), root))
    return None
