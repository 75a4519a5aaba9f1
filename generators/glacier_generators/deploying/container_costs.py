"""What containers cost: by the hour, for processors, memory, and the disk beyond what is free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from glacier_generators.deploying.billed import MIB_PER_GB, Billed, time_limits
from glacier_generators.deploying.plan_reading import Resource, task_of
from glacier_generators.deploying.prices import Prices
from glacier_runtime.manifest import Manifest

__all__ = ["billed_containers"]

_UNITS_A_CPU: Final = 1024
_FREE_GIB: Final = 20


def billed_containers(
    resources: Iterable[Resource], manifest: Manifest, prices: Prices
) -> Iterator[Billed]:
    """Yield what each container is billed by.

    Args:
        resources: All resources, as they will be.
        manifest: The pipeline, for how long each task may take.
        prices: The prices.
    """
    limits = time_limits(manifest)
    for definition in resources:
        if definition.kind == "aws_ecs_task_definition":
            task = task_of(definition)
            yield Billed(task, limits.get(task, 0.0), _price_of_hour(definition, prices))


def _price_of_hour(definition: Resource, prices: Prices) -> float:
    """Return what an hour of a container costs.

    Args:
        definition: Its task definition, whose numbers Terraform writes as text.
        prices: The prices.
    """
    values = definition.values
    arm = "_arm64" if "ARM64" in str(values.get("runtime_platform")) else ""
    cpus = float(values.get("cpu") or 0) / _UNITS_A_CPU
    gigabytes = float(values.get("memory") or 0) / MIB_PER_GB
    disks = values.get("ephemeral_storage") or ()
    beyond = sum(max(0.0, float(disk["size_in_gib"]) - _FREE_GIB) for disk in disks)
    use = prices.use
    return (
        cpus * use[f"fargate_cpu_hour{arm}"].price
        + gigabytes * use[f"fargate_gb_hour{arm}"].price
        + beyond * use["fargate_disk_gb_hour"].price
    )
