"""The role of the state machine: `modules/workflow` as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from glacier_generators.plan.model import Plan
from glacier_generators.plan.roles import Because, Cause, Resource, Right, Role, Trust

__all__ = ["workflow_role"]

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


def workflow_role(plan: Plan) -> Role:
    """Return the role of the state machine, which may start exactly its tasks."""
    return Role("workflow", None, _TRUST, tuple(_rights(plan)))


def _rights(plan: Plan) -> Iterator[Right]:
    for task in plan.tasks:
        text = f"task {task.name} is part of pipeline {plan.pipeline}"
        cause = Cause(Because.PIPELINE, plan.pipeline, text, task.name)
        function = Resource("function", task.name)
        yield Right("RunTasks", ("lambda:InvokeFunction",), function, (cause,))
    told = Cause(
        Because.PIPELINE, plan.pipeline, "a run that fails says which task failed, and why"
    )
    topic = Resource("topic", "failures")
    yield Right("AnnounceFailures", ("sns:Publish",), topic, (told,))
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
