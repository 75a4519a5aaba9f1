"""What is around a state that runs a process somewhere: it reads the exit code, and fails under the names that functions raise.

    runs ─► done
     └─ stopped ─► exited ─► exit code ─► refused, try again, or failed
                └► (no process was ever there) lost

Of a process that ended, Step Functions says only that the state failed, whatever its exit code was, and describes the whole. So the
same retries hold as for functions, and they are those of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from glacier_generators.hcl.strings import template_text
from glacier_generators.plan.model import TaskPlan
from glacier_generators.terraform.aws.descriptions import LONGEST_DESCRIPTION, one_line
from glacier_generators.terraform.aws.retrying import FAILED, PASSING_ATTEMPTS, TRY_AGAIN, retry

__all__ = [
    "REFUSED_CODE",
    "TRY_AGAIN_CODE",
    "Description",
    "ends",
    "lost",
    "tried_again",
    "watched_state",
]

_Object = dict[str, JsonValue]

REFUSED_CODE: Final = 65  # glacier_runtime.run_task.outcomes
TRY_AGAIN_CODE: Final = 75


@dataclass(frozen=True, slots=True)
class Description:
    """Where the description of what ended says what.

    Attributes:
        key: What it is called once it is read: each path begins with `$.<key>.`.
        mark: A member that each has, and no other cause.
        exit_code: The path of the exit code, which is not there if nothing ran.
        log: What names the log of what ran, with `{}` for `stream`.
        stream: An expression for that.
        reason: What names why nothing ran, with a `{}` for each of `reasons`.
        reasons: Expressions for them.
        lost: A path and a pattern: what matches was ended by nobody's fault, whatever its exit code is.
    """

    key: str
    mark: str
    exit_code: str
    log: str
    stream: str
    reason: str
    reasons: tuple[str, ...]
    lost: tuple[str, str] | None = None


def watched_state(task: TaskPlan, runs: _Object, described: Description) -> _Object:
    """Return the state that runs a task until it has ended, and tries again as the task declares.

    Args:
        task: The task.
        runs: The state that runs it, without what becomes of a failure.
        described: What a failure's cause says.
    """
    return tried_again(task, _states(task.name, runs, described))


def tried_again(task: TaskPlan, states: _Object) -> _Object:
    """Return the state around those that run a task, which tries the whole again as the task declares.

    Args:
        task: The task.
        states: Those states, from the first; they end under the names that functions raise.
    """
    retries: list[JsonValue] = [retry((TRY_AGAIN,), attempts=PASSING_ATTEMPTS)]
    if task.entry.retries:
        retries.append(retry((FAILED, "States.Timeout"), attempts=task.entry.retries))
    description = template_text(one_line(task.entry.description, LONGEST_DESCRIPTION))
    return {
        "Type": "Parallel",
        **({"Comment": description} if description else {}),
        "Branches": [{"StartAt": next(iter(states)), "States": states}],
        "ResultPath": None,
        "Retry": retries,
    }


def lost(name: str) -> _Object:
    """Return the end of a call that was refused: nothing ran, and the service says why.

    Args:
        name: The name of the task.
    """
    end: _Object = {"Type": "Fail", "ErrorPath": "$.failure.Error", "CausePath": "$.failure.Cause"}
    return {f"{name} is lost": end}


def ends(name: str, ended: str, again: str) -> _Object:
    """Return how a process may end that did not do its task, under the names that functions raise.

    Args:
        name: The name of the task.
        ended: An expression for what is said of a process that ended.
        again: The same for one that is worth another try.
    """
    return {
        f"{name} was refused": _fails("Refused", ended),
        f"{name} raised": _fails(FAILED, ended),
        # An image that could not be fetched, a network that was not there, or what the task says of the store.
        f"{name} may try again": _fails(TRY_AGAIN, again),
    }


def _states(name: str, runs: _Object, described: Description) -> _Object:
    caught: _Object = {
        "ErrorEquals": ["States.TaskFailed"],
        "ResultPath": "$.failure",
        "Next": f"{name} stopped",
    }
    return {
        f"{name} runs": {**runs, "Catch": [caught], "End": True},
        # A call that was refused has no such thing in its cause, and no JSON.
        f"{name} stopped": {
            "Type": "Choice",
            "Choices": [
                {
                    "Variable": "$.failure.Cause",
                    "StringMatches": f'{"{"}*"{described.mark}":*{"}"}',
                    "Next": f"{name} exited",
                }
            ],
            "Default": f"{name} is lost",
        },
        **lost(name),
        f"{name} exited": {
            "Type": "Pass",
            "Parameters": {f"{described.key}.$": "States.StringToJson($.failure.Cause)"},
            "Next": f"{name} exit code",
        },
        f"{name} exit code": _exit_code(name, described),
        **ends(
            name,
            _format("exit code {}: " + described.log, described.exit_code, described.stream),
            _format(described.reason, *described.reasons),
        ),
    }


def _exit_code(name: str, described: Description) -> _Object:
    code, again = described.exit_code, f"{name} may try again"
    choices: list[JsonValue] = [
        {"Variable": code, "IsPresent": False, "Next": again},
        {"Variable": code, "NumericEquals": TRY_AGAIN_CODE, "Next": again},
        {"Variable": code, "NumericEquals": REFUSED_CODE, "Next": f"{name} was refused"},
    ]
    if described.lost is not None:
        path, pattern = described.lost
        rules: list[JsonValue] = [
            {"Variable": path, "IsPresent": True},
            {"Variable": path, "StringMatches": pattern},
        ]
        choices.insert(0, {"And": rules, "Next": again})
    # Otherwise it raised, or its process died: of too little memory, too little time, or of itself.
    return {"Type": "Choice", "Choices": choices, "Default": f"{name} raised"}


def _fails(error: str, cause: str) -> _Object:
    return {"Type": "Fail", "Error": error, "CausePath": cause}


def _format(text: str, *values: str) -> str:
    return f"States.Format('{text}', {', '.join(values)})"
