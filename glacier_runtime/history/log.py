"""The run log: every event of a run written down once, here and beside the data, and told to observers.

A run never fails for its log. What cannot be written is a warning, once; the run goes on.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from glacier_runtime.errors import Code, GlacierError, Problem
from glacier_runtime.execution.events import Event, RunFailed, RunFinished, RunStarted
from glacier_runtime.history.beside import Noted, note_beside
from glacier_runtime.history.describing import Describer, tasks_of
from glacier_runtime.history.documents import EventDocument, RunFinishedDocument
from glacier_runtime.history.files import LogFile, log_folder, prune
from glacier_runtime.history.observing import Observers, wanted_observers
from glacier_runtime.history.records import RunRecord, assemble
from glacier_runtime.storage.locations import BucketSpec

__all__ = ["KEPT_RUNS", "HistoryWarning", "RunLog", "warn"]

KEPT_RUNS: Final = 200


class HistoryWarning(RuntimeWarning):
    """What goes wrong while a run is written down, or its observers are told; `problem` says it."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


def warn(problem: Problem) -> None:
    """Say that something is wrong, as Python says it."""
    warnings.warn(HistoryWarning(problem), stacklevel=2)


@dataclass(slots=True)
class RunLog:
    """Writes down what happens during one run; an observer of it, and a context.

    Args:
        root: The project's root.
        observers: Names of observers that are told, too; None for those of the environment or of the project.
        to_file: Whether there is a log on this machine.
        beside_data: Whether a summary lies in the bucket of the first output.
        keep: How many runs are kept on this machine.
        warn: Told what goes wrong.
        clock: Says when an event happened; None for now.

    Example:
        >>> from tempfile import mkdtemp
        >>> root = Path(mkdtemp())
        >>> with RunLog(root) as log:
        ...     log(RunStarted("20260101T000000Z-0a1b2c3d", (), "flights"))
        ...     log(RunFinished("20260101T000000Z-0a1b2c3d", 0.5))
        >>> log.record.status
        'done'
    """

    root: Path
    observers: tuple[str, ...] | None = None
    to_file: bool = True
    beside_data: bool = True
    keep: int = KEPT_RUNS
    warn: Callable[[Problem], None] = warn
    clock: Callable[[], tuple[datetime, float]] | None = None
    _events: list[EventDocument] = field(default_factory=list[EventDocument], init=False)
    _describer: Describer = field(init=False)
    _file: LogFile | None = field(default=None, init=False)
    _is_unfinished: bool = field(default=False, init=False)
    _told: Observers = field(default_factory=Observers, init=False)
    _home: BucketSpec | None = field(default=None, init=False)
    _noted: Noted | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._describer = Describer(self.root)
        if self.clock is not None:
            self._describer.clock = self.clock

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *exception: object) -> None:
        """End: make the log durable, and wait for observers as long as is fair."""
        self.close()

    @property
    def record(self) -> RunRecord | None:
        """What is known of the run so far; None if it has not begun."""
        return assemble(self._events, is_alive=True)

    @property
    def is_unfinished(self) -> bool:
        """Whether a later run of this machine finds here, written down, a run that began and has not finished."""
        return self._is_unfinished

    def __call__(self, event: Event) -> None:
        """Write an event down."""
        if not self._events and not isinstance(event, RunStarted):
            return  # what failed before it began has said so itself
        try:
            document = self._describer.describe(event)
        except Exception as error:  # noqa: BLE001 (a run never fails for its log)
            self.warn(_unwritten(log_folder(self.root, self._describer.run), error))
            return
        self._events.append(document)
        if isinstance(event, RunStarted):
            self._begin(event)
        self._write(document)
        self._told.tell(document)
        if isinstance(event, RunFinished | RunFailed):
            self.close()

    def close(self) -> None:
        """Make the log durable, note the summary beside the data, and wait for observers as long as is fair."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None
        self._note()
        self._told.close()
        for problem in self._told.problems:
            self.warn(problem)
        self._told = Observers()

    def _begin(self, event: RunStarted) -> None:
        try:
            names = wanted_observers(self.root) if self.observers is None else self.observers
            self._told = Observers.start(names)
        except GlacierError as error:
            self.warn(error.problems[0])
        if self.to_file:
            try:
                self._file = LogFile.create(self.root, self._describer.run)
                prune(self.root, self.keep)
            except OSError as error:
                self._give_up(error)
        stored = (d.storage.bucket for task in tasks_of(event) for d in task.writes if d.storage)
        self._home = next(stored, None) if self.beside_data else None
        self._note()

    def _write(self, document: EventDocument) -> None:
        if self._file is None:
            return
        try:
            self._file.write(document.model_dump_json(exclude_none=True).encode())
        except (OSError, ValueError) as error:
            self._give_up(error)
        else:
            self._is_unfinished = not isinstance(document, RunFinishedDocument)

    def _give_up(self, error: Exception) -> None:
        """Write nothing more to a log that cannot be written, and say so once."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None
        self.warn(_unwritten(log_folder(self.root, self._describer.run), error))

    def _note(self) -> None:
        """Leave the summary beside the data, when it began and when it has ended."""
        record = self.record if self._home is not None else None
        if self._home is None or record is None:
            return
        ended = record.status != "running"
        self._noted = note_beside(self._home, self.root, record, after=self._noted)
        if ended:
            fault = self._noted.wait()
            self._home = None
            if fault is not None:
                self.warn(_unwritten(fault.where, fault.error))


def _unwritten(where: object, error: Exception) -> Problem:
    return Problem(
        code=Code.HISTORY_UNWRITABLE,
        message=f"the history of this run is not written down at {where}: {error}",
        fix="make room there, or let it be writable; the run itself is not touched by it",
    )
