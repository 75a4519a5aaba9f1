"""The roles of the state machine, and of its parts if it has any: `modules/workflow` as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.plan.roles import Because, Cause, Resource, Right, Role, Trust, merged
from glacier_generators.terraform.aws.hearing import hears
from glacier_generators.terraform.aws.kinds import kind_of
from glacier_generators.terraform.aws.workflow.parts import Part
from glacier_generators.terraform.aws.workflow.states import Machines

__all__ = ["workflow_roles"]

_TRUST: Final = Trust(
    "StepFunctionsRunsTheWorkflow", "states.amazonaws.com", "on behalf of this account"
)
_DELIVER: Final = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:UpdateLogDelivery",
)
_ALLOW: Final = (
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:PutResourcePolicy",
)
_NO_RESOURCE: Final = (
    "Step Functions logs through CloudWatch's log delivery; these actions know no resources, so * is all they take"
)
_WHOLE_ACCOUNT: Final = (
    "log delivery looks at all log groups and policies of account and region, and a single group is not enough"
)


def workflow_roles(plan: Plan, machines: Machines) -> tuple[Role, ...]:
    """Return the role of the state machine, which may start exactly its tasks; or its parts, each of which has a role of its own."""
    parts = machines.cut
    starts = _of_parts(plan, parts) if parts else _of_tasks(plan, plan.tasks)
    told = Cause(
        Because.PIPELINE, plan.pipeline, "a run that fails says which task failed, and why"
    )
    topic = Resource("topic", "failures")
    announce = Right("AnnounceFailures", ("sns:Publish",), topic, (told,))
    return (
        Role("workflow", None, _TRUST, (*starts, announce, *_logging())),
        *(
            Role(
                f"workflow {part.name}",
                None,
                _TRUST,
                (*_of_tasks(plan, part.tasks), *_logging()),
            )
            for part in parts
        ),
    )


def _of_tasks(plan: Plan, tasks: Iterable[TaskPlan]) -> tuple[Right, ...]:
    return merged(right for task in tasks for right in kind_of(task).starts(task, plan))


def _of_parts(plan: Plan, parts: Iterable[Part]) -> tuple[Right, ...]:
    """Return what starts parts, follows them to their end, and stops them when the run is stopped."""
    return merged(right for part in parts for right in _of_part(plan, part))


def _of_part(plan: Plan, part: Part) -> Iterator[Right]:
    text = f"pipeline {plan.pipeline} has more tasks than one state machine holds"
    cause = (Cause(Because.PIPELINE, plan.pipeline, text),)
    yield Right("RunParts", ("states:StartExecution",), Resource("part", part.name), cause)
    runs, follow = Resource("runs", part.name), ("states:DescribeExecution", "states:StopExecution")
    yield Right("FollowParts", follow, runs, cause)
    yield hears("HearOfParts", "StepFunctionsExecution", "a part has ended")


def _logging() -> Iterator[Right]:
    for statement, actions, resource, text in (
        ("DeliverLogs", _DELIVER, Resource("arn", "*"), _NO_RESOURCE),
        (
            "AllowLogDelivery",
            _ALLOW,
            Resource("logs", "of this account and region"),
            _WHOLE_ACCOUNT,
        ),
    ):
        cause = Cause(Because.SERVICE, "Step Functions", text)
        yield Right(statement, actions, resource, (cause,))
