"""What happens during a run, as documents: the lines of a run log, and what observers are told.

Each says all by plain data, so that whoever reads one needs neither the pipeline nor Polars.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from glacier_runtime.storage.records import Fingerprint

__all__ = [
    "DatasetEntry",
    "DecisionEntry",
    "ErrorEntry",
    "EventDocument",
    "GroupEntry",
    "GroupFailedDocument",
    "GroupFinishedDocument",
    "GroupSharedDocument",
    "GroupStartedDocument",
    "LoggedColumn",
    "MadeEntry",
    "ProblemEntry",
    "RunEvent",
    "RunFailedDocument",
    "RunFinishedDocument",
    "RunStartedDocument",
    "SharedEntry",
    "TaskEntry",
    "event_schema",
    "parse_event",
]

_FROZEN = ConfigDict(frozen=True, defer_build=True)  # later versions may say more: that is ignored


class LoggedColumn(BaseModel):
    """A column: its name, its dtype as Polars writes it, and what it means."""

    model_config = _FROZEN

    name: str
    dtype: str
    description: str = ""


class DatasetEntry(BaseModel):
    """A dataset that a run may touch.

    Attributes:
        bucket: The logical name of its bucket; None for one without storage.
        path: Its path in the bucket.
        format: Its format.
        address: Where other tools find it: a path on the machine of the run, or a URI.
        columns: Its declared columns; None if it declares none.
        source: Whether no task makes it.
    """

    model_config = _FROZEN

    bucket: str | None = None
    path: str | None = None
    format: str | None = None
    address: str | None = None
    columns: tuple[LoggedColumn, ...] | None = None
    source: bool = False


class TaskEntry(BaseModel):
    """A task: which datasets it reads and writes, by name."""

    model_config = _FROZEN

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()


class GroupEntry(BaseModel):
    """Tasks that run as one query.

    Attributes:
        number: Its number in the run.
        tasks: The names of its tasks.
        reason: Why it is no larger.
        partition: The partition that it makes: `day=2024-01-01`.
    """

    model_config = _FROZEN

    number: int
    tasks: tuple[str, ...]
    reason: str = ""
    partition: str | None = None

    @property
    def label(self) -> str:
        """The names of its tasks, and the partition that they make."""
        names = " + ".join(self.tasks)
        return names if self.partition is None else f"{names} {self.partition}"


class DecisionEntry(BaseModel):
    """What a run does about a task, or about one partition of what it makes; `fingerprint` says what that is made from."""

    model_config = _FROZEN

    task: str
    runs: bool
    reason: str
    partition: str | None = None
    fingerprint: Fingerprint | None = None


class MadeEntry(BaseModel):
    """A dataset that was made.

    Attributes:
        name: The dataset's name.
        rows: Its rows; None for documents and files, and for what was fused away.
        size_bytes: Its size in storage.
        version: The number of the published version; None if it has no storage.
        columns: Its columns, where they are not the declared ones.
        violations: How many rows broke each rule.
    """

    model_config = _FROZEN

    name: str
    rows: int | None = None
    size_bytes: int | None = None
    version: int | None = None
    columns: tuple[LoggedColumn, ...] | None = None
    violations: dict[str, int] = {}


class ProblemEntry(BaseModel):
    """One thing that went wrong: see `glacier_runtime.errors.Problem`."""

    model_config = _FROZEN

    code: str
    message: str
    fix: str = ""
    place: str | None = None
    task: str | None = None
    dataset: str | None = None
    column: str | None = None


class ErrorEntry(BaseModel):
    """An error: the name of its class, and its problems; secrets are masked.

    What is no error of Glacier has a class and no text, for nobody has looked for secrets in it.
    """

    model_config = _FROZEN

    type: str
    problems: tuple[ProblemEntry, ...] = ()

    @property
    def text(self) -> str:
        """The error in one line a problem."""
        lines = (f"{problem.code} {problem.message}" for problem in self.problems)
        return "\n".join(lines) or self.type


class RunEvent(BaseModel, frozen=True, defer_build=True):  # so that type checkers see it, too
    """What every event of a run says.

    Attributes:
        format_version: The version of this format.
        event: Which event it is: `run_started`, `group_started`, `group_shared`, `group_failed`, `group_finished`, `run_finished` or `run_failed`.
        time: When, in UTC.
        monotonic_s: When, in seconds of a clock that is never set: for differences within a run.
        run: The run's id.

    Example:
        >>> def alarm(event: RunEvent) -> str | None:
        ...     return f"{event.run} failed" if event.event == "run_failed" else None
    """

    format_version: Literal[1] = 1
    event: str
    time: datetime
    monotonic_s: float
    run: str


class RunStartedDocument(RunEvent, frozen=True):
    """The inputs were found whole; groups are about to run.

    Attributes:
        pipeline: The pipeline's name.
        host: The machine of the run.
        pid: Its process there.
        glacier: The version of Glacier.
        python: The version of Python.
        params: Run parameters, as JSON data; never a secret.
        read: What each dataset that is read was pinned to, by name.
        resumes: The run that this one goes on with.
        execution: What a cloud calls the run, if it is the cloud that runs it: it goes on without the process here.
        tasks: Its tasks, by name.
        datasets: What they read and write, by name.
        groups: The groups that will run, in order.
        decisions: What is done about every task, and why.
    """

    event: Literal["run_started"] = "run_started"
    pipeline: str
    host: str = ""
    pid: int = 0
    glacier: str = ""
    python: str = ""
    params: dict[str, Any] = {}  # whatever JSON holds
    read: dict[str, str] = {}
    resumes: str | None = None
    execution: str | None = None
    tasks: dict[str, TaskEntry] = {}
    datasets: dict[str, DatasetEntry] = {}
    groups: tuple[GroupEntry, ...] = ()
    decisions: tuple[DecisionEntry, ...] = ()


class GroupStartedDocument(RunEvent, frozen=True):
    """A group starts an attempt."""

    event: Literal["group_started"] = "group_started"
    group: int
    tasks: tuple[str, ...]
    partition: str | None = None
    attempt: int = 1


class SharedEntry(BaseModel):
    """A dataset that several tasks of a group read, and what is done so that it fits into memory.

    Attributes:
        dataset: Its name.
        how: `shared`, `apart` or `spilled`.
        estimated_bytes: What holding it takes.
        reason: Why.
    """

    model_config = _FROZEN

    dataset: str
    how: str
    estimated_bytes: int
    reason: str


class GroupSharedDocument(RunEvent, frozen=True):
    """A group does not surely fit into memory: what is held, computed again or written first; and what may not fit at all."""

    event: Literal["group_shared"] = "group_shared"
    group: int
    tasks: tuple[str, ...]
    partition: str | None = None
    attempt: int = 1
    shared: tuple[SharedEntry, ...] = ()
    estimated_bytes: int = 0
    warnings: tuple[ProblemEntry, ...] = ()


class GroupFailedDocument(RunEvent, frozen=True):
    """An attempt of a group failed; `retry_in_s` says when it is tried again, None that it is not."""

    event: Literal["group_failed"] = "group_failed"
    group: int
    tasks: tuple[str, ...]
    partition: str | None = None
    attempt: int = 1
    retry_in_s: float | None = None
    error: ErrorEntry


class GroupFinishedDocument(RunEvent, frozen=True):
    """A group published its outputs; `fingerprints` says what those of each task were made from, by the task's name."""

    event: Literal["group_finished"] = "group_finished"
    group: int
    tasks: tuple[str, ...]
    partition: str | None = None
    attempt: int = 1
    seconds: float
    datasets: tuple[MadeEntry, ...] = ()
    fingerprints: dict[str, Fingerprint] = {}


