"""What works here and would not work elsewhere: clouds mixed, data that cannot cross, limits of a cloud."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from glacier_runtime.config.clouds import CloudScope
from glacier_runtime.config.compute import LocalSpec, ServerlessSpec
from glacier_runtime.errors import Code, Problem
from glacier_runtime.graph import Graph
from glacier_runtime.schedules import Cron
from glacier_runtime.tasks import AnyTask, task_problem

__all__ = ["portability_problems"]


def portability_problems(
    graph: Graph,
    pipeline: str = "",
    schedule: Cron | None = None,
    scope: CloudScope | None = None,
    *,
    deploy: bool = True,
) -> Iterator[Problem]:
    """Find everything that would keep a pipeline from its cloud.

    Args:
        graph: The graph, however broken.
        pipeline: The pipeline's name, with which physical names begin.
        schedule: When it runs.
        scope: The part of a cloud that it is checked for; None takes the graph's own.
        deploy: Whether it is to be deployed; a run on this machine only needs all resources to belong together.

    Yields:
        Problems GLC308 to GLC311.
    """
    cloud = (scope or graph.scope).cloud
    yield from _mixed_clouds(graph)
    if not deploy or cloud == "local":
        return
    yield from _unpersisted(graph)
    for task in graph.tasks:
        if isinstance(task.compute, LocalSpec):
            yield task_problem(
                task,
                Code.NOT_DEPLOYABLE,
                f"is bound to provider.local(), which nothing runs in {cloud}",
                "bind it to provider.serverless()",
            )
    if (check := _LIMITS.get(cloud)) is not None:
        yield from check(graph, pipeline, schedule)


def _mixed_clouds(graph: Graph) -> Iterator[Problem]:
    users: dict[CloudScope, str] = {}
    for task in graph.tasks:
        if task.scope is not None:
            users.setdefault(task.scope, f"task {task.name!r}")
    for dataset in graph.datasets:
        if dataset.storage is not None:
            users.setdefault(dataset.storage.bucket.scope, f"dataset {dataset.name!r}")
    folders = {d.storage.bucket.base_path for d in graph.datasets if d.storage is not None}
    if len(folders - {None}) > 1:
        shown = ", ".join(sorted(str(folder) for folder in folders if folder is not None))
        yield Problem(
            code=Code.MIXED_CLOUDS,
            message=f"buckets of one pipeline lie in different folders: {shown}",
            fix="make all resources from one provider",
        )
    if len(users) > 1:
        clouds = {scope.cloud: user for scope, user in reversed(users.items())}
        what, users_of = (
            ("clouds", clouds)
            if len(clouds) > 1
            else (f"configurations of {next(iter(clouds))}", _described(users))
        )
        yield Problem(
            code=Code.MIXED_CLOUDS,
            message=f"resources belong to different {what}: "
            + ", ".join(f"{user} to {owner}" for owner, user in sorted(users_of.items())),
            fix="make all resources from one provider",
        )


def _described(users: Mapping[CloudScope, str]) -> dict[str, str]:
    return {
        f"{scope.region} (account {scope.account_id or 'any'}, tags {dict(scope.tags)})": user
        for scope, user in users.items()
    }


def _unpersisted(graph: Graph) -> Iterator[Problem]:
    """Only tasks of one local process can hand each other data that is stored nowhere."""
    for consumer in graph.tasks:
        for dataset in consumer.reads:
            producer = graph.producers.get(dataset)
            if producer is None or dataset.storage is not None:
                continue
            if not (
                isinstance(producer.compute, LocalSpec) and isinstance(consumer.compute, LocalSpec)
            ):
                yield Problem(
                    code=Code.NOT_PERSISTED,
                    message=f"dataset {dataset.name!r} has no storage, but goes from task {producer.name!r} "
                    f"({producer.compute.kind}) to task {consumer.name!r} ({consumer.compute.kind}), "
                    "which may run on different machines",
                    fix="give it storage=bucket.at(path), or bind both tasks to provider.local()",
                    place=dataset.place,
                    task=consumer.name,
                    dataset=dataset.name,
                )


_LAMBDA_MAX_MEMORY_MIB: Final = 10_240
_LAMBDA_MAX_TIMEOUT_S: Final = 900
_LAMBDA_MAX_NAME: Final = 64
_S3_MAX_NAME: Final = (
    63  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
)
_S3_SUFFIX: Final = (
    "-00000000"  # what Terraform appends, for the names of buckets are the whole world's
)


def _aws_limits(graph: Graph, pipeline: str, schedule: Cron | None) -> Iterator[Problem]:
    for task in graph.tasks:
        if isinstance(task.compute, ServerlessSpec):
            yield from _lambda_limits(task, task.compute, pipeline)
    buckets = (dataset.storage.bucket for dataset in graph.datasets if dataset.storage is not None)
    for bucket in dict.fromkeys(bucket.name for bucket in buckets):
        name = f"{pipeline}-{bucket}{_S3_SUFFIX}"
        if len(name) > _S3_MAX_NAME:
            yield _limit(
                f"bucket {bucket!r} of pipeline {pipeline!r} needs a name of {len(name)} characters, "
                f"and S3 takes {_S3_MAX_NAME}",
                "shorten the name of the bucket or of the pipeline",
            )
    if schedule is not None and schedule.combines_days:
        yield _limit(
            f"schedule {schedule.expression!r} restricts the day of the month and the day of the week, "
            "and EventBridge can say only one of them",
            "write * for one of the two, or make two pipelines",
        )


def _limit(message: str, fix: str) -> Problem:
    return Problem(code=Code.CLOUD_LIMIT, message=message, fix=fix)


def _lambda_limits(task: AnyTask, compute: ServerlessSpec, pipeline: str) -> Iterator[Problem]:
    """Limits of AWS Lambda: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""
    name = f"{pipeline}-{task.name}"
    if len(name) > _LAMBDA_MAX_NAME:
        yield task_problem(
            task,
            Code.CLOUD_LIMIT,
            f"of pipeline {pipeline!r} needs a function name of {len(name)} characters, "
            f"and AWS Lambda takes {_LAMBDA_MAX_NAME}",
            "shorten the name of the task, @resource.task(name=...), or of the pipeline",
        )
    if compute.memory_mib > _LAMBDA_MAX_MEMORY_MIB:
        yield task_problem(
            task,
            Code.CLOUD_LIMIT,
            f"asks for {compute.memory_mib} MiB, and AWS Lambda has {_LAMBDA_MAX_MEMORY_MIB} at most",
            "ask for less memory",
        )
    if compute.timeout_s > _LAMBDA_MAX_TIMEOUT_S:
        yield task_problem(
            task,
            Code.CLOUD_LIMIT,
            f"asks for {compute.timeout_s} s, and AWS Lambda runs {_LAMBDA_MAX_TIMEOUT_S} s at most",
            "ask for less time",
        )


_LIMITS: Final[dict[str, Callable[[Graph, str, Cron | None], Iterator[Problem]]]] = {
    "aws": _aws_limits
}
