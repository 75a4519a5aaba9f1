"""Serverless tasks as states of the workflow."""

from __future__ import annotations

from typing import Final

from pydantic import JsonValue

from glacier_generators.hcl.strings import template_text
from glacier_generators.plan.model import TaskPlan
from glacier_generators.terraform.aws.descriptions import LONGEST_DESCRIPTION, one_line
from glacier_generators.terraform.aws.retrying import FAILED, PASSING_ATTEMPTS, TRY_AGAIN, retry
from glacier_runtime.config.compute import ServerlessSpec

__all__ = ["function_state", "invocation"]

# What is nobody's fault: Lambda's own errors, as AWS recommends to retry them, and a store that did not answer.
# https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-lambda-serviceexception
_PASSING: Final = (
    TRY_AGAIN,
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
)

# What the task's own `retries` are for: it raised, ran out of time or memory, or its process died.
_FAILED: Final = (
    FAILED,
    "States.Timeout",
    "Lambda.Unknown",
    "Sandbox.Timedout",
    "Runtime.ExitError",
    "Runtime.OutOfMemory",
)

_GRACE_S: Final = (
    60  # beyond the function's own time-out, so that Lambda is the one to say what happened
)


def function_state(task: TaskPlan) -> dict[str, JsonValue]:
    """Return the state that invokes a task's function and waits for its answer."""
    compute = task.entry.compute
    assert isinstance(compute, ServerlessSpec)
    return invocation(task, compute.timeout_s)


def invocation(task: TaskPlan, timeout_s: int) -> dict[str, JsonValue]:
    """Return the state that invokes whichever function runs a task, and waits for its answer.

    The state's input goes on unchanged: tasks exchange data through storage, and a result is read where it lies.

    Args:
        task: The task.
        timeout_s: Seconds after which Lambda stops its function.
    """
    retries: list[JsonValue] = [retry(_PASSING, attempts=PASSING_ATTEMPTS)]
    if task.entry.retries:
        retries.append(retry(_FAILED, attempts=task.entry.retries))
    description = template_text(one_line(task.entry.description, LONGEST_DESCRIPTION))
    return {
        "Type": "Task",
        **({"Comment": description} if description else {}),
        "Resource": "arn:${partition}:states:::lambda:invoke",
        "Parameters": {
            "FunctionName": "${functions." + task.name + "}",
            "Payload": {
                "task": task.name,
                "run_id.$": "$$.Execution.Name",
                "attempt.$": "$$.State.RetryCount",
                "logical_date.$": "$.logical_date",
                "params.$": "$.params",
                **({"partition.$": "$.partition"} if task.entry.partitions else {}),
            },
        },
        "ResultPath": None,
        "TimeoutSeconds": timeout_s + _GRACE_S,
        "Retry": retries,
    }