class RunFinishedDocument(RunEvent, frozen=True):
    """All groups are done."""

    event: Literal["run_finished"] = "run_finished"
    seconds: float


class RunFailedDocument(RunEvent, frozen=True):
    """The run ended early; the error is a `KeyboardInterrupt` if a person stopped it."""

    event: Literal["run_failed"] = "run_failed"
    seconds: float
    error: ErrorEntry


EventDocument: TypeAlias = (
    RunStartedDocument
    | GroupStartedDocument
    | GroupSharedDocument
    | GroupFailedDocument
    | GroupFinishedDocument
    | RunFinishedDocument
    | RunFailedDocument
)
_events: TypeAdapter[EventDocument] = TypeAdapter(
    Annotated[EventDocument, Field(discriminator="event")], config=ConfigDict(defer_build=True)
)


def parse_event(line: str | bytes) -> EventDocument:
    """Read one line of a run log.

    Raises:
        ValueError: If it is no event.

    Example:
        >>> line = '{"event":"run_finished","time":"2026-01-01T00:00:00Z","monotonic_s":1,"run":"r","seconds":0.5}'
        >>> parse_event(line).event
        'run_finished'
    """
    return _events.validate_json(line)


def event_schema() -> dict[str, Any]:
    """Return the JSON Schema of a line, as it is published."""
    described = {"title": "A line of a run log of Glacier", "$schema": _DIALECT}
    return described | _events.json_schema()


_DIALECT = "https://json-schema.org/draft/2020-12/schema"
