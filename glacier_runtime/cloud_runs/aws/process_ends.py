"""How a process ended that ran a task: Step Functions describes what ran it, in place of what the task said.

A container of ECS, a job of AWS Batch and a job run of EMR Serverless are described each in its own way. Told is what a function would
have raised: the names are those into which the generated workflow translates exit codes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from glacier_runtime.cloud_runs.aws.json_object import json_object
from glacier_runtime.run_task.outcomes import Outcome

__all__ = ["JOB_RUN", "STREAM", "process_end"]

STREAM: Final = re.compile(r"run/(?:databricks|default|task)/[0-9a-f-]+")
"""The stream that the end of a container or of a job names: modules/container_task and batch_task say the prefix and the container, which
in a job is AWS Batch's."""
JOB_RUN: Final = re.compile(r"job run ([0-9a-z]+)\b")
"""The job run that its end names."""

_ENDED: Final = "States.TaskFailed"
_NAMES: Final = {
    Outcome.REFUSED.exit_code: "Refused",
    Outcome.TASK_FAILED.exit_code: "TaskFailed",
    Outcome.TRY_AGAIN.exit_code: "TryAgain",
}
_KILLED: Final = 137
_HOST_ENDED: Final = "Host EC2"
_EXIT_CODE: Final = re.compile(r"ExitCode: ([0-9]+)")  # in the words of EMR
_NOBODY: Final = "nobody said why"


@dataclass(frozen=True, slots=True)
class _End:
    """What is said of an end.

    Attributes:
        what: Of what.
        code: Its exit code; what is no number if none ran.
        reason: Why, as the service has it.
        log: Where its log is.
        missing: What is said in place of an end if none ran.
    """

    what: str
    code: object
    reason: str
    log: str = ""
    missing: str = "did not run"


def process_end(kind: str, cause: str) -> tuple[str, str]:
    """Return the name and the cause of a failure in the words of a task, if a process ended; else as they are.

    Args:
        kind: The name of the error, as Step Functions has it.
        cause: What it says of it.

    Example:
        >>> process_end("States.TaskFailed", '{"TaskArn": "arn/flights/1f", "Containers": [{"ExitCode": 65}]}')
        ('Refused', 'its container ended with exit code 65; its log is run/task/1f')
        >>> process_end("States.TaskFailed", '{"JobRunId": "00f1", "StateDetails": "Job failed. ExitCode: 65. Last"}')
        ('Refused', 'its job run 00f1 ended with exit code 65')
        >>> process_end("States.Timeout", "too long")
        ('States.Timeout', 'too long')
    """
    told = json_object(cause) if kind == _ENDED else {}
    end = _end_of(told)
    if end is None:
        return kind, cause
    log = f"; its log is {end.log}" if end.log else ""
    if end.reason.startswith(_HOST_ENDED):
        return "TryAgain", f"its machine was taken away: {end.reason}{log}"
    if not isinstance(end.code, int):
        return "TryAgain", f"its {end.what} {end.missing}: {end.reason or _NOBODY}{log}"
    why = f" ({end.reason})" if end.reason else ""
    if end.code == _KILLED:
        why = " (it was killed, as it is for want of memory)"
    ended = f"its {end.what} ended with exit code {end.code}{why}{log}"
    return _NAMES.get(end.code, "TaskFailed"), ended


def _end_of(told: Mapping[str, Any]) -> _End | None:
    """Return the end that a description tells; None for what describes nothing that runs a process."""
    job_run = told.get("JobRun", told)  # by itself, or within an answer
    if isinstance(job_run, Mapping) and isinstance(job_run.get("JobRunId"), str):
        return _of_job_run(job_run)
    if "JobId" in told:
        return _of_job(told)
    containers = told.get("Containers")
    if isinstance(containers, list) and containers and isinstance(containers[0], Mapping):
        return _of_container(told, containers[0])
    return None


def _of_container(told: Mapping[str, Any], container: Mapping[str, Any]) -> _End:
    reason = told.get("StoppedReason") or container.get("Reason") or ""
    stream = f"run/task/{str(told.get('TaskArn', '')).rpartition('/')[2]}"
    return _End("container", container.get("ExitCode"), str(reason), stream)


def _of_job(told: Mapping[str, Any]) -> _End:
    container = told.get("Container")
    ran = container if isinstance(container, Mapping) else {}
    reason = told.get("StatusReason") or ran.get("Reason") or ""
    return _End("job", ran.get("ExitCode"), str(reason), str(ran.get("LogStreamName", "")))


def _of_job_run(told: Mapping[str, Any]) -> _End:
    details = str(told.get("StateDetails") or "")
    code = _EXIT_CODE.search(details)
    what = f"job run {told['JobRunId']}"
    if code is None:
        return _End(what, None, details, missing="had no driver")
    return _End(what, int(code[1]), "")
