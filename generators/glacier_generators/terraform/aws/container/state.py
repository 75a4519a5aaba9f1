"""Tasks in containers as states of the workflow."""

from __future__ import annotations

from typing import Final

from pydantic import JsonValue

from glacier_generators.plan.model import TaskPlan
from glacier_generators.terraform.aws.container.spec import container_spec
from glacier_generators.terraform.aws.exit_codes import Description, watched_state
from glacier_generators.terraform.aws.retrying import PASSING_ATTEMPTS, retry
from glacier_generators.terraform.aws.told_arguments import told_arguments

__all__ = ["container_state"]

_Object = dict[str, JsonValue]

# ECS did not do what it was asked, and no container has run.
_PASSING: Final = (
    "ECS.AmazonECSException",
    "ECS.SdkClientException",
    "ECS.ServerException",
    "ECS.ThrottlingException",
)
# Until a container runs: a place on Fargate, its network, and the image, which may be 10 GB.
_STARTING_S: Final = 900

# The last part of arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/ID, as which its log stream is called.
_STREAM: Final = "States.ArrayGetItem(States.StringSplit($.container.TaskArn, '/'), 2)"


def container_state(task: TaskPlan) -> _Object:
    """Return the state that runs a task's container until it has ended, and tries again as the task declares."""
    log = "its log is ${jobs." + task.name + ".log_group}, run/task/{}"
    described = Description(
        key="container",
        mark="Containers",
        exit_code="$.container.Containers[0].ExitCode",
        log=log,
        stream=_STREAM,
        reason="{}: " + log,
        reasons=("$.container.StoppedReason", _STREAM),
    )
    return watched_state(task, _runs(task), described)


def _runs(task: TaskPlan) -> _Object:
    timeout_s = container_spec(task).timeout_s
    given = told_arguments(task, timeout_s)
    jobs = "${jobs." + task.name
    return {
        "Type": "Task",
        "Resource": "arn:${partition}:states:::ecs:runTask.sync",
        "Parameters": {
            "LaunchType": "FARGATE",
            "Cluster": jobs + ".cluster}",
            "TaskDefinition": jobs + ".definition}",
            "NetworkConfiguration": {
                "AwsvpcConfiguration": {
                    "Subnets.$": f"States.StringSplit('{jobs}.subnets}}', ',')",
                    "SecurityGroups.$": f"States.StringSplit('{jobs}.security_groups}}', ',')",
                    "AssignPublicIp": "DISABLED",
                }
            },
            "Overrides": {
                "ContainerOverrides": [
                    {"Name": "task", "Command.$": f"States.Array({', '.join(given)})"}
                ]
            },
        },
        "TimeoutSeconds": timeout_s + _STARTING_S,
        "Retry": [retry(_PASSING, attempts=PASSING_ATTEMPTS)],
    }
