"""The roles of a task in a container: `modules/container_task` as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.plan.roles import (
    Because,
    Cause,
    Condition,
    Resource,
    Right,
    Role,
    Trust,
)
from glacier_generators.terraform.aws.container.spec import may_come_from_ecr
from glacier_generators.terraform.aws.data_rights import data_rights
from glacier_generators.terraform.aws.hearing import hears
from glacier_generators.terraform.aws.task_rights import is_part, writes_log

__all__ = ["container_role", "container_starts", "execution_rights", "execution_role"]

_TRUST: Final = Trust("EcsRunsTheTask", "ecs-tasks.amazonaws.com", "on behalf of this account")
_FETCH: Final = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
)
_SIGN_IN: Final = (
    "whoever fetches an image signs in to ECR first; the action knows no resources, so * is all it takes"
)
_TO_CONTAINERS: Final = Condition("StringEquals", "iam:PassedToService", "ecs-tasks.amazonaws.com")


def container_role(task: TaskPlan, plan: Plan) -> Role:
    """Return the role of the task: what its signature asks for, and nothing else; ECS writes its log."""
    return Role(f"task {task.name}", task.name, _TRUST, data_rights(task, plan))


def execution_role(task: TaskPlan) -> Role:
    """Return the role of what starts the task: it fetches the image, and writes the log."""
    rights = execution_rights(task, from_ecr=may_come_from_ecr(task))
    return Role(f"task {task.name}.execution", None, _TRUST, tuple(rights))


def container_starts(task: TaskPlan, plan: Plan) -> Iterator[Right]:
    """Yield what the workflow must be allowed to run the task, to follow it and to stop it."""
    cause = (is_part(task, plan),)
    yield Right("RunContainers", ("ecs:RunTask",), Resource("container", task.name), cause)
    follow = ("ecs:DescribeTasks", "ecs:StopTask")
    yield Right("FollowContainers", follow, Resource("containers", plan.pipeline), cause)
    for kind in ("role", "execution_role"):
        given = Resource(kind, task.name)
        yield Right("GiveRolesToContainers", ("iam:PassRole",), given, cause, _TO_CONTAINERS)
    yield hears("HearOfContainers", "ECSTask", "a container has stopped")


def execution_rights(task: TaskPlan, *, from_ecr: bool) -> Iterator[Right]:
    """Yield what ECS takes to start a task, wherever it runs.

    Args:
        task: The task.
        from_ecr: Whether its image comes from ECR.
    """
    yield writes_log(task, "ECS writes the log of the task", statement="WriteLogOfTask")
    if from_ecr:
        image = Cause(Because.TASK, task.name, "the task runs in an image", task.name)
        yield Right("FetchImage", _FETCH, Resource("image", task.name), (image,))
        sign_in = Cause(Because.SERVICE, "ECR", _SIGN_IN)
        yield Right(
            "SignInToRegistry", ("ecr:GetAuthorizationToken",), Resource("arn", "*"), (sign_in,)
        )
