"""What works here and would not work elsewhere: clouds mixed, data that cannot cross, what a cloud lacks or refuses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, get_args

from glacier_runtime.arrivals import OnArrival
from glacier_runtime.checks.arrivals import untold_problems
from glacier_runtime.checks.partitions import unscheduled_problems
from glacier_runtime.config.choice import missing_config
from glacier_runtime.config.clouds import CloudScope
from glacier_runtime.config.specs import LocalSpec
from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.graph import Graph
from glacier_runtime.schedules import Cron
from glacier_runtime.tasks import task_problem

__all__ = ["portability_problems", "portability_warnings"]

_CLOUDS_WITH_GRANTS: Final = frozenset({"aws"})


def portability_problems(
    graph: Graph,
    pipeline: str = "",
    schedule: Cron | None = None,
    scope: CloudScope | None = None,
    *,
    trigger: OnArrival | None = None,
    deploy: bool = True,
) -> Iterator[Problem]:
    """Find everything that would keep a pipeline from its cloud.

    Args:
        graph: The graph, however broken.
        pipeline: The pipeline's name, with which physical names begin.
        schedule: When it runs.
        scope: The part of a cloud that it is checked for; None takes the graph's own.
        trigger: Whose files start it.
        deploy: Whether it is to be deployed; a run on this machine only needs all resources to belong together.

    Yields:
        Problems GLC308 to GLC311, GLC319, GLC320, GLC640, GLC839, and GLC108.
    """
    cloud = (scope or graph.scope).cloud
    yield from _mixed_clouds(graph)
    yield from _elsewhere(graph, scope)
    if not deploy or cloud == "local":
        return
    yield from _unpersisted(graph)
    for task in graph.tasks:
        if isinstance(task.compute, LocalSpec):
            yield task_problem(
                task,
                Code.NOT_DEPLOYABLE,
                f"is bound to provider.local(), which nothing runs in {cloud}",
                f"{_stand_in(pipeline)}; or bind it to provider.serverless()",
            )
    yield from _granted_elsewhere(graph, cloud)
    yield from _unconfigured(graph, cloud)
    if schedule is not None:
        yield from unscheduled_problems(graph)
    if trigger is not None:
        given = trigger.dataset.partition_keys
        yield from untold_problems(trigger, graph, cloud)
        yield from unscheduled_problems(graph, "an arrival", given)
    from glacier_runtime.checks.limits import (  # noqa: PLC0415 (this machine needs none of it)
        limit_problems,
    )

    yield from limit_problems(graph, cloud, pipeline, schedule)


def _stand_in(pipeline: str) -> str:
    """Return the line that lets a cloud run local tasks."""
    return f"write Pipeline(name={pipeline!r}, ..., deploy_local_as=compute.serverless(memory_mib=1024))"


def _granted_elsewhere(graph: Graph, cloud: str) -> Iterator[Problem]:
    for task in graph.tasks:
        if task.grants and cloud not in _CLOUDS_WITH_GRANTS:
            yield task_problem(
                task,
                Code.GRANT_ELSEWHERE,
                f"has grants=, and the infrastructure of {cloud} has no place for them yet",
                "take them off for this cloud, and allow its identity there what it needs by the tools of that cloud",
            )


def _mixed_clouds(graph: Graph) -> Iterator[Problem]:
    tasks = [task for task in graph.tasks if task.scope is not None]
    stored = [
        (f"dataset {dataset.name!r}", dataset.storage.bucket)
        for dataset in graph.datasets
        if dataset.storage is not None
    ]
    stored += [
        (f"a grant of task {task.name!r}", place.bucket)
        for task in graph.tasks
        for grant in task.grants
        for place in grant.places
    ]
    folders = {bucket.base_path for _, bucket in stored}
    if len(folders - {None}) > 1:
        shown = ", ".join(sorted(str(folder) for folder in folders if folder is not None))
        yield Problem(
            code=Code.MIXED_CLOUDS,
            message=f"buckets of one pipeline lie in different folders: {shown}",
            fix="make all resources from one provider",
        )
    # Resources share the scope of their provider, so that few are compared.
    scopes = {id(scope): scope for scope in (t.scope for t in tasks) if scope is not None}
    scopes |= {id(bucket.scope): bucket.scope for _, bucket in stored}
    if len(set(scopes.values())) > 1:
        named = [(t.scope, f"task {t.name!r}") for t in tasks if t.scope is not None]
        named += [(bucket.scope, what) for what, bucket in stored]
        yield _mixture(named)


def _mixture(named: Sequence[tuple[CloudScope, str]]) -> Problem:
    """Name one resource of each part of a cloud, and the part that most of them are of."""
    counted = Counter(scope for scope, _ in named)
    (most, times), (_, next_times) = counted.most_common(2)
    is_one_cloud = len({scope.cloud for scope in counted}) == 1
    what = f"configurations of {most.cloud}" if is_one_cloud else "clouds"
    users = {_shown(scope, is_one_cloud): user for scope, user in reversed(named)}
    listed = ", ".join(f"{user} to {owner}" for owner, user in sorted(users.items()))
    advice = "" if times == next_times else f"; most are of {_shown(most, is_one_cloud)}"
    return Problem(
        code=Code.MIXED_CLOUDS,
        message=f"resources belong to different {what}: {listed}",
        fix=f"make all resources from one provider{advice}",
    )


def _shown(scope: CloudScope, is_one_cloud: bool) -> str:
    if not is_one_cloud:
        return scope.cloud
    return f"{scope.region} (account {scope.account_id or 'any'}, tags {dict(scope.tags)})"


def _elsewhere(graph: Graph, scope: CloudScope | None) -> Iterator[Problem]:
    """What names no cloud goes anywhere; what names one goes there only."""
    own = graph.scope
    if scope is None or own.cloud == "local":
        return
    pairs = {
        "cloud": (own.cloud, scope.cloud),
        "region": (own.region, scope.region),
        "account": (own.account_id, scope.account_id),
    }
    for what, (mine, wanted) in pairs.items():
        if mine != wanted and mine is not None and wanted is not None:
            yield Problem(
                code=Code.MIXED_CLOUDS,
                message=f"resources belong to {what} {mine}, and the pipeline is asked for in {wanted}",
                fix="make resources with Provider.from_env(), or ask for the one that they name",
            )
            return


def _unconfigured(graph: Graph, cloud: str) -> Iterator[Problem]:
    """A resource that has configurations for other clouds only would silently be another one here."""
    faults: dict[int, Problem] = {}
    for compute in {id(task.compute): task.compute for task in graph.tasks}.values():
        try:
            compute.resolved(cloud)
        except DefinitionError as error:
            (faults[id(compute)],) = error.problems
    for task in graph.tasks if faults else ():
        if (found := faults.get(id(task.compute))) is not None:
            yield task_problem(task, found.code, f"is bound to a {found.message}", found.fix)
    buckets = {
        id(d.storage.bucket): d.storage.bucket for d in graph.datasets if d.storage is not None
    }
    for bucket in dict.fromkeys(buckets.values()):
        if bucket.configs and bucket.config_for(cloud) is None:
            from glacier_runtime.config.stores import (  # noqa: PLC0415 (few buckets have any)
                BucketConfig,
            )

            kinds = get_args(BucketConfig)
            yield missing_config(f"bucket {bucket.name!r}", cloud, kinds)


def portability_warnings(graph: Graph) -> Iterator[Problem]:
    """Find what a run on this machine does without and every cloud would ask for, where some data is stored already."""
    is_meant_to_stay = any(dataset.storage is not None for dataset in graph.datasets)
    if graph.scope.cloud == "local" and is_meant_to_stay:
        yield from _unpersisted(graph)


def _unpersisted(graph: Graph) -> Iterator[Problem]:
    """Only tasks of one local process can hand each other data that is stored nowhere."""
    yield from _lost_rejects(graph)
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


def _lost_rejects(graph: Graph) -> Iterator[Problem]:
    """Rows that are set apart are nowhere else: where no caller waits for them, they would be gone."""
    for task in graph.tasks:
        for dataset in task.writes:
            if dataset.is_rejects and dataset.storage is None:
                owner = dataset.name.removesuffix("_rejects")
                yield task_problem(
                    task,
                    Code.NOT_PERSISTED,
                    f"sets rows of dataset {owner!r} apart that break rules, and nothing keeps them after the run",
                    "give the dataset quarantine=bucket.at(path)",
                    dataset=dataset,
                    place=dataset.place,
                )
