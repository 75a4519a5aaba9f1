"""A run as a whole, put together from its events: what `glacier runs show` prints, and what lies beside the data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from glacier_runtime.history.documents import (
    DatasetEntry,
    ErrorEntry,
    EventDocument,
    GroupFailedDocument,
    GroupFinishedDocument,
    GroupSharedDocument,
    GroupStartedDocument,
    LoggedColumn,
    MadeEntry,
    RunFailedDocument,
    RunFinishedDocument,
    RunStartedDocument,
)
from glacier_runtime.storage.records import Fingerprint

__all__ = ["GroupOutcome", "RunRecord", "RunStatus", "TaskOutcome", "assemble"]

RunStatus: TypeAlias = Literal["done", "failed", "interrupted", "killed", "running", "unknown"]
"""`interrupted` by a person, `killed` without a chance to say so; `unknown` of what cannot be seen from here."""

_FROZEN = ConfigDict(frozen=True, defer_build=True)
_NOTES: Final = {
    "killed": "its process ended without a word",
    "unknown": "nobody here followed it to its end in the cloud: `glacier runs follow {run}`",
}


class TaskOutcome(BaseModel):
    """What became of a task, or of one partition of what it makes.

    Attributes:
        task: The task's name.
        outcome: `ran`, `skipped`, `failed`, `running`, or `not reached`.
        reason: Why it ran, or was left out.
        partition: The partition that is meant.
        fingerprint: What its outputs were made from.
    """

    model_config = _FROZEN

    task: str
    outcome: Literal["ran", "skipped", "failed", "running", "not reached"]
    reason: str = ""
    partition: str | None = None
    fingerprint: Fingerprint | None = None


class GroupOutcome(BaseModel):
    """What became of a group: `seconds` is how long its last attempt took."""

    model_config = _FROZEN

    number: int
    tasks: tuple[str, ...]
    partition: str | None = None
    reason: str = ""
    outcome: Literal["ran", "failed", "running", "not reached"] = "not reached"
    attempts: int = 0
    started_at: datetime | None = None
    seconds: float | None = None
    error: ErrorEntry | None = None


class RunRecord(BaseModel):
    """A run: what it was asked, what it did and what came of it.

    Attributes:
        format_version: The version of this format.
        run: Its id.
        pipeline: The pipeline's name; empty if that was never written down.
        status: What became of it.
        note: What else there is to know of its status.
        started_at: When it began.
        seconds: How long it took, or until its last sign of life.
        host: The machine.
        pid: The process there.
        glacier: The version of Glacier.
        python: The version of Python.
        params: Run parameters.
        read: What each dataset that is read was pinned to.
        resumes: The run that it went on with.
        execution: What a cloud calls it, if it is the cloud that runs it.
        tasks: What became of each task.
        groups: What became of each group, in order.
        datasets: What was made, by name: the last state of each.
        described: The datasets that the run might have touched, by name.
        error: What ended it.

    Example:
        >>> from datetime import UTC
        >>> RunRecord(run="r", status="done", started_at=datetime(2026, 1, 1, tzinfo=UTC)).ended_well
        True
    """

    model_config = _FROZEN

    format_version: Literal[1] = 1
    run: str
    pipeline: str = ""
    status: RunStatus
    note: str = ""
    started_at: datetime
    seconds: float = 0.0
    host: str = ""
    pid: int = 0
    glacier: str = ""
    python: str = ""
    params: dict[str, Any] = {}  # whatever JSON holds
    read: dict[str, str] = {}
    resumes: str | None = None
    execution: str | None = None
    tasks: tuple[TaskOutcome, ...] = ()
    groups: tuple[GroupOutcome, ...] = ()
    datasets: dict[str, MadeEntry] = {}
    described: dict[str, DatasetEntry] = {}
    error: ErrorEntry | None = None

    @property
    def ended_well(self) -> bool:
        """Whether all that it was to do is done."""
        return self.status == "done"

    @property
    def partitions(self) -> tuple[str, ...]:
        """The partitions that it was to make, in order."""
        return tuple(dict.fromkeys(task.partition for task in self.tasks if task.partition))

    def columns(self, dataset: str) -> tuple[LoggedColumn, ...] | None:
        """Return the columns of a dataset that it made; None if they are not known."""
        made, described = self.datasets.get(dataset), self.described.get(dataset)
        if made is not None and made.columns is not None:
            return made.columns
        return described.columns if described is not None else None


@dataclass(slots=True)
class _Group:
    """A group while its events are read."""

    number: int
    tasks: tuple[str, ...]
    partition: str | None = None
    reason: str = ""
    outcome: Literal["ran", "failed", "running", "not reached"] = "not reached"
    attempts: int = 0
    started_at: datetime | None = None
    started_s: float = 0.0
    seconds: float | None = None
    error: ErrorEntry | None = None
    fingerprints: dict[str, Fingerprint] = field(default_factory=dict[str, Fingerprint])

    def outcome_entry(self) -> GroupOutcome:
        return GroupOutcome(
            number=self.number,
            tasks=self.tasks,
            partition=self.partition,
            reason=self.reason,
            outcome=self.outcome,
            attempts=self.attempts,
            started_at=self.started_at,
            seconds=self.seconds,
            error=self.error,
        )


@dataclass(slots=True)
class _Reading:
    """What is known after some of the events."""

    started: RunStartedDocument
    groups: dict[int, _Group]
    datasets: dict[str, MadeEntry] = field(default_factory=dict[str, MadeEntry])
    end: RunFinishedDocument | RunFailedDocument | None = None
    last_s: float = 0.0

    def take(self, event: EventDocument) -> None:
        self.last_s = max(self.last_s, event.monotonic_s)
        match event:
            case GroupStartedDocument():
                group = self._group(event)
                group.outcome, group.attempts = "running", event.attempt
                group.started_at, group.started_s = event.time, event.monotonic_s
            case GroupFailedDocument():
                group = self._group(event)
                group.outcome, group.attempts, group.error = "failed", event.attempt, event.error
                group.seconds = event.monotonic_s - group.started_s if group.started_at else None
            case GroupFinishedDocument():
                group = self._group(event)
                group.outcome, group.attempts, group.error = "ran", event.attempt, None
                group.seconds, group.fingerprints = event.seconds, event.fingerprints
                self.datasets.update((made.name, made) for made in event.datasets)
            case RunFinishedDocument() | RunFailedDocument():
                self.end = event
            case RunStartedDocument() | GroupSharedDocument():
                pass

    def _group(
        self, event: GroupStartedDocument | GroupFailedDocument | GroupFinishedDocument
    ) -> _Group:
        known = _Group(event.group, event.tasks, event.partition)
        return self.groups.setdefault(event.group, known)


def assemble(events: Iterable[EventDocument], *, is_alive: bool = False) -> RunRecord | None:
    """Put a run together from its events.

    Args:
        events: Its events, in order; the last ones may be missing.
        is_alive: Whether the process that runs it is at work.

    Returns:
        The run; None if its beginning is not among the events.
    """
    reading: _Reading | None = None
    for event in events:
        if reading is None:
            if not isinstance(event, RunStartedDocument):
                continue
            groups = {
                entry.number: _Group(entry.number, entry.tasks, entry.partition, entry.reason)
                for entry in event.groups
            }
            reading = _Reading(event, groups, last_s=event.monotonic_s)
        else:
            reading.take(event)
    return None if reading is None else _record(reading, is_alive=is_alive)


def _record(reading: _Reading, *, is_alive: bool) -> RunRecord:
    started, end = reading.started, reading.end
    status = _status(end, is_alive=is_alive, is_here=started.execution is None)
    if status not in {"running", "done", "unknown"}:
        for group in reading.groups.values():
            group.outcome = "failed" if group.outcome == "running" else group.outcome
    return RunRecord(
        run=started.run,
        pipeline=started.pipeline,
        status=status,
        note=_NOTES.get(status, "").format(run=started.run),
        started_at=started.time,
        seconds=round(end.seconds if end else reading.last_s - started.monotonic_s, 6),
        host=started.host,
        pid=started.pid,
        glacier=started.glacier,
        python=started.python,
        params=started.params,
        read=started.read,
        resumes=started.resumes,
        execution=started.execution,
        tasks=tuple(_tasks(reading)),
        groups=tuple(group.outcome_entry() for group in reading.groups.values()),
        datasets=reading.datasets,
        described=started.datasets,
        error=end.error if isinstance(end, RunFailedDocument) else None,
    )


def _status(
    end: RunFinishedDocument | RunFailedDocument | None, *, is_alive: bool, is_here: bool
) -> RunStatus:
    if end is None and not is_here and not is_alive:
        return "unknown"
    if end is None:
        return "running" if is_alive else "killed"
    if isinstance(end, RunFinishedDocument):
        return "done"
    return "interrupted" if end.error.type in {"KeyboardInterrupt", "SystemExit"} else "failed"


def _tasks(reading: _Reading) -> Iterable[TaskOutcome]:
    became = {
        (task, group.partition): group for group in reading.groups.values() for task in group.tasks
    }
    decided = {(entry.task, entry.partition): entry for entry in reading.started.decisions}
    for task, partition in dict.fromkeys((*decided, *became)):
        entry, group = decided.get((task, partition)), became.get((task, partition))
        expected = entry.fingerprint if entry is not None else None
        yield TaskOutcome(
            task=task,
            partition=partition,
            outcome=group.outcome if group is not None else _left(runs=entry is None or entry.runs),
            reason=entry.reason if entry is not None else "",
            fingerprint=(group.fingerprints.get(task) if group is not None else None) or expected,
        )


def _left(*, runs: bool) -> Literal["skipped", "not reached"]:
    return "not reached" if runs else "skipped"
