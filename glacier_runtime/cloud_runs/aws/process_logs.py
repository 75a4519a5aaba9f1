"""What a container, wherever it runs, or a driver on EMR wrote to its log before it failed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from glacier_runtime.cloud_runs.aws.clients import Account, asking
from glacier_runtime.cloud_runs.aws.json_object import json_object
from glacier_runtime.cloud_runs.aws.process_ends import JOB_RUN, STREAM
from glacier_runtime.cloud_runs.happenings import Failed

__all__ = ["container_log_lines", "job_run_log_lines"]

_MOST: Final = 40


def container_log_lines(account: Account, definition: str, failed: Failed) -> list[str]:
    """Return the last lines that a container wrote before it failed.

    Args:
        account: The account.
        definition: The family of its task definition, or the name of its job definition, by which its log group is called.
        failed: The failure, whose cause names the stream.

    Returns:
        Lines; none, if there was no container.

    Raises:
        CloudError: GLC636, if the log may not be read; GLC637.
    """
    stream = STREAM.search(failed.cause)
    if stream is None:
        return []
    group = f"/glacier/tasks/{definition.rpartition('/')[2].partition(':')[0]}"
    with asking(f"the log {group} (logs:GetLogEvents)"):
        return _last_lines(account.client("logs"), group, [stream[0]])


def job_run_log_lines(account: Account, group: str, failed: Failed, run: str) -> list[str]:
    """Return the last lines that a driver on EMR wrote before its job run failed.

    Args:
        account: The account.
        group: Its log group.
        failed: The failure, whose cause names the job run.
        run: The run, as which its streams begin.

    Returns:
        Lines; none, if there was no driver.

    Raises:
        CloudError: GLC636, if the log may not be read; GLC637.
    """
    job_run = JOB_RUN.search(failed.cause)
    if job_run is None:
        return []
    logs = account.client("logs")
    with asking(f"the log {group} (logs:DescribeLogStreams, logs:GetLogEvents)"):
        found = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{run}/")
        names = (stream["logStreamName"] for stream in found["logStreams"])
        return _last_lines(logs, group, sorted(n for n in names if job_run[1] in n.split("/")))


def _last_lines(logs: Any, group: str, streams: Iterable[str]) -> list[str]:  # a client of boto3
    lines: list[str] = []
    for stream in streams:
        events = logs.get_log_events(
            logGroupName=group, logStreamName=stream, startFromHead=False, limit=_MOST + 1
        )["events"]
        lines += [event["message"].rstrip("\n") for event in events]
    return [line for line in lines if not _is_result(line)][-_MOST:]


def _is_result(line: str) -> bool:
    """Say whether a line is the document with which a task ends, for machines."""
    return {"status", "run_id"} <= json_object(line).keys()
