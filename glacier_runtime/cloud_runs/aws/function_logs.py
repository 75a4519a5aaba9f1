"""What a function wrote to its log while a task of a run failed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, Final

from glacier_runtime.cloud_runs.aws.clients import Account, asking
from glacier_runtime.cloud_runs.aws.json_object import json_object
from glacier_runtime.cloud_runs.aws.partition_lists import is_part_of
from glacier_runtime.cloud_runs.happenings import Failed, Unit

__all__ = ["function_log_lines"]

_MOST: Final = 40
_BEFORE: Final = timedelta(minutes=16)  # no function runs longer than fifteen
_AFTER: Final = timedelta(seconds=30)
_REQUEST: Final = re.compile(r"RequestId:? ([0-9a-f-]{36})")
_FRAME: Final = ("INIT_START", "START RequestId", "START Version", "END", "REPORT")


def function_log_lines(account: Account, function: str, failed: Failed, run: str) -> list[str]:
    """Return the last lines that a function wrote about a failure.

    Args:
        account: The account.
        function: The name or the ARN of the function.
        failed: The failure.
        run: The run.

    Returns:
        Lines; none, if the log holds nothing of this run.

    Raises:
        CloudError: GLC636, if it may not be read; GLC637.
    """
    name = function.rpartition(":function:")[2].partition(":")[0] or function
    group = f"/aws/lambda/{name}"
    logs = account.client("logs")
    request = _REQUEST.search(failed.cause)
    wanted = run if request is None else request[1]
    window = {
        "logGroupName": group,
        "startTime": int((failed.at - _BEFORE).timestamp() * 1000),
        "endTime": int((failed.at + _AFTER).timestamp() * 1000),
    }
    with asking(f"the log {group} (logs:FilterLogEvents)"):
        found = logs.filter_log_events(**window, filterPattern=f'"{wanted}"')["events"]
        if not found:
            return []
        last = _last_of(failed.unit, found)
        stream = logs.get_log_events(
            logGroupName=group,
            logStreamName=last["logStreamName"],
            startTime=window["startTime"],
            endTime=last["timestamp"] + 1,
            startFromHead=False,
            limit=_MOST * 5,
        )["events"]
    return list(_readable(_of_last(event["message"] for event in stream)))[-_MOST:]


def _last_of(unit: Unit, events: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the last of a function's events that is about a partition: it may have made others since; else the last."""
    told = ((event, json_object(event["message"]).get("partition")) for event in events)
    own = [
        event
        for event, text in told
        if unit.partition and isinstance(text, str) and is_part_of(text, unit.partition)
    ]
    return (own or events)[-1]


def _of_last(messages: Iterable[str]) -> list[str]:
    """Return what was written since the last invocation began."""
    lines: list[str] = []
    for message in messages:
        if message.startswith("START"):
            lines = []
        lines.append(message.rstrip("\n"))
    return lines


def _readable(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines as people read them: of what Glacier says for machines, the way there."""
    for line in lines:
        if line.startswith(_FRAME):
            continue
        told = json_object(line)
        if "traceback" in told and "outcome" in told:
            yield from str(told["traceback"]).rstrip().splitlines()
        else:
            yield line
