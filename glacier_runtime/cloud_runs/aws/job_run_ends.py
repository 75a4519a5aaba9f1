"""How a job run of EMR Serverless ended, as Step Functions passes it on: a description of it, in place of what the task said."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from glacier_runtime.run_task.outcomes import Outcome

__all__ = ["JOB_RUN", "job_run_end"]

JOB_RUN: Final = re.compile(r"job run ([0-9a-z]+)\b")
_ENDED: Final = "States.TaskFailed"
_EXIT_CODE: Final = re.compile(r"ExitCode: ([0-9]+)")
# As the generated workflow translates exit codes.
_KINDS: Final = {
    str(Outcome.REFUSED.exit_code): "Refused",
    str(Outcome.TASK_FAILED.exit_code): "TaskFailed",
    str(Outcome.TRY_AGAIN.exit_code): "TryAgain",
}


def job_run_end(kind: str, cause: str) -> tuple[str, str]:
    """Return the name and the cause of a failure in the words of a task, if a job run ended; else as they are.

    Args:
        kind: The name of the error, as Step Functions has it.
        cause: What it says of it.

    Example:
        >>> job_run_end("States.TaskFailed", '{"JobRunId": "00f1", "StateDetails": "Job failed. ExitCode: 65. Last"}')
        ('Refused', 'its job run 00f1 ended with exit code 65')
        >>> job_run_end("States.Timeout", "too long")
        ('States.Timeout', 'too long')
    """
    told = _described(cause) if kind == _ENDED else {}
    job_run = told.get("JobRunId")
    if not isinstance(job_run, str):
        return kind, cause
    details = str(told.get("StateDetails") or "nobody said why")
    code = _EXIT_CODE.search(details)
    if code is None:
        return "TryAgain", f"its job run {job_run} had no driver: {details}"
    return (
        _KINDS.get(code[1], "TaskFailed"),
        f"its job run {job_run} ended with exit code {code[1]}",
    )


def _described(text: str) -> Mapping[str, Any]:
    """Return the description of a job run, by itself or within an answer; an empty one for what is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    found = found.get("JobRun", found) if isinstance(found, Mapping) else {}
    return found if isinstance(found, Mapping) else {}
