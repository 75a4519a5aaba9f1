"""The role of a task on EMR Serverless: `modules/emr_task` as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.plan.roles import Because, Cause, Condition, Resource, Right, Role, Trust
from glacier_generators.terraform.aws.data_rights import data_rights
from glacier_generators.terraform.aws.emr.spec import application_of
from glacier_generators.terraform.aws.hearing import hears

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
        (_log(task), *data_rights(task, plan), *_start(task, plan)),
    )


def _log(task: TaskPlan) -> Right:
    cause = Cause(Because.TASK, task.name, "the driver writes the log of the task", task.name)
    actions = ("logs:CreateLogStream", "logs:PutLogEvents")
    return Right("WriteOwnLog", actions, Resource("task_log", task.name), (cause,))


def _start(task: TaskPlan, plan: Plan) -> Iterator[Right]:
    code = Cause(Because.TASK, task.name, "EMR fetches the code of the task", task.name)
    for resource in (
        Resource("archive", plan.pipeline),
        Resource("launcher", application_of(task)),
    ):
        yield Right("FetchCode", ("s3:GetObject",), resource, (code,))
    log = Cause(Because.TASK, task.name, "EMR looks which streams the log has", task.name)
    streams = Resource("task_log", task.name)
    yield Right("FindStreams", ("logs:DescribeLogStreams",), streams, (log,))
    groups = Resource("log_groups", "of this account and region")
    why = Cause(Because.TASK, task.name, _ALL_GROUPS, task.name)
    yield Right("FindLog", ("logs:DescribeLogGroups",), groups, (why,))


def emr_starts(task: TaskPlan, plan: Plan) -> Iterator[Right]:
    """Yield what the workflow must be allowed to run the task, to follow it and to stop it."""
    text = f"task {task.name} is part of pipeline {plan.pipeline}"
    cause = (Cause(Because.PIPELINE, plan.pipeline, text, task.name),)
    application = application_of(task)
    started = Resource("application", application)
    yield Right("StartJobRuns", ("emr-serverless:StartJobRun",), started, cause)
    follow = ("emr-serverless:CancelJobRun", "emr-serverless:GetJobRun")
    yield Right("FollowJobRuns", follow, Resource("job_runs", application), cause)
    given = Resource("role", task.name)
    yield Right("GiveRolesToJobRuns", ("iam:PassRole",), given, cause, _TO_EMR)
    yield hears("HearOfJobRuns", "EMRServerlessJob", "a job run has ended")
