"""Tasks on machines as states of the workflow."""

from __future__ import annotations

from typing import Final

from pydantic import JsonValue

from glacier_generators.plan.model import TaskPlan
from glacier_generators.terraform.aws.exit_codes import Description, watched_state
from glacier_generators.terraform.aws.retrying import PASSING_ATTEMPTS, retry
from glacier_generators.terraform.aws.told_arguments import told_arguments
from glacier_generators.terraform.aws.vm.spec import vm_spec

__all__ = ["vm_state"]

_Object = dict[str, JsonValue]

# AWS Batch did not do what it was asked, and no job is there.
_PASSING: Final = (
    "Batch.AWSBatchException",
    "Batch.BatchException",
    "Batch.SdkClientException",
    "Batch.ServerException",
    "Batch.TooManyRequestsException",
)
# Until a task runs: a machine, which AWS Batch starts after some minutes, and the image, which may be 10 GB.
_STARTING_S: Final = 1800
# A job has no entry point of its own: that of the image takes a command of several words as it is.
_COMMAND: Final = ("'python'", "'-m'", "'glacier_runtime.run_task'")
# A machine that EC2 took back, or that broke: https://docs.aws.amazon.com/batch/latest/userguide/job_retries.html
_HOST_ENDED: Final = "Host EC2*"


def vm_state(task: TaskPlan) -> _Object:
    """Return the state that runs a task on a machine until it has ended, and tries again as the task declares."""
    group = "${jobs." + task.name + ".log_group}"
    described = Description(
        key="job",
        mark="JobId",
        exit_code="$.job.Container.ExitCode",
        log=f"its log is {group}, {'{'}{'}'}",
        stream="$.job.Container.LogStreamName",
        reason=f"{'{'}{'}'}: its log is in {group}, its job is {'{'}{'}'}",
        reasons=("$.job.StatusReason", "$.job.JobId"),
        lost=("$.job.StatusReason", _HOST_ENDED),
    )
    return watched_state(task, _runs(task), described)


def _runs(task: TaskPlan) -> _Object:
    timeout_s = vm_spec(task).timeout_s
    command = (*_COMMAND, *told_arguments(task, timeout_s))
    jobs = "${jobs." + task.name
    return {
        "Type": "Task",
        "Resource": "arn:${partition}:states:::batch:submitJob.sync",
        "Parameters": {
            "JobName": task.name,
            "JobDefinition": jobs + ".definition}",
            "JobQueue": jobs + ".queue}",
            "ContainerOverrides": {"Command.$": f"States.Array({', '.join(command)})"},
            "Tags": {"workflow": jobs + ".workflow}"},
        },
        "TimeoutSeconds": timeout_s + _STARTING_S,
        "Retry": [retry(_PASSING, attempts=PASSING_ATTEMPTS)],
    }
