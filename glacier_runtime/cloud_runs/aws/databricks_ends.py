"""Runs of Databricks in the history of an execution, which calls its API: what begins one, and how it ended.

No event of the history is about such a run itself. That one begins is said by the call that submits it, which may be repeated with one token; that it ended,
by the state which the generated workflow enters then, and what that is given (`glacier_generators.terraform.aws.databricks.ends`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["databricks_end", "is_call", "is_done", "token_of"]

_HTTP: Final = "http"
_DONE: Final = "is done"
_LOST: Final = "is lost"
_EXIT_CODE: Final = re.compile(r"ExitCode: ([0-9]+)")
_KINDS: Final = {
    "was refused": "Refused",
    "raised": "TaskFailed",
    "may try again": "TryAgain",
    "could not run": "Refused",
    "broke off": "TaskFailed",
    "had no machine": "TryAgain",
    "took too long": "TaskFailed",
}


def is_call(event: Mapping[str, Any]) -> bool:
    """Say whether an event is about a call of an API, whatever that was asked for.

    Example:
        >>> is_call({"id": 7, "type": "TaskSucceeded", "taskSucceededEventDetails": {"resourceType": "http"}})
        True
    """
    details = (value for key, value in event.items() if key.endswith("EventDetails"))
    return any(isinstance(it, Mapping) and it.get("resourceType") == _HTTP for it in details)


def token_of(parameters: Mapping[str, Any]) -> str | None:
    """Return the token of the run that a call submits; None of a call that submits none.

    Args:
        parameters: What the call is given.
    """
    body = parameters.get("RequestBody")
    token = body.get("idempotency_token") if isinstance(body, Mapping) else None
    return token if isinstance(token, str) else None


def is_done(state: str, task: str) -> bool:
    """Say whether a state is the one that a task's run of Databricks ends in when it has succeeded."""
    return state == f"{task} {_DONE}"


def databricks_end(state: str, given: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the name and the cause of a failure in the words of a task, if a state is one that such a run ends in.

    Args:
        state: The name of the state, behind that of the task.
        given: What it was given.

    Example:
        >>> databricks_end("raised", {"id": "1f", "submitted": {"run_id": 12}, "output": {"said": {"error": "TaskEndedError: ExitCode: 70"}}})
        ('TaskFailed', 'its run 12 of Databricks ended with exit code 70; its log is run/databricks/1f')
        >>> databricks_end("for one key failed", {}) is None
        True
    """
    if state == _LOST:
        failure = _object(given.get("failure"))
        return str(failure.get("Error", "")), str(failure.get("Cause", ""))
    if state not in _KINDS:
        return None
    run = _object(given.get("submitted")).get("run_id", "?")
    error = str(_object(_object(given.get("output")).get("said")).get("error", ""))
    code = _EXIT_CODE.search(error)
    log = f"; its log is run/databricks/{given.get('id', '')}"
    if code is None:
        said = json.dumps(_object(given.get("run")).get("status"))
        return _KINDS[state], f"its run {run} of Databricks did not come to its end: {said}{log}"
    return _KINDS[state], f"its run {run} of Databricks ended with exit code {code[1]}{log}"


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
