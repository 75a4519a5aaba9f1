"""The role of a task on EMR Serverless: `modules/emr_task` as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.plan.roles import Because, Cause, Condition, Resource, Right, Role, Trust
from glacier_generators.terraform.aws.data_rights import data_rights
from glacier_generators.terraform.aws.emr.spec import application_of
from glacier_generators.terraform.aws.hearing import hears
from glacier_generators.terraform.aws.task_rights import fetches_code, is_part, writes_log

__all__ = ["emr_role", "emr_starts"]

_SERVICE: Final = "emr-serverless.amazonaws.com"
_TRUST: Final = Trust("EmrRunsTheTask", _SERVICE, "on behalf of this account")
_TO_EMR: Final = Condition("StringEquals", "iam:PassedToService", _SERVICE)
_ALL_GROUPS: Final = "EMR looks for the log group among all, and knows no narrower resource"


def emr_role(task: TaskPlan, plan: Plan) -> Role:
    """Return the role of a task: what its signature asks for, its log, and the code that EMR fetches with it."""
    return Role(
        f"task {task.name}",
        task.name,
        _TRUST,
        (
            writes_log(task, "the driver writes the log of the task"),
            *data_rights(task, plan),
            *fetches_code(task, plan, who="EMR", place=application_of(task)),
            *_finds_log(task),
        ),
    )


def _finds_log(task: TaskPlan) -> Iterator[Right]:
    log = Cause(Because.TASK, task.name, "EMR looks which streams the log has", task.name)
    streams = Resource("task_log", task.name)
    yield Right("FindStreams", ("logs:DescribeLogStreams",), streams, (log,))
    groups = Resource("log_groups", "of this account and region")
    why = Cause(Because.TASK, task.name, _ALL_GROUPS, task.name)
    yield Right("FindLog", ("logs:DescribeLogGroups",), groups, (why,))


def emr_starts(task: TaskPlan, plan: Plan) -> Iterator[Right]:
    """Yield what the workflow must be allowed to run the task, to follow it and to stop it."""
    cause = (is_part(task, plan),)
    application = application_of(task)
    started = Resource("application", application)
    yield Right("StartJobRuns", ("emr-serverless:StartJobRun",), started, cause)
    follow = ("emr-serverless:CancelJobRun", "emr-serverless:GetJobRun")
    yield Right("FollowJobRuns", follow, Resource("job_runs", application), cause)
    given = Resource("role", task.name)
    yield Right("GiveRolesToJobRuns", ("iam:PassRole",), given, cause, _TO_EMR)
    yield hears("HearOfJobRuns", "EMRServerlessJob", "a job run has ended")
