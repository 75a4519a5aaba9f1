"""Histories of executions, event by event, in the form in which boto3 gives those of Step Functions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

__all__ = ["BEGIN", "History"]

BEGIN = datetime(2026, 1, 31, 5, tzinfo=UTC)


@dataclass
class History:
    """A history that is being written; each event says which one was before it in its branch."""

    events: list[dict[str, Any]] = field(default_factory=list)

    def add(self, kind: str, before: int, second: float, **details: Any) -> int:
        number = len(self.events) + 1
        at = BEGIN + timedelta(seconds=second)
        event = {"id": number, "previousEventId": before, "type": kind, "timestamp": at, **details}
        self.events.append(event)
        return number

    def begin(self) -> int:
        """Begin as all executions of a generated workflow do."""
        started = self.add("ExecutionStarted", 0, 0, executionStartedEventDetails={"input": "{}"})
        entered = self.add(
            "PassStateEntered", started, 0, stateEnteredEventDetails={"name": "Defaults"}
        )
        left = self.add("PassStateExited", entered, 0, stateExitedEventDetails={"name": "Defaults"})
        run = self.add("ParallelStateEntered", left, 0, stateEnteredEventDetails={"name": "Run"})
        return self.add("ParallelStateStarted", run, 0)

    def enter(self, state: str, before: int, second: float) -> int:
        return self.add(
            "TaskStateEntered",
            before,
            second,
            stateEnteredEventDetails={"name": state, "input": '{"params": {}}'},
        )

    def schedule(self, before: int, second: float, payload: Mapping[str, Any] | None) -> int:
        parameters = {"FunctionName": "arn"} | ({} if payload is None else {"Payload": payload})
        details = {"resourceType": "lambda", "parameters": json.dumps(parameters)}
        scheduled = self.add("TaskScheduled", before, second, taskScheduledEventDetails=details)
        return self.add("TaskStarted", scheduled, second, taskStartedEventDetails={})

    def succeed(self, before: int, second: float, document: object, *, cut: bool = False) -> int:
        output = json.dumps({"ExecutedVersion": "$LATEST", "Payload": document})
        details = {"resourceType": "lambda", "output": output[:40] if cut else output}
        done = self.add("TaskSucceeded", before, second, taskSucceededEventDetails=details)
        return self.add("TaskStateExited", done, second, stateExitedEventDetails={"name": "of it"})

    def fail(self, before: int, second: float, error: str, cause: object) -> int:
        details = {"resourceType": "lambda", "error": error, "cause": json.dumps(cause)}
        return self.add("TaskFailed", before, second, taskFailedEventDetails=details)

    def task(
        self, state: str, before: int, first: float, last: float, document: object = None
    ) -> int:
        """A task that is done at once."""
        entered = self.enter(state, before, first)
        payload = {"task": state, "run_id": "r", "attempt": 0}
        return self.succeed(self.schedule(entered, first, payload), last, document)

    def end(self, kind: str, second: float, **told: str) -> int:
        name = f"e{kind[1:]}EventDetails"
        return self.add(kind, len(self.events), second, **{name: told})
