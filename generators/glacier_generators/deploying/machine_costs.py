"""What machines of EC2 cost: each by the hour in which a task has it, with its disk, at the price of its type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from glacier_generators.deploying.billed import HOURS_A_MONTH, MIB_PER_GB, Billed, time_limits
from glacier_generators.deploying.plan_reading import Resource, task_of
from glacier_generators.deploying.prices import Prices
from glacier_runtime.config.instance_types import ec2_size
from glacier_runtime.config.machines import EC2Config
from glacier_runtime.manifest import Manifest

__all__ = ["billed_machines", "price_of_hour", "unsaid_of_machines"]

_DISK_GIB: Final = 30  # modules/batch_machine


def billed_machines(
    resources: Iterable[Resource], manifest: Manifest, prices: Prices
) -> Iterator[Billed]:
    """Yield what each machine is billed by, of those whose type has a price.

    Args:
        resources: All resources, as they will be.
        manifest: The pipeline, for what tasks ask for.
        prices: The prices.
    """
    limits = time_limits(manifest)
    configs = _machines(manifest)
    for task in (task_of(it) for it in resources if it.kind == "aws_batch_job_definition"):
        if (config := configs.get(task)) and (
            hour := price_of_hour(config.instance_type, prices)
        ) is not None:
            disk = (config.disk_gib or _DISK_GIB) * prices.use["disk_gb_month"].price
            yield Billed(task, limits[task], hour + disk / HOURS_A_MONTH)


def unsaid_of_machines(manifest: Manifest, prices: Prices) -> Iterator[str]:
    """Yield what cannot be said of the machines of a pipeline.

    Args:
        manifest: The pipeline.
        prices: The prices.
    """
    found = _machines(manifest)
    for task, config in sorted(found.items()):
        kind = config.instance_type
        if price_of_hour(kind, prices) is None:
            yield f'the machine of {task}: no price is known of {kind}; --costs can say it: use."{_name(kind)}"'
    if any(config.spot for config in found.values()):
        yield "what spot machines cost less than others: they count as others"
    if found:
        yield "the time that machines take to start, to fetch images, and to end once no task waits"


def _machines(manifest: Manifest) -> Mapping[str, EC2Config]:
    """Return which machine each task has, of tasks that have one."""
    configs = ((task.name, getattr(task.compute, "config", None)) for task in manifest.tasks)
    return {name: config for name, config in configs if isinstance(config, EC2Config)}


def price_of_hour(instance_type: str, prices: Prices) -> float | None:
    """Return what an hour of a type costs, if somebody says that; otherwise what its family asks for its size; None if nobody says it.

    Args:
        instance_type: The type.
        prices: The prices.
    """
    if own := prices.use.get(_name(instance_type)):
        return own.price
    family = instance_type.partition(".")[0]
    size, price = ec2_size(instance_type), prices.use.get(f"ec2_{family}_gb_hour")
    return None if size is None or price is None else price.price * size.memory_mib / MIB_PER_GB


def _name(instance_type: str) -> str:
    return f"ec2_{instance_type}_hour"
