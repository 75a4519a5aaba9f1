"""The role of the state machine: `modules/workflow` as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from glacier_generators.plan.model import Plan
from glacier_generators.plan.roles import Because, Cause, Resource, Right, Role, Trust, merged
from glacier_generators.terraform.aws.kinds import kind_of

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
    yield from merged(right for task in plan.tasks for right in kind_of(task).starts(task, plan))
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
