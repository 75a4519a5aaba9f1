"""What requests about containers need permission for: of Terraform, which makes them; of docker, which pushes their image; and of
a workflow, which runs, follows and stops them.

By the service authorization reference of AWS. A call that is not here needs an action that no policy names, and is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from tests.terraform.emulated.asking import ACCOUNT, Asked, asked_in_json
from tests.terraform.emulated.policies import Need

__all__ = ["container_needs", "image_needs"]

_STEP_FUNCTIONS: Final = "AWS Step Functions"
_RULE: Final = "StepFunctionsGetEventsForECSTaskRule"
_ROLE_OF_ECS: Final = "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
# Of whoever lets docker push, https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html; the emulator knows no layers.
_PUSH: Final = (
    *("BatchCheckLayerAvailability", "BatchGetImage", "CompleteLayerUpload"),
    *("InitiateLayerUpload", "PutImage", "UploadLayerPart"),
)


def container_needs(request: Asked) -> Iterator[Need]:
    """Yield everything that a request to ECS needs permission for."""
    action, given = asked_in_json(request)
    if read := _NEEDS.get(action):
        yield from read(request, action, given)


def image_needs(request: Asked) -> Iterator[Need]:
    """Yield everything that a request to ECR needs permission for."""
    action, given = asked_in_json(request)
    name = given.get("repositoryName")
    arn = f"arn:aws:ecr:{request.region}:{ACCOUNT}:repository/{name}" if name else "*"
    for one in _PUSH if action == "PutImage" else (action,):
        yield Need(f"ecr:{one}", arn)


def _arn(request: Asked, kind: str, name: str) -> str:
    whole = f"arn:aws:ecs:{request.region}:{ACCOUNT}:{kind}/{name}"
    return name if name.startswith("arn:") else whole


def _of_cluster(request: Asked, action: str, given: dict[str, Any]) -> Iterator[Need]:
    for name in given.get("clusters", [given.get("cluster") or given.get("clusterName")]):
        arn = _arn(request, "cluster", str(name))
        yield Need(f"ecs:{action}", arn)
        if given.get("tags"):
            yield Need("ecs:TagResource", arn)
    if action == "CreateCluster" and _is_first(request):
        role = f"arn:aws:iam::{ACCOUNT}:{_ROLE_OF_ECS}"
        yield Need("iam:CreateServiceLinkedRole", role, {"iam:awsservicename": "ecs.amazonaws.com"})


def _is_first(request: Asked) -> bool:
    """ECS makes a role of its own with the first cluster of an account."""
    from moto.ecs.models import ecs_backends

    return not ecs_backends[ACCOUNT][request.region].clusters


def _of_definition(request: Asked, action: str, given: dict[str, Any]) -> Iterator[Need]:
    tags = {f"aws:requesttag/{tag['key']}": tag["value"] for tag in given.get("tags", ())}
    yield Need(f"ecs:{action}", "*", {"aws:requestedregion": request.region, **tags})
    if tags:
        yield Need("ecs:TagResource", _arn(request, "task-definition", f"{given['family']}:1"))
    for role in ("taskRoleArn", "executionRoleArn"):
        if role in given:
            yield _passed(given[role])


def _of_tags(_request: Asked, action: str, given: dict[str, Any]) -> Iterator[Need]:
    yield Need(f"ecs:{action}", given["resourceArn"])


def _of_task(_request: Asked, action: str, given: dict[str, Any]) -> Iterator[Need]:
    for task in given.get("tasks", [given.get("task")]):
        yield Need(f"ecs:{action}", str(task))


def _run(request: Asked, action: str, given: dict[str, Any]) -> Iterator[Need]:
    """Running a task gives its roles to it; and Step Functions keeps a rule by which it hears of its end."""
    from moto.ecs.models import ecs_backends

    ecs = ecs_backends[ACCOUNT][request.region]
    definition = ecs.describe_task_definition(given["taskDefinition"])
    yield Need(f"ecs:{action}", definition.arn)
    other = given.get("overrides", {})
    yield _passed(other.get("taskRoleArn") or definition.task_role_arn)
    yield _passed(other.get("executionRoleArn") or definition.execution_role_arn)
    if given.get("startedBy") == _STEP_FUNCTIONS:
        rule = f"arn:aws:events:{request.region}:{ACCOUNT}:rule/{_RULE}"
        for heard in ("DescribeRule", "PutRule", "PutTargets"):
            yield Need(f"events:{heard}", rule)


def _passed(role: str) -> Need:
    return Need("iam:PassRole", role, {"iam:passedtoservice": "ecs-tasks.amazonaws.com"})


_NEEDS: dict[str, Callable[[Asked, str, dict[str, Any]], Iterator[Need]]] = {
    **dict.fromkeys(("CreateCluster", "DeleteCluster"), _of_cluster),
    **dict.fromkeys(("DescribeClusters", "UpdateCluster"), _of_cluster),
    **dict.fromkeys(("DeregisterTaskDefinition", "DescribeTaskDefinition"), _of_definition),
    "RegisterTaskDefinition": _of_definition,
    **dict.fromkeys(("ListTagsForResource", "TagResource", "UntagResource"), _of_tags),
    **dict.fromkeys(("DescribeTasks", "StopTask"), _of_task),
    "RunTask": _run,
}
