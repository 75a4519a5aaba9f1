"""The roles of a task on a machine, and of the machine: `modules/batch_task` and `modules/batch_machine` as data."""

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
from glacier_generators.terraform.aws.container.role import execution_rights
from glacier_generators.terraform.aws.data_rights import data_rights
from glacier_generators.terraform.aws.hearing import hears
from glacier_generators.terraform.aws.task_rights import is_part
from glacier_generators.terraform.aws.vm.spec import machine_of, machines

__all__ = ["machine_roles", "vm_execution_role", "vm_role", "vm_starts"]

_TRUST: Final = Trust("EcsRunsTheTask", "ecs-tasks.amazonaws.com", "on behalf of this account")
_MACHINE_TRUST: Final = Trust("Ec2RunsTheMachine", "ec2.amazonaws.com")
_OF_CLUSTER: Final = (
    "ecs:DeregisterContainerInstance",
    "ecs:RegisterContainerInstance",
    "ecs:SubmitAttachmentStateChanges",
    "ecs:SubmitContainerStateChange",
    "ecs:SubmitTaskStateChange",
)
_OF_INSTANCE: Final = (
    "ecs:Poll",
    "ecs:StartTelemetrySession",
    "ecs:UpdateContainerInstancesState",
)
_FIND: Final = "the machine asks where ECS is; the action knows no resources, so * is all it takes"
_LOOK: Final = (
    "AWS Batch tells of jobs to whoever may ask for all; the action knows no resources, so * is all it takes"
)


def vm_role(task: TaskPlan, plan: Plan) -> Role:
    """Return the role of the task: what its signature asks for, and nothing else; ECS writes its log."""
    return Role(f"task {task.name}", task.name, _TRUST, data_rights(task, plan))


def vm_execution_role(task: TaskPlan) -> Role:
    """Return the role of what starts the task: it fetches the image, and writes the log."""
    return Role(
        f"task {task.name}.execution", None, _TRUST, tuple(execution_rights(task, from_ecr=True))
    )


def machine_roles(plan: Plan) -> tuple[Role, ...]:
    """Return the roles of machines, which join their cluster and hear from there what to run."""
    return tuple(
        Role(f"machine {name}", None, _MACHINE_TRUST, tuple(_of_machine(name, plan)))
        for name in machines(plan)
    )


def vm_starts(task: TaskPlan, plan: Plan) -> Iterator[Right]:
    """Yield what the workflow must be allowed to run the task, to follow it and to stop it."""
    cause = (is_part(task, plan),)
    for resource in (
        Resource("job_definition", task.name),
        Resource("job_definition_revisions", task.name),
        Resource("queue", machine_of(task)),
    ):
        yield Right("SubmitJobs", ("batch:SubmitJob",), resource, cause)
    jobs = Resource("jobs", plan.pipeline)
    for statement, action, variable in (
        ("TagJobs", "batch:TagResource", "aws:RequestTag/workflow"),
        ("EndJobs", "batch:TerminateJob", "aws:ResourceTag/workflow"),
    ):
        only = Condition("StringEquals", variable, plan.pipeline)
        yield Right(statement, (action,), jobs, cause, only)
    look = Cause(Because.SERVICE, "AWS Batch", _LOOK)
    yield Right("LookAtJobs", ("batch:DescribeJobs",), Resource("arn", "*"), (look,))
    yield hears("HearOfJobs", "BatchJobs", "a job has ended")


def _of_machine(name: str, plan: Plan) -> Iterator[Right]:
    cause = (Cause(Because.PIPELINE, plan.pipeline, f"tasks of {plan.pipeline} run on {name}"),)
    cluster, instances = Resource("machine_cluster", name), Resource("machine_instances", name)
    yield Right("JoinCluster", _OF_CLUSTER, cluster, cause)
    yield Right("HearWhatToRun", _OF_INSTANCE, instances, cause)
    find = Cause(Because.SERVICE, "ECS", _FIND)
    yield Right("FindEcs", ("ecs:DiscoverPollEndpoint",), Resource("arn", "*"), (find,))
