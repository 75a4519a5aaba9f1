"""What AWS, or Terraform, would refuse of a plan: found before a file is written, all of it at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from glacier_generators.plan.model import Plan
from glacier_generators.terraform.aws.bucket.limits import bucket_faults
from glacier_generators.terraform.aws.kinds import KINDS, kind_name
from glacier_generators.terraform.aws.schedule.cron import schedule_fault
from glacier_generators.terraform.aws.serverless.limits import runtime_of
from glacier_generators.terraform.aws.tags import tag_faults
from glacier_generators.terraform.aws.workflow.fan_out import list_faults
from glacier_generators.terraform.aws.workflow.parts import LIMITS, size_of
from glacier_generators.terraform.aws.workflow.states import Machines, state_machines
from glacier_runtime.errors import Code, GenerationError, Problem

__all__ = ["accepted_machines"]

_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")  # as in stack/variables.tf
_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=/*-]*")  # as in modules/arrivals
_LONGEST_BUCKET: Final = (
    63  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
)
_SUFFIX: Final = 9  # what names.tf adds: a hyphen and eight digits
_SERVERLESS: Final = "bind it to provider.serverless(memory_mib=..., timeout_s=...)"
_INSTEAD: Final = {
    "cluster": f"{_SERVERLESS}, and let partitions be tasks; or to EMR Serverless: provider.cluster(config=EmrConfig(release=..., image=...)), "
    "or to Databricks: DatabricksConfig(workspace=..., connection=...); "
    "or let the cluster run the task: python -m glacier_runtime.run_task",
    "local": f"{_SERVERLESS}; or say what all such tasks become: Pipeline(..., deploy_local_as=compute.serverless(memory_mib=1024))",
}


def accepted_machines(plan: Plan) -> Machines:
    """Return the state machines of a plan that AWS takes, all of it.

    Raises:
        GenerationError: GLC802, once with everything that AWS would refuse.
    """
    if found := [
        *_provider(plan),
        *_buckets(plan),
        *_tasks(plan),
        *_schedule(plan),
        *_arrival(plan),
    ]:
        raise GenerationError(found)
    machines = state_machines(plan)
    if found := list(_workflow(plan, machines)):
        raise GenerationError(found)
    return machines


def _provider(plan: Plan) -> Iterator[Problem]:
    if _REGION.fullmatch(plan.region) is None:
        yield _problem(
            f"pipeline {plan.pipeline!r} names {plan.region or 'nothing'!r} as its region",
            'set region = "eu-central-1", or another, in [tool.glacier.aws]',
        )
    if plan.account_id is not None and _ACCOUNT.fullmatch(plan.account_id) is None:
        yield _problem(
            f"account {plan.account_id!r} is not the twelve digits of an AWS account",
            'write it as account_id="123456789012"',
        )
    for fault, fix in tag_faults(plan.tags):
        yield _problem(fault, fix)


def _buckets(plan: Plan) -> Iterator[Problem]:
    for bucket in plan.buckets:
        for fault, fix in bucket_faults(bucket):
            yield _problem(f"bucket {bucket.name!r} {fault}", fix)
    made = [bucket.name for bucket in plan.buckets if bucket.existing is None]
    physical = Counter(f"{plan.pipeline}-{name}".replace("_", "-") for name in made)
    for name, count in physical.items():
        if count > 1:
            yield _problem(
                f"{count} buckets would be called {name!r}: S3 knows no underscores",
                "let their names differ in more than '_' and '-'",
            )
        if len(name) + _SUFFIX > _LONGEST_BUCKET:
            yield _problem(
                f"a bucket would be {name!r} and {_SUFFIX} characters more; S3 takes {_LONGEST_BUCKET}",
                "shorten the name of the bucket or of the pipeline",
            )


def _tasks(plan: Plan) -> Iterator[Problem]:
    for task in plan.tasks:
        kind = KINDS.get(kind_name(task))
        if kind is None:
            yield _problem(
                f"task {task.name!r} runs on {kind_name(task)!r}, which is not generated for AWS yet",
                _INSTEAD.get(task.entry.compute.kind, _SERVERLESS),
                task.name,
            )
            continue
        for fault, fix in kind.faults(task, plan):
            yield _problem(f"task {task.name!r} {fault}", fix, task.name)
    runtimes = Counter(python for task in plan.tasks if (python := runtime_of(task)) is not None)
    if len(runtimes) > 1:
        yield _problem(
            f"tasks ask for {' and '.join(sorted(runtimes))}, and one archive of code is built for one Python",
            "let LambdaConfig(runtime=...) say the same for all, or nothing: glacier build --python chooses; a runtime of Databricks has its own",
        )


def _schedule(plan: Plan) -> Iterable[Problem]:
    if plan.schedule and (found := schedule_fault(plan.schedule.expression)):
        fault, fix = found
        yield _problem(f"schedule {plan.schedule.expression!r} {fault}", fix)


def _arrival(plan: Plan) -> Iterator[Problem]:
    for key in plan.arrival.keys if plan.arrival else ():
        if _KEY.fullmatch(key) is None:
            yield _problem(
                f"files that start the pipeline are called {key!r}, and what hears of them takes letters, digits and ._=- alone",
                "name partition columns with these",
            )


def _workflow(plan: Plan, machines: Machines) -> Iterator[Problem]:
    parts = machines.cut
    for fault, fix in list_faults(plan, [part.tasks for part in parts] or [plan.tasks]):
        yield _problem(f"pipeline {plan.pipeline!r} {fault}", fix)
    own = plan.tasks if not parts else ()
    sizes = [size_of(plan, own, machines.workflow, len(parts))]
    sizes += [size_of(plan, part.tasks, machine) for part, machine in machines.parts.values()]
    # What is cut into parts has room in each: this is for what cannot be cut, and for more parts than one role can start.
    for size in sizes:
        if not size.is_held:
            yield _problem(
                f"a state machine of {plan.pipeline!r} would have up to {size.definition_bytes:,} bytes, start {size.functions:,} "
                f"functions and {size.jobs:,} others, and write {size.events:,} entries of a history; Step Functions takes "
                f"{LIMITS.definition_bytes:,} bytes and {LIMITS.events:,} entries, and one role can be allowed "
                f"to start {LIMITS.functions:,} functions or {LIMITS.jobs:,} others",
                "make several pipelines of it",
            )


def _problem(message: str, fix: str, task: str | None = None) -> Problem:
    return Problem(code=Code.NOT_GENERATABLE, message=message, fix=fix, task=task)
