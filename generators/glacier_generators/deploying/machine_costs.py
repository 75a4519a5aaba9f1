"""What machines of EC2 cost: each by the hour in which a task has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from glacier_generators.deploying.billed import Billed, configs_of, time_limits
from glacier_generators.deploying.ec2_hours import price_of_hour, types_without_price
from glacier_generators.deploying.plan_reading import Resource, task_of
from glacier_generators.deploying.prices import Prices
from glacier_runtime.config.machines import EC2Config
from glacier_runtime.manifest import Manifest

__all__ = ["billed_machines", "unsaid_of_machines"]

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
    configs = configs_of(manifest, EC2Config)
    for task in (task_of(it) for it in resources if it.kind == "aws_batch_job_definition"):
        if (config := configs.get(task)) is not None:
            hour = price_of_hour(config.instance_type, config.disk_gib or _DISK_GIB, prices)
            if hour is not None:
                yield Billed(task, limits[task], hour)


def unsaid_of_machines(manifest: Manifest, prices: Prices) -> Iterator[str]:
    """Yield what cannot be said of the machines of a pipeline.

    Args:
        manifest: The pipeline.
        prices: The prices.
    """
    found = configs_of(manifest, EC2Config)
    types = {task: config.instance_type for task, config in found.items()}
    yield from types_without_price(types, prices)
    if any(config.spot for config in found.values()):
        yield "what spot machines cost less than others: they count as others"
    if found:
        yield "the time that machines take to start, to fetch images, and to end once no task waits"
