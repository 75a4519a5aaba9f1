"""Events of a run as documents: what is known of them, as plain data that any reader can hold."""

from __future__ import annotations

import os
import platform
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

import polars as pl
from pydantic_core import to_json, to_jsonable_python

import glacier_runtime
from glacier_runtime.datasets import Dataset
from glacier_runtime.errors import GlacierError, Problem
from glacier_runtime.execution.events import (
    Event,
    GroupFailed,
    GroupFinished,
    GroupShared,
    GroupStarted,
    RunFailed,
    RunFinished,
    RunStarted,
)
from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.memory.sharing import SharingDecision
from glacier_runtime.execution.results import DatasetResult
from glacier_runtime.history.documents import (
    DatasetEntry,
    DecisionEntry,
    ErrorEntry,
    EventDocument,
    GroupEntry,
    GroupFailedDocument,
    GroupFinishedDocument,
    GroupSharedDocument,
    GroupStartedDocument,
    LoggedColumn,
    MadeEntry,
    ProblemEntry,
    RunFailedDocument,
    RunFinishedDocument,
    RunStartedDocument,
    SharedEntry,
    TaskEntry,
)
from glacier_runtime.storage.stores import open_store
from glacier_runtime.tasks import AnyTask

__all__ = ["Describer", "readable", "tasks_of"]

_LONGEST_TEXT: Final = 10_000
_LARGEST_PARAMETERS: Final = 64 * 1024

_columns_of: WeakKeyDictionary[Dataset, tuple[LoggedColumn, ...]] = WeakKeyDictionary()


@dataclass(slots=True)
class Describer:
    """Makes documents of the events of one run.

    Attributes:
        root: The project's root.
        run: The run's id, once it has started.
        clock: Says when what is described happened: the moment, and seconds of a clock that is never set.
    """

    root: Path
    run: str = ""
    clock: Callable[[], tuple[datetime, float]] = lambda: (datetime.now(UTC), time.monotonic())
    _stored: set[str] = field(default_factory=set[str])

    def describe(self, event: Event) -> EventDocument:  # noqa: PLR0911 (one for each kind)
        """Return an event as a document; its time is what the clock says."""
        moment, monotonic_s = self.clock()
        when: dict[str, Any] = {"time": moment, "monotonic_s": monotonic_s}
        match event:
            case RunStarted():
                self.run = readable(event.run)
                return _run_started(event, self.root, when)
            case GroupStarted(group=group, attempt=attempt):
                return GroupStartedDocument(run=self.run, **when, **_of(group, attempt))
            case GroupShared(group=group, attempt=attempt, sharing=sharing):
                return GroupSharedDocument(
                    run=self.run,
                    **when,
                    **_of(group, attempt),
                    shared=tuple(map(_shared, sharing.decisions)),
                    estimated_bytes=sharing.estimated_bytes,
                    warnings=tuple(map(_problem, sharing.warnings)),
                )
            case GroupFailed(group=group, attempt=attempt):
                return GroupFailedDocument(
                    run=self.run,
                    **when,
                    **_of(group, attempt),
                    retry_in_s=event.retry_in_s,
                    error=_error(event.error),
                )
            case GroupFinished(group=group):
                return GroupFinishedDocument(
                    run=self.run,
                    **when,
                    **_of(group, event.attempt),
                    seconds=event.seconds,
                    datasets=tuple(map(_made, event.datasets)),
                    fingerprints=dict(event.fingerprints),
                )
            case RunFinished():
                return RunFinishedDocument(run=self.run, **when, seconds=event.seconds)
            case RunFailed():
                error = _error(event.error)
                return RunFailedDocument(run=self.run, **when, seconds=event.seconds, error=error)


def readable(text: str) -> str:
    r"""Return a text that every file and terminal can hold: cut if it is enormous, escaped where it is not Unicode.

    Example:
        >>> readable("caf" + chr(0xDCE9))
        'caf\\udce9'
    """
    if len(text) > _LONGEST_TEXT:
        text = f"{text[:_LONGEST_TEXT]}… ({len(text):,} characters)"
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def tasks_of(event: RunStarted) -> tuple[AnyTask, ...]:
    """Return the tasks that a run is about, whether they run or not."""
    decided = (decision.task for decision in event.decisions)
    grouped = (task for group in event.groups for task in group.tasks)
    return tuple(dict.fromkeys((*grouped, *decided)))


def _run_started(event: RunStarted, root: Path, when: Mapping[str, Any]) -> RunStartedDocument:
    tasks = tasks_of(event)
    made = {dataset for task in tasks for dataset in task.writes}
    touched = dict.fromkeys(d for task in tasks for d in (*_inputs(task), *task.writes))
    return RunStartedDocument(
        run=readable(event.run),
        **when,
        pipeline=event.pipeline,
        host=readable(socket.gethostname()),
        pid=os.getpid(),
        glacier=glacier_runtime.__version__,
        python=platform.python_version(),
        params=_parameters(event.params),
        read={name: readable(event.read[name]) for name in _read(event)},
        resumes=event.resumes,
        execution=event.execution,
        tasks={task.name: _task(task) for task in tasks},
        datasets={d.name: _dataset(d, root, is_made=d in made) for d in touched},
        groups=tuple(map(_group, event.groups)),
        decisions=tuple(
            DecisionEntry(
                task=decision.task.name,
                runs=decision.runs,
                reason=readable(decision.reason),
                partition=decision.partition and readable(decision.partition.label),
                fingerprint=decision.fingerprint,
            )
            for decision in event.decisions
        ),
    )


