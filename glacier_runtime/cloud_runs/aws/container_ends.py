"""How a container of ECS ended, as Step Functions passes it on: a description of the whole, in place of what the task said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from glacier_runtime.run_task.outcomes import Outcome

__all__ = ["STREAM", "container_end"]

STREAM: Final = "run/task/"  # modules/container_task: the prefix, and the name of its container
_ENDED: Final = "States.TaskFailed"
# As the generated workflow translates exit codes.
_KINDS: Final = {
    Outcome.REFUSED.exit_code: "Refused",
    Outcome.TASK_FAILED.exit_code: "TaskFailed",
    Outcome.TRY_AGAIN.exit_code: "TryAgain",
}
_KILLED: Final = 137


def container_end(kind: str, cause: str) -> tuple[str, str]:
    """Return the name and the cause of a failure in the words of a task, if a container ended; else as they are.

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
    containers = told.get("Containers")
    if not isinstance(containers, list) or not containers or not isinstance(containers[0], dict):
        return kind, cause
    reason = told.get("StoppedReason") or containers[0].get("Reason")
    log = f"; its log is {STREAM}{str(told.get('TaskArn', '')).rpartition('/')[2]}"
    code = containers[0].get("ExitCode")
    if not isinstance(code, int):
        return "TryAgain", f"its container did not run: {reason or 'nobody said why'}{log}"
    why = f" ({reason})" if reason else ""
    if code == _KILLED:
        why = " (it was killed, as it is for want of memory)"
    ended = f"its container ended with exit code {code}{why}{log}"
    return _KINDS.get(code, "TaskFailed"), ended


def _object(text: str) -> Mapping[str, Any]:
    """Return an object of JSON; an empty one for what is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}
