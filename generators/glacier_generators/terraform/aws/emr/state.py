"""Tasks on EMR Serverless as states of the workflow.

    runs ─► done
     └─ ended ─► refused, try again, or failed, by the exit code
            └► (no job run was ever there) lost

Of a job run that failed, Step Functions passes on the description, in which EMR says the exit code of its driver in words. What is around
the state reads it there, and fails under the names that functions raise: so the same retries hold, and they are those of the whole.
"""

from __future__ import annotations

from math import ceil
from typing import Final

from pydantic import JsonValue

from glacier_generators.plan.model import TaskPlan
from glacier_generators.terraform.aws.emr.spec import emr
from glacier_generators.terraform.aws.exit_codes import (
    REFUSED_CODE,
    TRY_AGAIN_CODE,
    ends,
    lost,
    tried_again,
)
from glacier_generators.terraform.aws.told_arguments import told_arguments

__all__ = ["emr_state"]

_Object = dict[str, JsonValue]

# Until a driver runs: an application that starts, its place, and the image.
_STARTING_S: Final = 900
_SHORTEST_MINUTES: Final = 5  # that EMR takes
_CAUSE: Final = "$.failure.Cause"


def emr_state(task: TaskPlan) -> _Object:
    """Return the state that runs a task's job until it has ended, and tries again as the task declares."""
    return tried_again(task, _states(task))


def _states(task: TaskPlan) -> _Object:
    name = task.name
    text = "its log is ${jobs." + name + ".log_group}, {}: {}"
    said = f"States.Format('{text}', $$.Execution.Name, {_CAUSE})"
    return {
        f"{name} runs": _runs(task),
        f"{name} ended": {
            "Type": "Choice",
            "Choices": [
                _says(f"ExitCode: {REFUSED_CODE}", f"{name} was refused"),
                _says(f"ExitCode: {TRY_AGAIN_CODE}", f"{name} may try again"),
                _says("ExitCode: ", f"{name} raised"),
                # A job run whose driver never was there: no place, no image, no network.
                _says("JobRunId", f"{name} may try again"),
            ],
            # A call that EMR refused is described by no job run.
            "Default": f"{name} is lost",
        },
        **lost(name),
        **ends(name, said, said),
    }


def _runs(task: TaskPlan) -> _Object:
    limit_s = emr(task).timeout_s
    jobs = "${jobs." + task.name
    given = ("'--bindings'", f"'{jobs}.bindings}}'", *told_arguments(task, limit_s))
    return {
        "Type": "Task",
        "Resource": "arn:${partition}:states:::emr-serverless:startJobRun.sync",
        "Parameters": {
            "ApplicationId": jobs + ".application}",
            "ExecutionRoleArn": jobs + ".role}",
            "Name": task.name,
            "ExecutionTimeoutMinutes": max(_SHORTEST_MINUTES, ceil((limit_s + _STARTING_S) / 60)),
            "JobDriver": {
                "SparkSubmit": {
                    "EntryPoint": jobs + ".entry_point}",
                    "EntryPointArguments.$": f"States.Array({', '.join(given)})",
                    "SparkSubmitParameters": jobs + ".parameters}",
                }
            },
            "ConfigurationOverrides": {"MonitoringConfiguration": _monitoring(task)},
        },
        # EMR's own limit comes first, and says which it was.
        "TimeoutSeconds": limit_s + 2 * _STARTING_S,
        "Catch": [
            {
                "ErrorEquals": ["States.TaskFailed"],
                "ResultPath": "$.failure",
                "Next": f"{task.name} ended",
            }
        ],
        "End": True,
    }


def _monitoring(task: TaskPlan) -> _Object:
    return {
        # What AWS keeps of logs for itself is nowhere under the pipeline's retention.
        "ManagedPersistenceMonitoringConfiguration": {"Enabled": False},
        "CloudWatchLoggingConfiguration": {
            "Enabled": True,
            "LogGroupName": "${jobs." + task.name + ".log_group}",
            "LogStreamNamePrefix.$": "$$.Execution.Name",
            "LogTypes": {"SPARK_DRIVER": ["STDOUT", "STDERR"]},
        },
    }


def _says(text: str, then: str) -> JsonValue:
    return {"Variable": _CAUSE, "StringMatches": f"*{text}*", "Next": then}
