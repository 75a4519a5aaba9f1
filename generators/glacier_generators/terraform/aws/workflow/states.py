"""The order of work as a state machine in the Amazon States Language.

    Defaults → Merge (→ Keys → Count keys → Few enough keys) → Run (all tasks) → done
                        └─ whatever fails → Report failure → Failed

`Run` is one parallel state around everything, so that one catch sees every failure. What Lambda says of a function that ran
out of time or memory does not tell which it was: so each task has a state beside it that fails with its name. Names of states that are not tasks
begin with a capital letter or hold a space, which no task's name does.
https://states-language.net, https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

from glacier_generators.plan.flow import steps
from glacier_generators.plan.model import Flow, Parallel, Plan, Sequence, Step
from glacier_generators.terraform.aws.kinds import kind_of
from glacier_generators.terraform.aws.workflow.fan_out import beginning, each_partition

__all__ = ["state_machine"]

_Object = dict[str, JsonValue]

_END: Final[_Object] = {
    "Report failure": {
        "Type": "Task",
        "Resource": "arn:${partition}:states:::sns:publish",
        "Parameters": {
            "TopicArn": "${failure_topic}",
            "Subject.$": "States.Format('{} failed', $$.StateMachine.Name)",
            "Message": {
                "run_id.$": "$$.Execution.Name",
                "execution.$": "$$.Execution.Id",
                "started.$": "$$.Execution.StartTime",
                "failure.$": "$.failure",
            },
        },
        "ResultPath": None,
        "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 3}],
        # Whoever looks at the run shall see what failed there, and not that it could not be reported.
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Failed"}],
        "Next": "Failed",
    },
    "Failed": {"Type": "Fail", "ErrorPath": "$.failure.Error", "CausePath": "$.failure.Cause"},
}


def state_machine(plan: Plan) -> _Object:
    """Return the state machine of a plan; `${…}` in it stands for what Terraform puts there."""
    tasks: dict[str, _Object] = {
        task.name: each_partition(task, kind_of(task).state(task)) for task in plan.tasks
    }
    branches = plan.flow.branches if isinstance(plan.flow, Parallel) else (plan.flow,)
    run: _Object = {
        "Type": "Parallel",
        "Branches": [_branch(branch, tasks) for branch in branches],
        "ResultPath": None,
        "Catch": [
            {"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Report failure"}
        ],
        "End": True,
    }
    return {
        "Comment": f"The pipeline {plan.pipeline}",
        "StartAt": "Defaults",
        "States": {**beginning(plan), "Run": run, **_END},
    }


def _branch(flow: Flow, tasks: Mapping[str, _Object]) -> _Object:
    """Return a flow as a machine within the machine."""
    parts = flow.parts if isinstance(flow, Sequence) else (flow,)
    named = [_named(part, tasks) for part in parts]
    states: _Object = {}
    for index, (name, state) in enumerate(named):
        last = index == len(named) - 1
        states[name] = {**state, **({"End": True} if last else {"Next": named[index + 1][0]})}
        if name in tasks:
            states[_failure(name)] = {
                "Type": "Fail",
                "ErrorPath": "$.failure.Error",
                "CausePath": "States.Format('task " + name + ": {}', $.failure.Cause)",
            }
    return {"StartAt": named[0][0], "States": states}


def _named(flow: Flow, tasks: Mapping[str, _Object]) -> tuple[str, _Object]:
    match flow:
        case Step(task):
            caught: _Object = {
                "ErrorEquals": ["States.ALL"],
                "ResultPath": "$.failure",
                "Next": _failure(task),
            }
            return task, {**tasks[task], "Catch": [caught]}
        case Parallel(branches):
            inner: list[JsonValue] = [_branch(branch, tasks) for branch in branches]
            return _name(flow), {"Type": "Parallel", "Branches": inner, "ResultPath": None}
        case Sequence():
            return _name(flow), {
                "Type": "Parallel",
                "Branches": [_branch(flow, tasks)],
                "ResultPath": None,
            }


def _failure(task: str) -> str:
    return f"{task} failed"


def _name(flow: Flow) -> str:
    """Name a parallel state; nested ones that begin with one task differ in how many they hold."""
    first, *others = steps(flow)
    return f"{first} and {len(others)} more"
