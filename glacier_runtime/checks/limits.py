"""What clouds refuse: memory, time, processors and names beyond what their services offer.

Each figure stands beside the page that says it. Figures that a configuration class refuses by itself are not repeated here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from glacier_runtime.config.compute import ComputeSpec, ContainerSpec, ServerlessSpec, VmSpec
from glacier_runtime.config.functions import AzureFunctionConfig
from glacier_runtime.config.instance_types import machine_faults
from glacier_runtime.config.machines import EC2Config
from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.graph import Graph
from glacier_runtime.schedules import Cron
from glacier_runtime.tasks import AnyTask, task_problem

__all__ = ["limit_problems"]

Fault: TypeAlias = tuple[str, str]
"""What is wrong with a task, to be put behind its name; and the way out."""

SpecCheck: TypeAlias = Callable[[ComputeSpec], Iterator[Fault]]

_SUFFIX: Final = "-00000000"  # what Terraform appends where names are the whole world's
_MIB_A_GIB: Final = 1024


@dataclass(frozen=True, slots=True)
class _Service:
    """A service that runs tasks: its name, how long a task's name there may be, and what else it refuses."""

    name: str
    max_name: int
    check: SpecCheck


@dataclass(frozen=True, slots=True)
class _Cloud:
    services: Mapping[type, _Service]
    store: str
    max_bucket_name: int
    schedule: Callable[[Cron], Iterator[Fault]] = field(default=lambda _: iter(()))


def limit_problems(
    graph: Graph, cloud: str, pipeline: str, schedule: Cron | None
) -> Iterator[Problem]:
    """Find what a cloud would refuse.

    Args:
        graph: The graph.
        cloud: The cloud; none is known of this machine.
        pipeline: The pipeline's name, with which physical names begin.
        schedule: When it runs.

    Yields:
        Problems GLC311.
    """
    limits = _CLOUDS.get(cloud)
    if limits is None:
        return
    computes = {id(task.compute): task.compute for task in graph.tasks}
    refused = {key: _of_compute(compute, limits, cloud) for key, compute in computes.items()}
    for task in graph.tasks:
        for fault, fix in (*_of_name(task, limits, pipeline), *refused[id(task.compute)]):
            yield task_problem(task, Code.CLOUD_LIMIT, fault, fix)
    buckets = [d.storage.bucket for d in graph.datasets if d.storage is not None]
    for bucket in dict.fromkeys(b.name for b in buckets if b.existing is None):
        length = len(f"{pipeline}-{bucket}{_SUFFIX}")
        if length > limits.max_bucket_name:
            yield _limit(
                f"bucket {bucket!r} of pipeline {pipeline!r} needs a name of {length} characters, "
                f"and {limits.store} takes {limits.max_bucket_name}",
                "shorten the name of the bucket or of the pipeline",
            )
    for fault, fix in limits.schedule(schedule) if schedule is not None else ():
        yield _limit(fault, fix)


def _of_name(task: AnyTask, limits: _Cloud, pipeline: str) -> tuple[Fault, ...]:
    service = limits.services.get(type(task.compute))
    length = len(pipeline) + 1 + len(task.name)
    if service is None or length <= service.max_name:
        return ()
    fault = (
        f"of pipeline {pipeline!r} needs a function name of {length} characters, "
        f"and {service.name} takes {service.max_name}"
    )
    return ((fault, "shorten the name of the task, @resource.task(name=...), or of the pipeline"),)


def _of_compute(compute: ComputeSpec, limits: _Cloud, cloud: str) -> tuple[Fault, ...]:
    """Tasks share what they are bound to, so that it is asked once."""
    service = limits.services.get(type(compute))
    if service is None:
        return ()
    with suppress(DefinitionError):  # without its configuration, nothing is known of it
        return tuple(service.check(compute.resolved(cloud)))
    return ()


def _limit(message: str, fix: str) -> Problem:
    return Problem(code=Code.CLOUD_LIMIT, message=message, fix=fix)


def _function_of(service: str, memory_mib: int, timeout_s: int) -> SpecCheck:
    """Return the check of a service that starts functions."""

    def check(spec: ComputeSpec) -> Iterator[Fault]:
        assert isinstance(spec, ServerlessSpec)
        yield from _at_most(service, "memory", "MiB", spec.memory_mib, memory_mib)
        yield from _at_most(service, "time", "s", spec.timeout_s, timeout_s)

    return check


def _at_most(service: str, what: str, unit: str, asked: int, most: int) -> Iterator[Fault]:
    if asked > most:
        verb = "runs" if unit == "s" else "has"
        yield (
            f"asks for {asked} {unit}, and {service} {verb} {most}{' s' if unit == 's' else ''} at most",
            f"ask for less {what}",
        )


# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size: for each
# number of processors the least and the most GiB, and the steps between them.
_FARGATE_GIB: Final[Mapping[float, tuple[float, int, int]]] = {
    0.25: (0.5, 2, 1),
    0.5: (1, 4, 1),
    1: (2, 8, 1),
    2: (4, 16, 1),
    4: (8, 30, 1),
    8: (16, 60, 4),
    16: (32, 120, 8),
}


def _fargate(spec: ComputeSpec) -> Iterator[Fault]:
    assert isinstance(spec, ContainerSpec)
    if spec.cpu not in _FARGATE_GIB:
        yield _no_such_cpu(spec.cpu, "Fargate", "0.25, 0.5, 1, 2, 4, 8 and 16")
        return
    least, most, step = _FARGATE_GIB[spec.cpu]
    gib = spec.memory_mib / _MIB_A_GIB
    fits = least <= gib <= most and (gib == least or (gib - int(least)) % step == 0)
    if not fits:
        yield (
            (
                f"asks for {spec.memory_mib} MiB beside {spec.cpu:g} processors, and Fargate has {least * _MIB_A_GIB:g} to "
                f"{most * _MIB_A_GIB} there, in steps of {step * _MIB_A_GIB}"
            ),
            "ask for one of these, or for other processors",
        )


