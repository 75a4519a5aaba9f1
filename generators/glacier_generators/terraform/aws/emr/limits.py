"""What EMR Serverless and IAM refuse: https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/app-behavior.html ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.terraform.aws.emr.role import emr_role
from glacier_generators.terraform.aws.emr.spec import application_of, emr, emr_tasks
from glacier_generators.terraform.aws.policy_size import bindings_length, policy_faults

__all__ = ["emr_faults", "emr_summary"]

_LONGEST_NAME: Final = 64  # of a role
# Of an argument, 10,280 characters, three of four as they are encoded:
# https://docs.aws.amazon.com/emr-serverless/latest/APIReference/API_SparkSubmit.html
_LONGEST_BINDINGS: Final = 7_700
_OLDEST: Final = 7  # the first whose images have packages of every Python that Glacier takes
_GIB: Final = 1024
# For each number of processors, the GiB that a worker has beside them; as in modules/emr_task.
_MEMORY_GIB: Final = {
    1: range(2, 9),
    2: range(4, 17),
    4: range(8, 31),
    8: range(16, 61, 4),
    16: range(32, 121, 8),
}


def emr_faults(task: TaskPlan, plan: Plan) -> list[tuple[str, str]]:
    """Return what AWS would refuse of a task on EMR, each with the way out."""
    return [
        *_elsewhere(task),
        *_unsaid(task, plan),
        *_sizes(task, plan),
        *policy_faults(emr_role(task, plan), plan),
    ]


def _elsewhere(task: TaskPlan) -> Iterator[tuple[str, str]]:
    """Yield what only EMR on machines has."""
    config = emr(task)
    if config.cluster_id is not None:
        yield (
            f"runs on cluster {config.cluster_id}, and nothing is generated for EMR on machines",
            "leave cluster_id= out for EMR Serverless; or let a step of that cluster run python -m glacier_runtime.run_task",
        )
    if config.instance_type is not None:
        yield (
            f"asks for machines of type {config.instance_type}; EMR Serverless has none",
            "say driver_cpu= and driver_memory_mib= in its place",
        )
    if config.num_workers is not None:
        yield (
            f"asks for {config.num_workers} workers; one process runs a task, in the driver, and workers would idle",
            "leave num_workers= out; to spread work, make partitions",
        )


def _unsaid(task: TaskPlan, plan: Plan) -> Iterator[tuple[str, str]]:
    config = emr(task)
    if config.release is None:
        yield "names no release of EMR", 'add release="emr-7.5.0" to its EmrConfig, or another'
    elif int(config.release.removeprefix("emr-").partition(".")[0]) < _OLDEST:
        yield (
            f"runs on {config.release}; its images have no Python that Glacier runs on",
            f"take emr-{_OLDEST}.0.0 or newer",
        )
    if config.image is None:
        yield (
            "names no image, and EMR's own has no Python that Glacier runs on",
            'make one from EMR\'s, which takes five lines (docs/clusters.md), and name it: EmrConfig(image="…")',
        )
    # The first only, and no list of all: this is asked of each task.
    application = application_of(task)
    first = next(it for it in emr_tasks(plan) if application_of(it) == application)
    if emr(first).image not in {None, config.image}:
        yield (
            f"runs in another image than task {first.name!r}, on the same release",
            "let both name one image: an application has one",
        )
    first = next(emr_tasks(plan))
    if emr(first).architecture != config.architecture:
        yield (
            f"asks for {config.architecture}, and task {first.name!r} for {emr(first).architecture}",
            "let both ask for the same: one archive of code is built for one kind of processor",
        )


def _sizes(task: TaskPlan, plan: Plan) -> Iterator[tuple[str, str]]:
    config = emr(task)
    name = f"{plan.pipeline}-{task.lasting_name}"
    if len(name) > _LONGEST_NAME:
        fault = f"would be role {name!r}, {len(name)} characters long; IAM takes {_LONGEST_NAME}"
        yield fault, "shorten the name of the task or of the pipeline"
    if bindings_length(task, plan) > _LONGEST_BINDINGS:
        yield (
            "touches so many buckets and secrets that their names do not fit into one argument",
            "split the task",
        )
    sizes = _MEMORY_GIB[config.driver_cpu]
    if config.driver_memory_mib // _GIB not in sizes:
        yield (
            f"asks for {config.driver_memory_mib} MiB beside {config.driver_cpu} processors, which EMR Serverless does not have",
            f"ask for one of {', '.join(str(gib * _GIB) for gib in sizes)}",
        )


def emr_summary(task: TaskPlan) -> str:
    """Say what a task runs on."""
    config = emr(task)
    return f"EMR Serverless {config.release}, {config.driver_cpu} CPU, {config.driver_memory_mib} MiB, at most {config.timeout_s} s"
