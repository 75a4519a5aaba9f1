"""Tasks in containers as states of the workflow.

    runs ─► done
     └─ stopped ─► exited ─► exit code ─► refused, try again, or failed
                └► (no container was ever there) lost

Of a container that ended, Step Functions says only that the state failed, whatever its exit code was. What is around the state
reads the exit code, and fails under the names that functions raise: so the same retries hold, and they are those of the whole.
"""

from __future__ import annotations

from typing import Final

from pydantic import JsonValue

from glacier_generators.hcl.strings import template_text
from glacier_generators.plan.model import TaskPlan
from glacier_generators.terraform.aws.container.spec import container_spec
from glacier_generators.terraform.aws.descriptions import LONGEST_DESCRIPTION, one_line
from glacier_generators.terraform.aws.retrying import FAILED, PASSING_ATTEMPTS, TRY_AGAIN, retry

__all__ = ["container_state"]

_Object = dict[str, JsonValue]

_REFUSED: Final = 65  # glacier_runtime.run_task.outcomes
_TRY_AGAIN: Final = 75

# ECS did not do what it was asked, and no container has run.
_PASSING: Final = (
    "ECS.AmazonECSException",
    "ECS.SdkClientException",
    "ECS.ServerException",
    "ECS.ThrottlingException",
)
# Until a container runs: a place on Fargate, its network, and the image, which may be 10 GB.
_STARTING_S: Final = 900

_EXIT_CODE: Final = "$.container.Containers[0].ExitCode"
# The last part of arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/ID, as which its log stream is called.
_STREAM: Final = "States.ArrayGetItem(States.StringSplit($.container.TaskArn, '/'), 2)"


def container_state(task: TaskPlan) -> _Object:
    """Return the state that runs a task's container until it has ended, and tries again as the task declares."""
    retries: list[JsonValue] = [retry((TRY_AGAIN,), attempts=PASSING_ATTEMPTS)]
    if task.entry.retries:
        retries.append(retry((FAILED, "States.Timeout"), attempts=task.entry.retries))
    description = template_text(one_line(task.entry.description, LONGEST_DESCRIPTION))
    return {
        "Type": "Parallel",
        **({"Comment": description} if description else {}),
        "Branches": [{"StartAt": f"{task.name} runs", "States": _states(task)}],
        "ResultPath": None,
        "Retry": retries,
    }


def _states(task: TaskPlan) -> _Object:
    name = task.name
    return {
        f"{name} runs": _runs(task),
        # A call that ECS refused has no container in its cause, and no JSON.
        f"{name} stopped": {
            "Type": "Choice",
            "Choices": [
                {
                    "Variable": "$.failure.Cause",
                    "StringMatches": '{*"Containers":*}',
                    "Next": f"{name} exited",
                }
            ],
            "Default": f"{name} is lost",
        },
        f"{name} is lost": {
            "Type": "Fail",
            "ErrorPath": "$.failure.Error",
            "CausePath": "$.failure.Cause",
        },
        f"{name} exited": {
            "Type": "Pass",
            "Parameters": {"container.$": "States.StringToJson($.failure.Cause)"},
            "Next": f"{name} exit code",
        },
        f"{name} exit code": _exit_code(name),
        f"{name} was refused": _fails("Refused", name),
        f"{name} raised": _fails(FAILED, name),
        # An image that could not be fetched, a network that was not there, or what the task says of the store.
        f"{name} may try again": {
            "Type": "Fail",
            "Error": TRY_AGAIN,
            "CausePath": _format("{}: " + _log(name), "$.container.StoppedReason"),
        },
    }


def _runs(task: TaskPlan) -> _Object:
    timeout_s = container_spec(task).timeout_s
    given = (
        *("'--task'", f"'{task.name}'", "'--timeout-s'", f"'{timeout_s}'"),
        *("'--run-id'", "$$.Execution.Name"),
        *("'--logical-date'", "$.logical_date"),
        *("'--params'", "States.JsonToString($.params)"),
        *(("'--partition'", "$.partition") if task.entry.partitions else ()),
    )
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
        "Catch": [
            {
                "ErrorEquals": ["States.TaskFailed"],
                "ResultPath": "$.failure",
                "Next": f"{task.name} stopped",
            }
        ],
        "End": True,
    }


def _exit_code(name: str) -> _Object:
    return {
        "Type": "Choice",
        "Choices": [
            {"Variable": _EXIT_CODE, "IsPresent": False, "Next": f"{name} may try again"},
            {"Variable": _EXIT_CODE, "NumericEquals": _TRY_AGAIN, "Next": f"{name} may try again"},
            {"Variable": _EXIT_CODE, "NumericEquals": _REFUSED, "Next": f"{name} was refused"},
        ],
        # It raised, or its process died: of too little memory, too little time, or of itself.
        "Default": f"{name} raised",
    }


def _fails(error: str, name: str) -> _Object:
    return {
        "Type": "Fail",
        "Error": error,
        "CausePath": _format("exit code {}: " + _log(name), _EXIT_CODE),
    }


def _format(text: str, first: str) -> str:
    return f"States.Format('{text}', {first}, {_STREAM})"


def _log(name: str) -> str:
    return "its log is ${jobs." + name + ".log_group}, run/task/{}"