def _batch(spec: ComputeSpec) -> Iterator[Fault]:
    assert isinstance(spec, VmSpec)
    if isinstance(spec.config, EC2Config):
        yield from machine_faults(spec.config)


# https://cloud.google.com/run/docs/configuring/jobs/memory-limits: the most MiB for each number of processors.
_CLOUD_RUN_MIB: Final[Mapping[float, int]] = {1: 4096, 2: 8192, 4: 16_384, 6: 24_576, 8: 32_768}
_CLOUD_RUN_MAX_MIB: Final = 32_768  # https://cloud.google.com/functions/quotas
_CLOUD_RUN_MAX_TIMEOUT_S: Final = 604_800


def _cloud_run_job(spec: ComputeSpec) -> Iterator[Fault]:
    """Limits of jobs: https://cloud.google.com/run/docs/configuring/jobs/cpu, …/jobs/memory-limits, …/task-timeout."""
    assert isinstance(spec, ContainerSpec)
    if spec.cpu not in _CLOUD_RUN_MIB:
        yield _no_such_cpu(spec.cpu, "Cloud Run", "1, 2, 4, 6 and 8")
    elif spec.memory_mib > (most := _CLOUD_RUN_MIB[spec.cpu]):
        yield (
            f"asks for {spec.memory_mib} MiB beside {spec.cpu:g} processors, and Cloud Run has {most} at most there",
            "ask for less memory or more processors",
        )
    yield from _at_most("Cloud Run", "time", "s", spec.timeout_s, _CLOUD_RUN_MAX_TIMEOUT_S)


_CONTAINER_APPS_CPU: Final = 4
_CONTAINER_APPS_MIB_A_CPU: Final = 2048


def _container_apps_job(spec: ComputeSpec) -> Iterator[Fault]:
    """Limits of the consumption plan: https://learn.microsoft.com/azure/container-apps/containers#allocations."""
    assert isinstance(spec, ContainerSpec)
    if spec.cpu * 4 % 1 or spec.cpu > _CONTAINER_APPS_CPU:
        yield _no_such_cpu(spec.cpu, "Container Apps", "0.25 to 4 in steps of 0.25")
    elif spec.memory_mib != spec.cpu * _CONTAINER_APPS_MIB_A_CPU:
        yield (
            (
                f"asks for {spec.memory_mib} MiB beside {spec.cpu:g} processors, and Container Apps has "
                f"{spec.cpu * _CONTAINER_APPS_MIB_A_CPU:g} there"
            ),
            "ask for 2048 MiB for each processor",
        )


def _no_such_cpu(cpu: float, service: str, has: str) -> Fault:
    return f"asks for {cpu:g} processors, and {service} has {has}", "ask for one of these"


_FLEX_MIB: Final = (512, 2048, 4096)


def _azure_function(spec: ComputeSpec) -> Iterator[Fault]:
    """Limits of plans: https://learn.microsoft.com/azure/azure-functions/functions-scale."""
    assert isinstance(spec, ServerlessSpec)
    config = spec.config
    if isinstance(config, AzureFunctionConfig) and config.plan == "flex_consumption":
        if spec.memory_mib not in _FLEX_MIB:
            yield (
                f"asks for {spec.memory_mib} MiB, and the flex consumption plan has 512, 2048 and 4096",
                "ask for one of these",
            )
        return
    fix = "; AzureFunctionConfig(plan='flex_consumption') has more"
    plan = "Azure's consumption plan"
    for fault, out in _function_of(plan, 1536, 600)(spec):
        yield fault, f"{out}{fix}"


def _eventbridge(schedule: Cron) -> Iterator[Fault]:
    if schedule.combines_days:
        yield (
            (
                f"schedule {schedule.expression!r} restricts the day of the month and the day of the week, "
                "and EventBridge can say only one of them"
            ),
            "write * for one of the two, or make two pipelines",
        )


_CLOUDS: Final[Mapping[str, _Cloud]] = {
    "aws": _Cloud(
        services={
            # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
            ServerlessSpec: _Service("AWS Lambda", 64, _function_of("AWS Lambda", 10_240, 900)),
            # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
            ContainerSpec: _Service("Fargate", 255, _fargate),
            # https://docs.aws.amazon.com/batch/latest/APIReference/API_RegisterJobDefinition.html
            VmSpec: _Service("AWS Batch", 128, _batch),
        },
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
        store="S3",
        max_bucket_name=63,
        schedule=_eventbridge,
    ),
    "gcp": _Cloud(
        services={
            # https://cloud.google.com/functions/quotas
            ServerlessSpec: _Service(
                "Cloud Run functions",
                63,
                _function_of("Cloud Run functions", _CLOUD_RUN_MAX_MIB, 3600),
            ),
            # https://cloud.google.com/run/docs/create-jobs
            ContainerSpec: _Service("Cloud Run", 49, _cloud_run_job),
        },
        # https://cloud.google.com/storage/docs/buckets#naming
        store="Cloud Storage",
        max_bucket_name=63,
    ),
    "azure": _Cloud(
        services={
            # https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
            ServerlessSpec: _Service("Azure Functions", 60, _azure_function),
            ContainerSpec: _Service("Container Apps", 32, _container_apps_job),
        },
        store="Blob Storage",
        max_bucket_name=63,
    ),
}
