"""How a container of ECS or a job of AWS Batch ended: Step Functions describes the whole, in place of what the task said."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from glacier_runtime.run_task.outcomes import Outcome

__all__ = ["STREAM", "container_end"]

# modules/container_task and batch_task: the prefix, and the name of the container, which in a job is AWS Batch's.
STREAM: Final = re.compile(r"run/(?:task|default)/[0-9a-f-]+")
_ENDED: Final = "States.TaskFailed"
# As the generated workflow translates exit codes.
_KINDS: Final = {
    Outcome.REFUSED.exit_code: "Refused",
    Outcome.TASK_FAILED.exit_code: "TaskFailed",
    Outcome.TRY_AGAIN.exit_code: "TryAgain",
}
_KILLED: Final = 137
_HOST_ENDED: Final = "Host EC2"


@dataclass(frozen=True, slots=True)
class _End:
    """What is said of an end: of what, with which exit code if there is one, why, and where its log is."""

    what: str
    code: object
    reason: str
    stream: str


def container_end(kind: str, cause: str) -> tuple[str, str]:
    """Return the name and the cause of a failure in the words of a task, if a container or a job ended; else as they are.

    Args:
        kind: The name of the error, as Step Functions has it.
        cause: What it says of it.

    Example:
        >>> container_end("States.TaskFailed", '{"TaskArn": "arn/flights/1f", "Containers": [{"ExitCode": 65}]}')
        ('Refused', 'its container ended with exit code 65; its log is run/task/1f')
        >>> container_end("States.Timeout", "too long")
        ('States.Timeout', 'too long')
    """
    told = _object(cause) if kind == _ENDED else {}
    end = _end_of_job(told) if "JobId" in told else _end_of_container(told)
    if end is None:
        return kind, cause
    log = f"; its log is {end.stream}" if end.stream else ""
    if end.reason.startswith(_HOST_ENDED):
        return "TryAgain", f"its machine was taken away: {end.reason}{log}"
    if not isinstance(end.code, int):
        return "TryAgain", f"its {end.what} did not run: {end.reason or 'nobody said why'}{log}"
    why = f" ({end.reason})" if end.reason else ""
    if end.code == _KILLED:
        why = " (it was killed, as it is for want of memory)"
    ended = f"its {end.what} ended with exit code {end.code}{why}{log}"
    return _KINDS.get(end.code, "TaskFailed"), ended


def _end_of_container(told: Mapping[str, Any]) -> _End | None:
    containers = told.get("Containers")
    if not isinstance(containers, list) or not containers or not isinstance(containers[0], dict):
        return None
    reason = told.get("StoppedReason") or containers[0].get("Reason") or ""
    stream = f"run/task/{str(told.get('TaskArn', '')).rpartition('/')[2]}"
    return _End("container", containers[0].get("ExitCode"), str(reason), stream)


def _end_of_job(told: Mapping[str, Any]) -> _End:
    container = told.get("Container")
    ran = container if isinstance(container, Mapping) else {}
    reason = told.get("StatusReason") or ran.get("Reason") or ""
    return _End("job", ran.get("ExitCode"), str(reason), str(ran.get("LogStreamName", "")))


def _object(text: str) -> Mapping[str, Any]:
    """Return an object of JSON; an empty one for what is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}
