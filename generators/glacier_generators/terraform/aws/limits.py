"""What AWS, or Terraform, would refuse of a plan: found before a file is written, all of it at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

from glacier_generators.plan.model import Plan
from glacier_generators.terraform.aws.kinds import KINDS
from glacier_generators.terraform.aws.schedule.cron import CANNOT_EXPRESS, eventbridge_cron
from glacier_generators.terraform.aws.workflow.states import state_machine
from glacier_runtime.errors import Code, Problem

__all__ = ["limit_problems"]

_LONGEST_BUCKET: Final = (
    63  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
)
_SUFFIX: Final = 9  # what names.tf adds: a hyphen and eight digits
_LONGEST_DEFINITION_BYTES: Final = 1_048_576  # of a state machine: Step Functions service quotas
_LONGEST_ARN: Final = 140  # of a function, in place of a placeholder of the definition


def limit_problems(plan: Plan) -> list[Problem]:
    """Return what stands in the way of deploying a plan to AWS."""
    found = [*_provider(plan), *_buckets(plan), *_tasks(plan), *_schedule(plan)]
    return found or list(_workflow(plan))


def _provider(plan: Plan) -> Iterable[Problem]:
    if not plan.region:
        yield _problem(
            f"pipeline {plan.pipeline!r} names no region",
            'set region = "eu-central-1", or another, in [tool.glacier.aws]',
        )
    if not plan.tasks:
        yield _problem(f"pipeline {plan.pipeline!r} has no tasks", "list them: tasks=[...]")


def _buckets(plan: Plan) -> Iterable[Problem]:
    for bucket in plan.buckets:
        name = f"{plan.pipeline}-{bucket.name}"
        if len(name) + _SUFFIX > _LONGEST_BUCKET:
            yield _problem(
                f"bucket {bucket.name!r} would be {name!r} and {_SUFFIX} characters more; S3 takes {_LONGEST_BUCKET}",
                "shorten the name of the bucket or of the pipeline",
            )


def _tasks(plan: Plan) -> Iterator[Problem]:
    for task in plan.tasks:
        kind = KINDS.get(task.entry.compute.kind)
        if kind is None:
            yield _problem(
                f"task {task.name!r} runs on {task.entry.compute.kind!r}, for which AWS has nothing here",
                f"bind it to one of {', '.join(KINDS)}: @small.task with small = provider.serverless(...)",
                task.name,
            )
            continue
        for fault, fix in kind.faults(task, plan.pipeline):
            yield _problem(f"task {task.name!r} {fault}", fix, task.name)


def _schedule(plan: Plan) -> Iterable[Problem]:
    if plan.schedule and eventbridge_cron(plan.schedule.expression) is None:
        yield _problem(
            f"schedule {plan.schedule.expression!r} {CANNOT_EXPRESS}",
            "restrict one of the two, or make two pipelines",
        )


def _workflow(plan: Plan) -> Iterable[Problem]:
    size = len(json.dumps(state_machine(plan)).encode()) + _LONGEST_ARN * len(plan.tasks)
    if size > _LONGEST_DEFINITION_BYTES:
        yield _problem(
            f"the state machine of {plan.pipeline!r} would have up to {size:,} bytes; Step Functions takes "
            f"{_LONGEST_DEFINITION_BYTES:,}",
            "make several pipelines of it",
        )


def _problem(message: str, fix: str, task: str | None = None) -> Problem:
    return Problem(code=Code.NOT_GENERATABLE, message=message, fix=fix, task=task)
