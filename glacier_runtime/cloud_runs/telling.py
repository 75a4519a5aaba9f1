"""What happens in a cloud, told as a run on this machine is told: the same events, the same results."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from glacier_runtime.cloud_runs.faults import end_error, failure_error
from glacier_runtime.cloud_runs.happenings import Began, Done, Ended, Failed, Happening, Unit
from glacier_runtime.cloud_runs.made import made_by, noted, readable_results, understood
from glacier_runtime.errors import GlacierError
from glacier_runtime.execution.decisions import Decision
from glacier_runtime.execution.events import (
    Event,
    GroupFailed,
    GroupFinished,
    GroupStarted,
    RunFailed,
    RunFinished,
    RunStarted,
)
from glacier_runtime.execution.fusion import Group
from glacier_runtime.execution.results import DatasetResult, GroupResult, RunResult
from glacier_runtime.partitioning.keys import keys_labelled
from glacier_runtime.pipelines import Pipeline
from glacier_runtime.run_task.results import TaskResult
from glacier_runtime.tasks import AnyTask

__all__ = ["Telling"]

_REASON = "a deployed task runs by itself"
_CURRENT = "current, or published by this run before"


@dataclass(slots=True)
class Telling:
    """Tells what happens during one run, and keeps what came of it; may be called from several threads.

    Attributes:
        pipeline: The pipeline.
        run: The run's id.
        root: The project's root.
        observer: Told of every event.
        explain: Called with what failed for good, and its error, which may be given notes.
        started_at: When the run began.
        at: When what is told happened.
    """

    pipeline: Pipeline
    run: str
    root: Path
    observer: Callable[[Event], None]
    explain: Callable[[Failed, GlacierError], None] = lambda _failed, _error: None
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _groups: dict[Unit, Group] = field(default_factory=dict[Unit, Group])
    _finished: list[GroupResult] = field(default_factory=list[GroupResult])
    _made: dict[str, DatasetResult] = field(default_factory=dict[str, DatasetResult])
    _decisions: list[Decision] = field(default_factory=list[Decision])
    _failures: list[GlacierError] = field(default_factory=list[GlacierError])
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def begin(
        self,
        groups: Iterable[Group],
        params: Mapping[str, object],
        execution: str | None = None,
    ) -> None:
        """Tell that the run began.

        Args:
            groups: What is known to run, in order; what turns up later is told as well.
            params: Run parameters, as JSON data.
            execution: What the cloud calls the run, where it is the cloud that runs it.
        """
        self.at = self.started_at
        for group in groups:
            key = group.partition
            unit = Unit(group.tasks[0].name, None if key is None else key.label)
            self._groups[unit] = group
        listed = tuple(self._groups.values())
        decisions = tuple(
            Decision(group.tasks[0], True, "asked for", group.partition) for group in listed
        )
        self.observer(
            RunStarted(
                self.run,
                listed,
                self.pipeline.name,
                decisions,
                params=params,
                execution=execution,
            )
        )

    def tell(self, happening: Happening) -> None:
        """Tell one thing that happened."""
        with self._lock:
            self.at = happening.at
            match happening:
                case Began(unit=unit, attempt=attempt):
                    self.observer(GroupStarted(self._group(unit), attempt))
                case Done():
                    self._tell_done(happening)
                case Failed():
                    self._tell_failed(happening)
                case Ended():
                    return

    def result(self, end: Ended) -> RunResult:
        """Tell the end of the run, and return what it made.

        Raises:
            ExecutionError: What its tasks failed of.
            CloudError: GLC638, if it was stopped, ran out of time, or failed by itself.
        """
        self.at = end.at
        seconds = max((end.at - self.started_at).total_seconds(), 0.0)
        if end.status != "done":
            error = end_error(self.run, end, self._failures)
            for note in (n for failure in self._failures for n in _notes(failure)):
                error.add_note(note)
            self.observer(RunFailed(self.run, seconds, error))
            raise error
        made = readable_results(self._made.values(), self.root)
        self.observer(RunFinished(self.run, seconds))
        return RunResult(
            pipeline=self.pipeline.name,
            run=self.run,
            datasets=made,
            groups=tuple(self._finished),
            seconds=seconds,
            returned=self.pipeline.returned,
            decisions=tuple(self._decisions),
        )

    def interrupt(self, message: str) -> NoReturn:
        """Tell that a person stopped the run.

        Raises:
            KeyboardInterrupt: With the message.
        """
        self.at = datetime.now(UTC)
        error = KeyboardInterrupt(message)
        self.observer(RunFailed(self.run, (self.at - self.started_at).total_seconds(), error))
        raise error

    def _tell_done(self, done: Done) -> None:
        task, group = self._task(done.unit), self._group(done.unit)
        said = understood(done.document) or noted(task, done.unit, self.run, self.root)
        made = () if said is None else made_by(task, said, self.root)
        for result in made:
            self._made[result.dataset.name] = _joined(self._made.get(result.dataset.name), result)
        is_skipped = said is not None and said.skipped
        if not is_skipped:
            self._finished.append(GroupResult(group, _seconds(done, said), done.attempt))
        reason = _CURRENT if is_skipped else "asked for"
        self._decisions.append(Decision(task, not is_skipped, reason, group.partition))
        self.observer(GroupFinished(group, _seconds(done, said), made, done.attempt))

    def _tell_failed(self, failed: Failed) -> None:
        task, group = self._task(failed.unit), self._group(failed.unit)
        error = failure_error(failed, noted(task, failed.unit, self.run, self.root))
        if failed.retry_in_s is None:
            self._failures.append(error)
            self.explain(failed, error)
        self.observer(GroupFailed(group, failed.attempt, error, failed.retry_in_s))

    def _task(self, unit: Unit) -> AnyTask:
        return next(task for task in self.pipeline.tasks if task.name == unit.task)

    def _group(self, unit: Unit) -> Group:
        if unit not in self._groups:
            label = unit.partition
            keys = () if label is None else keys_labelled(self.pipeline.graph, [label])
            number = len(self._groups) + 1
            key = next(iter(keys), None)
            self._groups[unit] = Group(number, (self._task(unit),), _REASON, key)
        return self._groups[unit]


def _seconds(done: Done, said: TaskResult | None) -> float:
    """How long it took as whoever waited for it sees it: start and transport included."""
    return done.seconds or (0.0 if said is None else said.seconds)


def _joined(before: DatasetResult | None, made: DatasetResult) -> DatasetResult:
    """Return what was made of a dataset in the end: of several partitions, the newest version has all that were there."""
    if before is None or before.version is None or made.version is None:
        return made
    newest = made if made.version >= before.version else before
    return replace(newest, is_current=before.is_current and made.is_current)


def _notes(error: GlacierError) -> list[str]:
    return getattr(error, "__notes__", [])
