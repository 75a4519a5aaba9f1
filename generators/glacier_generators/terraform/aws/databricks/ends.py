"""How a run of Databricks that did not succeed ends the task: under the names that functions raise, so that the same retries hold.

Which state is entered is what `glacier_runtime.cloud_runs.aws.databricks_ends` reads in a history.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydantic import JsonValue

from glacier_generators.terraform.aws.exit_codes import REFUSED_CODE, TRY_AGAIN_CODE, ends, lost
from glacier_generators.terraform.aws.retrying import FAILED, TRY_AGAIN

__all__ = ["ending_states"]

_Object = dict[str, JsonValue]

_STATUS: Final = "$.run.status.termination_details"
_ERROR: Final = "$.output.said.error"
# https://docs.databricks.com/api/workspace/jobs/getrun, status.termination_details
_NOBODYS_FAULT: Final = (
    ("type", "INTERNAL_ERROR"),
    ("type", "CLOUD_FAILURE"),
    ("code", "CLUSTER_ERROR"),
    ("code", "CLUSTER_REQUEST_LIMIT_EXCEEDED"),
    ("code", "WORKSPACE_RUN_LIMIT_EXCEEDED"),
)
# Its process died of itself, with its machine or by its time limit.
_BROKEN_OFF: Final = ("CANCELED", "DRIVER_ERROR", "RUN_EXECUTION_ERROR")


def ending_states(name: str) -> _Object:
    """Return the states that judge a run which has ended otherwise than well.

    Args:
        name: The task.
    """
    said, status = _cause(name, _ERROR), _cause(name, "States.JsonToString($.run.status)")
    return {
        f"{name} judged": {
            "Type": "Choice",
            "Choices": list(_rules(name)),
            # A profile, a type of machine or a right that it does not have, or somebody who ended it.
            "Default": f"{name} could not run",
        },
        **ends(name, said, said),
        f"{name} could not run": _fails("Refused", status),
        f"{name} broke off": _fails(FAILED, status),
        f"{name} had no machine": _fails(TRY_AGAIN, status),
        f"{name} took too long": _fails(FAILED, status),
        # A call that Databricks, or AWS, refused.
        **lost(name),
    }


def _rules(name: str) -> Iterator[JsonValue]:
    for text, then in (
        (f"ExitCode: {REFUSED_CODE}", "was refused"),
        (f"ExitCode: {TRY_AGAIN_CODE}", "may try again"),
        ("ExitCode: ", "raised"),
    ):
        says: JsonValue = {"Variable": _ERROR, "StringMatches": f"*{text}*"}
        yield {"And": [_present(_ERROR), says], "Next": f"{name} {then}"}
    for member, value in _NOBODYS_FAULT:
        yield _is(member, value, f"{name} had no machine")
    for code in _BROKEN_OFF:
        yield _is("code", code, f"{name} broke off")


def _is(member: str, value: str, then: str) -> JsonValue:
    path = f"{_STATUS}.{member}"
    return {"And": [_present(path), {"Variable": path, "StringEquals": value}], "Next": then}


def _present(path: str) -> JsonValue:
    return {"Variable": path, "IsPresent": True}


def _fails(error: str, cause: str) -> _Object:
    return {"Type": "Fail", "Error": error, "CausePath": cause}


def _cause(name: str, why: str) -> str:
    text = "its log is ${jobs." + name + ".log_group}, run/databricks/{}; Databricks run {}: {}"
    return f"States.Format('{text}', $.id, States.JsonToString($.submitted.run_id), {why})"
