"""One task as a function of Lambda, invoked from here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from glacier_runtime.cloud_runs.aws.clients import Account, asking
from glacier_runtime.run_task.request import Request

__all__ = ["Answer", "invoke"]

_LONGEST_S: Final = 930.0  # Lambda lets a function run for 900 s


@dataclass(frozen=True, slots=True)
class Answer:
    """What a function answered: a result document, or why there is none.

    Attributes:
        document: The document.
        kind: The name of the error; empty if there is none.
        cause: What is said of it, as JSON.
    """

    document: Mapping[str, Any] | None
    kind: str = ""
    cause: str = ""


def invoke(account: Account, function: str, request: Request) -> Answer:
    """Invoke a function, and wait for its answer.

    It is asked once: an answer that is lost on the way must not start the task a second time.

    Args:
        account: The account.
        function: The name or the ARN of the function.
        request: What it is to do.

    Raises:
        CloudError: GLC636, if it may not be invoked; GLC637, if there is no answer.
    """
    event = {
        "task": request.task,
        "run_id": request.run_id,
        "attempt": request.attempt,
        "logical_date": None if request.logical_date is None else request.logical_date.isoformat(),
        "params": dict(request.params),
        "partition": request.partition,
        "force": request.force,
    }
    client = account.client("lambda", patience_s=_LONGEST_S)
    with asking(f"task {request.task} (lambda:InvokeFunction on {function})"):
        told = client.invoke(FunctionName=function, Payload=json.dumps(event).encode())
        text = told["Payload"].read().decode()
    document: Any = json.loads(text)
    if "FunctionError" not in told:
        return Answer(document)
    return Answer(None, str(document.get("errorType") or told["FunctionError"]), text)