def _read(event: RunStarted) -> Iterator[str]:
    """Yield the names of what tasks that run read as it was before: not of what the run itself makes first."""
    running = [task for group in event.groups for task in group.tasks]
    made = {dataset for task in running for dataset in task.writes}
    inputs = [item for task in running for item in task.signature.inputs]
    before = {i.dataset.name for i in inputs if i.previous or i.dataset not in made}
    yield from (name for name in event.read if name in before)


def _of(group: Group, attempt: int) -> dict[str, Any]:
    return {
        "group": group.number,
        "tasks": tuple(task.name for task in group.tasks),
        "partition": group.partition and readable(group.partition.label),
        "attempt": attempt,
    }


def _group(group: Group) -> GroupEntry:
    return GroupEntry(
        number=group.number,
        tasks=tuple(task.name for task in group.tasks),
        reason=group.reason,
        partition=group.partition and readable(group.partition.label),
    )


def _task(task: AnyTask) -> TaskEntry:
    reads = dict.fromkeys(dataset.name for dataset in _inputs(task))
    return TaskEntry(reads=tuple(reads), writes=tuple(dataset.name for dataset in task.writes))


def _inputs(task: AnyTask) -> Iterator[Dataset]:
    """Yield what it reads, versions from before the run included."""
    yield from (item.dataset for item in task.signature.inputs)


def _dataset(dataset: Dataset, root: Path, *, is_made: bool) -> DatasetEntry:
    columns = _declared(dataset)
    if dataset.storage is None:
        return DatasetEntry(columns=columns, source=not is_made)
    try:
        address = readable(open_store(dataset.storage.bucket, root).address(dataset.storage.key))
    except (GlacierError, OSError):
        address = None  # the run will say so, if it matters
    return DatasetEntry(
        bucket=dataset.storage.bucket.name,
        path=dataset.storage.path,
        format=dataset.kind.name,
        address=address,
        columns=columns,
        source=not is_made,
    )


def _declared(dataset: Dataset) -> tuple[LoggedColumn, ...] | None:
    if dataset.table is None:
        return None
    if dataset not in _columns_of:
        _columns_of[dataset] = tuple(
            LoggedColumn(
                name=readable(column.name),
                dtype=_dtype(column.dtype),
                description=readable(column.description),
            )
            for column in dataset.table.columns
        )
    return _columns_of[dataset]


@cache
def _dtype(dtype: pl.DataType) -> str:
    return readable(str(dtype))


def _made(result: DatasetResult) -> MadeEntry:
    return MadeEntry(
        name=result.dataset.name,
        rows=result.rows,
        size_bytes=result.size_bytes,
        version=result.version,
        columns=_undeclared(result),
        violations={readable(rule): rows for rule, rows in result.violations.items()},
    )


def _undeclared(result: DatasetResult) -> tuple[LoggedColumn, ...] | None:
    """Return the columns of a table that does not declare all of them; where asking costs no request."""
    table, value = result.dataset.table, result.value
    if table is not None and not table.allows_extra:
        return None
    if isinstance(value, pl.LazyFrame) and result.path is None:
        return None
    if not isinstance(value, pl.LazyFrame | pl.DataFrame):
        return None
    try:
        columns = value.collect_schema()
    except (pl.exceptions.PolarsError, OSError):
        return None
    return tuple(
        LoggedColumn(name=readable(name), dtype=_dtype(dtype)) for name, dtype in columns.items()
    )


def _parameters(params: Mapping[str, object]) -> dict[str, Any]:
    return {readable(name): _parameter(value) for name, value in params.items()}


def _parameter(value: object) -> object:
    """Return a parameter as JSON data; what is enormous is only named."""
    plain = _clean(to_jsonable_python(value, fallback=str, bytes_mode="base64"))
    size = len(to_json(plain))
    return plain if size <= _LARGEST_PARAMETERS else f"{size:,} bytes, not kept"


def _clean(plain: object) -> object:
    if isinstance(plain, str):
        return readable(plain)
    if isinstance(plain, list):
        return [_clean(item) for item in plain]
    if isinstance(plain, dict):
        return {readable(str(name)): _clean(item) for name, item in plain.items()}
    return plain


def _shared(decision: SharingDecision) -> SharedEntry:
    return SharedEntry(
        dataset=decision.dataset.name,
        how=decision.how,
        estimated_bytes=decision.estimated_bytes,
        reason=decision.reason,
    )


def _error(error: BaseException) -> ErrorEntry:
    problems: Iterable[Problem] = error.problems if isinstance(error, GlacierError) else ()
    return ErrorEntry(type=type(error).__name__, problems=tuple(map(_problem, problems)))


def _problem(problem: Problem) -> ProblemEntry:
    plain = problem.to_dict().items()
    return ProblemEntry.model_validate({name: text and readable(text) for name, text in plain})
