"""The history of an execution of Step Functions, read as what happened to tasks.

Events name the state they belong to only when it is entered; each later one names the event before it. So a state is
followed from event to event. What a state scheduled says which task and which partition that was, or which part of the workflow it
started: that has a history of its own. Whether a failure is
tried again is known when the task is scheduled anew, or when the state `<task> failed` is entered, or at the end. States that
fail within the several that run a container say nothing: what is around them may try again. Those that call Databricks say all there is to know
of its runs, and the calls themselves nothing: most of them only ask.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Any, Final, TypeAlias

from glacier_runtime.cloud_runs.aws.arns import execution_arn
from glacier_runtime.cloud_runs.aws.databricks_ends import (
    databricks_end,
    is_call,
    is_done,
    token_of,
)
from glacier_runtime.cloud_runs.aws.json_object import json_object
from glacier_runtime.cloud_runs.aws.process_ends import process_end
from glacier_runtime.cloud_runs.happenings import (
    Began,
    Done,
    Ended,
    Failed,
    Happening,
    Status,
    Unit,
)

__all__ = ["STARTS_A_PART", "HistoryReader", "task_of_state"]

_Event: TypeAlias = Mapping[str, Any]  # as boto3 gives it

_FAILURES: Final = {
    "TaskFailed": "taskFailedEventDetails",
    "TaskStartFailed": "taskStartFailedEventDetails",
    "TaskSubmitFailed": "taskSubmitFailedEventDetails",
    "TaskTimedOut": "taskTimedOutEventDetails",
}
STARTS_A_PART: Final = ":states:startExecution.sync:2"
"""How the resource of a state ends that runs another state machine, as a part of this one."""
_GIVEN_UP: Final = "failed"
_WAITS: Final = "startExecution.sync"
_OF_PARTITION: Final = "--partition"  # run_task.__main__
_ENDS: Final[Mapping[str, tuple[Status, str]]] = {
    "ExecutionSucceeded": ("done", "executionSucceededEventDetails"),
    "ExecutionFailed": ("failed", "executionFailedEventDetails"),
    "ExecutionAborted": ("stopped", "executionAbortedEventDetails"),
    "ExecutionTimedOut": ("timed out", "executionTimedOutEventDetails"),
}


@dataclass(slots=True)
class _Work:
    """What is known of a task, or of one partition.

    Attributes:
        attempt: The last attempt.
        began: When that began.
        failure: What became of it, until it is known whether it is tried again.
        token: Of the run of Databricks that was submitted last, if any was: a call that is repeated begins nothing.
    """

    attempt: int = 0
    began: datetime | None = None
    failure: Failed | None = None
    token: str = ""


@dataclass(slots=True)
class HistoryReader:
    """Reads events in order, however many at a time.

    Attributes:
        tasks: The names of tasks; states of other names are no tasks.
        last: The number of the last event that was read.
        started: The executions of parts that it started, by ARN.
    """

    tasks: frozenset[str]
    last: int = 0
    started: list[str] = field(default_factory=list[str])
    _units: dict[int, Unit] = field(default_factory=dict[int, Unit])
    _work: dict[Unit, _Work] = field(default_factory=dict[Unit, _Work])

    def read(self, events: Iterable[_Event]) -> Iterator[Happening]:
        """Yield what events say, and nothing for those that were read before.

        Args:
            events: Events of one execution, in order.
        """
        for event in events:
            if event["id"] > self.last:
                self.last = event["id"]
                yield from self._take(event)

    def _take(self, event: _Event) -> Iterator[Happening]:
        kind = event["type"]
        if kind in _ENDS:
            yield from self._end(kind, event)
            return
        if kind == "FailStateEntered":
            task, _, rest = _entered(event).partition(" ")
            if task in self.tasks and rest == _GIVEN_UP:
                yield from self._give_up(task)
        given = _parameters(event)
        self.started += _started(event, given)
        unit = self._unit_of(event, given)
        if unit is not None:
            self._units[event["id"]] = unit
            yield from self._of_unit(unit, event, given)

    def _of_unit(self, unit: Unit, event: _Event, given: Mapping[str, Any]) -> Iterator[Happening]:
        kind = event["type"]
        if is_call(event):
            yield from self._call(unit, event, given)
        elif kind == "FailStateEntered":
            self._end_of_run(unit, event)
        elif kind == "SucceedStateEntered" and is_done(_entered(event), unit.task):
            yield self._done(unit, event)
        elif kind == "TaskScheduled":
            yield from self._begin(unit, event["timestamp"])
        elif kind == "TaskSucceeded":
            yield self._done(unit, event)
        elif kind in _FAILURES:
            self._fail(unit, event)

    def _unit_of(self, event: _Event, given: Mapping[str, Any]) -> Unit | None:
        """Return what an event is about, and what it gives; None for what is about no task."""
        if event["type"] == "TaskStateEntered":
            task = task_of_state(_entered(event), self.tasks)
            if task is None:
                return None
            before = self._units.get(event.get("previousEventId", 0))
            return before if before is not None and before.task == task else Unit(task)
        unit = self._units.get(event.get("previousEventId", 0))
        if unit is None or event["type"] != "TaskScheduled":
            return unit
        return Unit(unit.task, _partition(given) or unit.partition)

    def _call(self, unit: Unit, event: _Event, given: Mapping[str, Any]) -> Iterator[Happening]:
        """Yield that an attempt begins, if a call submits a run that was not submitted before."""
        token = token_of(given)
        if token is not None and token != self._work.setdefault(unit, _Work()).token:
            yield from self._begin(unit, event["timestamp"])
            self._work[unit].token = token

    def _end_of_run(self, unit: Unit, event: _Event) -> None:
        """Note how a run of Databricks ended; of anything else that fails, the event before has said it."""
        work = self._work.get(unit)
        state = _entered(event).removeprefix(f"{unit.task} ")
        given = json_object(event["stateEnteredEventDetails"].get("input", ""))
        end = databricks_end(state, given) if work is not None and work.token else None
        if work is not None and end is not None:
            work.failure = Failed(unit, event["timestamp"], max(work.attempt, 1), *end)

    def _begin(self, unit: Unit, at: datetime) -> Iterator[Happening]:
        work = self._work.setdefault(unit, _Work())
        if work.failure is not None:
            wait_s = max((at - work.failure.at).total_seconds(), 0.0)
            yield replace(work.failure, retry_in_s=wait_s)
        work.attempt, work.began, work.failure = work.attempt + 1, at, None
        yield Began(unit, at, work.attempt)

    def _done(self, unit: Unit, event: _Event) -> Done:
        work, at = self._work.setdefault(unit, _Work()), event["timestamp"]
        seconds = (at - (work.began or at)).total_seconds()
        return Done(unit, at, max(work.attempt, 1), seconds, _document(event))

    def _fail(self, unit: Unit, event: _Event) -> None:
        work, kind = self._work.setdefault(unit, _Work()), event["type"]
        told = event.get(_FAILURES[kind], {})
        name = told.get("error", "States.Timeout" if kind == "TaskTimedOut" else kind)
        attempt = max(work.attempt, 1)
        kind, cause = process_end(name, told.get("cause", ""))
        work.failure = Failed(unit, event["timestamp"], attempt, kind, cause)

    def _give_up(self, task: str | None) -> Iterator[Happening]:
        """Yield the failures of a task that is not tried again; of all tasks for None."""
        for unit, work in self._work.items():
            if work.failure is not None and task in {None, unit.task}:
                yield work.failure
                work.failure = None

    def _end(self, kind: str, event: _Event) -> Iterator[Happening]:
        yield from self._give_up(None)
        status, details = _ENDS[kind]
        told = event.get(details) or {}
        yield Ended(event["timestamp"], status, told.get("error", ""), told.get("cause", ""))


def task_of_state(state: str, tasks: Collection[str]) -> str | None:
    """Return the task that a state is about; None for one that is about no task.

    A state is called as its task, which holds no space; or as the task and more, where it takes several to run one.

    Example:
        >>> task_of_state("clean", {"clean"}), task_of_state("clean runs", {"clean"}), task_of_state("Report failure", {"clean"})
        ('clean', 'clean', None)
    """
    task = state.partition(" ")[0]
    return task if task in tasks else None


def _entered(event: _Event) -> str:
    return str(event["stateEnteredEventDetails"]["name"])


def _parameters(event: _Event) -> Mapping[str, Any]:
    """Return what a state gives to what it schedules; nothing for an event that schedules nothing."""
    return json_object(event.get("taskScheduledEventDetails", {}).get("parameters", ""))


def _started(event: _Event, given: Mapping[str, Any]) -> Iterator[str]:
    """Yield the execution that an event starts, if it starts one and waits for it."""
    machine, name = given.get("StateMachineArn"), given.get("Name")
    resource = event.get("taskScheduledEventDetails", {}).get("resource", "")
    is_part = str(resource).startswith(_WAITS)
    if is_part and isinstance(machine, str) and isinstance(name, str):
        yield execution_arn(machine, name)


def _partition(parameters: Mapping[str, Any]) -> str | None:
    """Return the partition that a function, or the command of a process, is told to make."""
    payload = parameters.get("Payload")
    if isinstance(payload, Mapping):
        said = payload.get("partition")
        return said if isinstance(said, str) else None
    return next(_told_partitions(parameters), None)


def _told_partitions(given: object) -> Iterator[str]:
    """Yield what command lines say of partitions: each service that runs processes holds them in a place of its own."""
    if isinstance(given, Mapping):
        for value in given.values():
            yield from _told_partitions(value)
    elif isinstance(given, list):
        words = [word for word in given if isinstance(word, str)]
        yield from (word for flag, word in pairwise(words) if flag == _OF_PARTITION)
        for value in given:
            yield from _told_partitions(value)


def _document(event: _Event) -> Mapping[str, Any] | None:
    """Return what a function answered; None if that did not come along, or is no object."""
    output = event.get("taskSucceededEventDetails", {}).get("output", "")
    answer = json_object(output).get("Payload")
    return answer if isinstance(answer, Mapping) else None
