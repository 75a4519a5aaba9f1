"""The order of work as state machines in the Amazon States Language: one, or several where one would be too large.

    Defaults → Merge (→ Keys → Count keys → Few enough keys) → Run (all tasks) → done
                        └─ whatever fails → Report failure → Failed

`Run` is one parallel state around everything, so that one catch sees every failure. What Lambda says of a function that ran
out of time or memory does not tell which it was: so each task has a state beside it that fails with its name. Names of states that are not tasks
begin with a capital letter or hold a space, which no task's name does.
https://states-language.net, https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

from glacier_generators.plan.flow import steps
from glacier_generators.plan.model import Flow, Parallel, Plan, Sequence, Step, TaskPlan
from glacier_generators.terraform.aws.kinds import kind_of
from glacier_generators.terraform.aws.workflow.fan_out import beginning, each_partition
from glacier_generators.terraform.aws.workflow.nesting import part_states
from glacier_generators.terraform.aws.workflow.parts import Part, cut, size_of

__all__ = ["Machines", "state_machine", "state_machines"]

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


@dataclass(frozen=True, slots=True)
class Machines:
    """The state machines of a plan; `${…}` in them stands for what Terraform puts there.

    Attributes:
        workflow: The one that is started.
        parts: Those that it starts, where it would be too large itself: by their names, with the parts of the flow that they are.
    """

    workflow: _Object
    parts: Mapping[str, tuple[Part, _Object]] = field(
        default_factory=dict[str, tuple[Part, _Object]]
    )

    @property
    def cut(self) -> tuple[Part, ...]:
        """The parts of the flow, in its order; none where one machine holds it."""
        return tuple(part for part, _ in self.parts.values())


def state_machine(plan: Plan) -> _Object:
    """Return the state machine of a plan that is started to run it."""
    return state_machines(plan).workflow


def state_machines(plan: Plan) -> Machines:
    """Return the state machines of a plan: one, wherever one holds it."""
    tasks = {task.name: each_partition(task, kind_of(task).state(task)) for task in plan.tasks}
    leaves = {name: _of_task(name, state) for name, state in tasks.items()}
    whole = _workflow(plan, plan.flow, leaves, [plan.tasks])
    if size_of(plan, plan.tasks, whole).is_held:
        return Machines(whole)
    pieces = cut(plan, tasks)
    has_keys = any(task.entry.partitions for task in plan.tasks)
    starts = {part.title: part_states(part, has_keys=has_keys) for part in pieces.parts}
    return Machines(
        _workflow(plan, pieces.flow, starts, [part.tasks for part in pieces.parts]),
        {part.name: (part, _part(plan, part, leaves)) for part in pieces.parts},
    )


_Leaves = Mapping[str, dict[str, _Object]]
"""For each step of a flow the states that are it, by name: the first is called as the step; what it does not lead to follows it."""


def _workflow(
    plan: Plan, flow: Flow, leaves: _Leaves, histories: list[tuple[TaskPlan, ...]]
) -> _Object:
    run: _Object = {
        "Type": "Parallel",
        "Branches": _branches(flow, leaves),
        "ResultPath": None,
        "Catch": [
            {"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "Report failure"}
        ],
        "End": True,
    }
    return {
        "Comment": f"The pipeline {plan.pipeline}",
        "StartAt": "Defaults",
        "States": {**beginning(plan, histories), "Run": run, **_END},
    }


def _part(plan: Plan, part: Part, leaves: _Leaves) -> _Object:
    """Return the machine of a part: its run is told everything, and whoever started it tells of its failure."""
    run: _Object = {
        "Type": "Parallel",
        "Branches": _branches(part.flow, leaves),
        # Whoever waits for it is given this beside all that it was given itself.
        "ResultSelector": {"done": True},
        "End": True,
    }
    return {
        "Comment": f"A part of the pipeline {plan.pipeline}, which starts it",
        "StartAt": "Run",
        "States": {"Run": run},
    }


def _of_task(task: str, state: _Object) -> dict[str, _Object]:
    failed = f"{task} failed"
    caught: _Object = {"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": failed}
    return {
        task: {**state, "Catch": [caught]},
        failed: {
            "Type": "Fail",
            "ErrorPath": "$.failure.Error",
            "CausePath": "States.Format('task " + task + ": {}', $.failure.Cause)",
        },
    }


def _branches(flow: Flow, leaves: _Leaves) -> list[JsonValue]:
    branches = flow.branches if isinstance(flow, Parallel) else (flow,)
    return [_branch(branch, leaves) for branch in branches]


def _branch(flow: Flow, leaves: _Leaves) -> _Object:
    """Return a flow as a machine within the machine."""
    parts = flow.parts if isinstance(flow, Sequence) else (flow,)
    named = [_named(part, leaves) for part in parts]
    starts = [next(iter(states)) for states in named]
    states: _Object = {}
    for index, (start, own) in enumerate(zip(starts, named, strict=True)):
        last = index == len(named) - 1
        states |= own
        states[start] = {**own[start], **({"End": True} if last else {"Next": starts[index + 1]})}
    return {"StartAt": starts[0], "States": states}


def _named(flow: Flow, leaves: _Leaves) -> dict[str, _Object]:
    match flow:
        case Step(name):
            return leaves[name]
        case Parallel(branches):
            inner: list[JsonValue] = [_branch(branch, leaves) for branch in branches]
            return {_name(flow): {"Type": "Parallel", "Branches": inner, "ResultPath": None}}
        case Sequence():
            alone: list[JsonValue] = [_branch(flow, leaves)]
            return {_name(flow): {"Type": "Parallel", "Branches": alone, "ResultPath": None}}


def _name(flow: Flow) -> str:
    """Name a parallel state; nested ones that begin with one task differ in how many they hold."""
    first, *others = steps(flow)
    return f"{first} and {len(others)} more"
