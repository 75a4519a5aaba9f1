"""Executions of a state machine: started once under a name, asked what has happened since, stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import Any, Final

from glacier_runtime.cloud_runs.aws.arns import execution_arn
from glacier_runtime.cloud_runs.aws.clients import Account, asking, kind_of
from glacier_runtime.cloud_runs.aws.execution_history import HistoryReader
from glacier_runtime.cloud_runs.aws.workflows import Workflow, not_deployed
from glacier_runtime.cloud_runs.happenings import Ended, Happening
from glacier_runtime.errors import CloudError, Code, Problem

__all__ = ["Execution", "find_execution", "start_execution", "stop_execution"]

_PAGE: Final = 200
_ABSENT: Final = frozenset({"ExecutionDoesNotExist", "InvalidArn"})


@dataclass(slots=True)
class Execution:
    """An execution that was started, by whomever; those of its parts are followed with it.

    Attributes:
        account: The account.
        arn: Its ARN.
        run: Its name, which is the run's id.
        started_at: When it began.
        given: Its input.
        reader: What was read of its history.
        is_new: Whether it was started just now.
    """

    account: Account
    arn: str
    run: str
    started_at: datetime
    given: Mapping[str, Any]
    reader: HistoryReader
    is_new: bool = False
    _parts: dict[str, HistoryReader] = field(default_factory=dict[str, HistoryReader])
    _ended: set[str] = field(default_factory=set[str])
    _of_parts: list[Happening] = field(default_factory=list[Happening])
    _own: list[Happening] = field(default_factory=list[Happening])

    def news(self) -> Iterator[Happening]:
        """Yield what has happened since it was asked last.

        Raises:
            CloudError: GLC636 or GLC637; what was not read is read the next time.
        """
        self._own += self.reader.read(self._unread(self.arn, self.reader))
        # Read after what started them: where that says that a part has ended, all of the part is there.
        for arn in self.reader.started:
            if arn not in self._ended:
                self._read_part(arn)
        found = [*sorted(self._of_parts, key=attrgetter("at")), *self._own]
        self._of_parts, self._own = [], []
        yield from found

    def _read_part(self, arn: str) -> None:
        reader = self._parts.setdefault(arn, HistoryReader(self.reader.tasks))
        for happening in reader.read(self._unread(arn, reader)):
            if isinstance(happening, Ended):
                self._ended.add(arn)
            else:
                self._of_parts.append(happening)

    def _unread(self, arn: str, reader: HistoryReader) -> list[Mapping[str, Any]]:
        """Return the events that are new, in order: a long history is read backwards, as far as it is not known."""
        client = self.account.client("stepfunctions")
        found: list[Mapping[str, Any]] = []
        asked: dict[str, Any] = {
            "executionArn": arn,
            "maxResults": _PAGE,
            "reverseOrder": True,
        }
        with asking(f"the history of run {self.run}"):
            while True:
                try:
                    page = client.get_execution_history(**asked)
                except Exception as error:
                    if arn != self.arn and kind_of(error) in _ABSENT:
                        return []  # a part whose start is under way, or was refused
                    raise
                fresh = [event for event in page["events"] if event["id"] > reader.last]
                found += fresh
                token = page.get("nextToken")
                if len(fresh) < len(page["events"]) or not token:
                    return sorted(found, key=itemgetter("id"))
                asked["nextToken"] = token


def start_execution(
    account: Account,
    workflow: Workflow,
    run: str,
    given: Mapping[str, Any],
    tasks: frozenset[str],
) -> Execution:
    """Start an execution; one of this name that was asked for the same is the one that is meant.

    Args:
        account: The account.
        workflow: The state machine.
        run: The run's id, which names the execution.
        given: Its input.
        tasks: The names of the pipeline's tasks.

    Raises:
        CloudError: GLC628, if another run has this name; GLC635, if the workflow is gone; GLC636 or GLC637.
    """
    client = account.client("stepfunctions")
    with asking(f"a run of {workflow.name} (states:StartExecution)"):
        try:
            told = client.start_execution(
                stateMachineArn=workflow.arn, name=run, input=json.dumps(given)
            )
        except Exception as error:
            if kind_of(error) == "StateMachineDoesNotExist":
                raise CloudError(not_deployed(workflow.arn)) from None
            if kind_of(error) != "ExecutionAlreadyExists":
                raise
            told = None
    if told is not None:
        return Execution(
            account,
            told["executionArn"],
            run,
            told["startDate"],
            given,
            HistoryReader(tasks),
            is_new=True,
        )
    before = find_execution(account, execution_arn(workflow.arn, run), tasks)
    if before.given != given:
        raise CloudError(
            Problem(
                code=Code.CLOUD_RUN_REFUSED,
                message=f"a run {run!r} of {workflow.name} exists, and was asked for something else",
                fix="give this run another id, or none",
            )
        )
    return before


def find_execution(account: Account, arn: str, tasks: frozenset[str]) -> Execution:
    """Return an execution that was started before.

    Raises:
        CloudError: GLC616, if there is none; GLC636 or GLC637.
    """
    client = account.client("stepfunctions")
    with asking(f"the run {arn}"):
        try:
            found = client.describe_execution(executionArn=arn)
        except Exception as error:
            if kind_of(error) in _ABSENT:
                raise CloudError(_unknown(arn)) from None
            raise
    given = json.loads(found.get("input") or "{}")
    return Execution(account, arn, found["name"], found["startDate"], given, HistoryReader(tasks))


def stop_execution(account: Account, arn: str) -> bool:
    """Stop an execution; what its tasks have published stands.

    Returns:
        Whether it was at work.

    Raises:
        CloudError: GLC616, if there is none; GLC636 or GLC637.
    """
    client = account.client("stepfunctions")
    with asking(f"the end of run {arn} (states:StopExecution)"):
        try:
            was_running = bool(client.describe_execution(executionArn=arn)["status"] == "RUNNING")
            if was_running:
                client.stop_execution(
                    executionArn=arn, error="Stopped", cause="stopped by glacier runs stop"
                )
        except Exception as error:
            if kind_of(error) in _ABSENT:
                raise CloudError(_unknown(arn)) from None
            raise
    return was_running


def _unknown(arn: str) -> Problem:
    return Problem(
        code=Code.RUN_UNKNOWN,
        message=f"AWS knows no run {arn}; it forgets runs 90 days after their end",
        fix="`glacier runs` lists the runs that are known here",
    )
