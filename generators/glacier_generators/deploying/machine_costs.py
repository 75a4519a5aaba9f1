"""What machines of EC2 cost: each by the hour in which a task has it, with its disk, at the price of its type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from glacier_generators.deploying.prices import Prices
from glacier_runtime.config.instance_types import ec2_size
from glacier_runtime.config.machines import EC2Config
from glacier_runtime.manifest import Manifest

__all__ = ["machines_of", "price_of_machine", "unsaid_of_machines"]

_MIB_PER_GB: Final = 1024
_SHORTEST_S: Final = 60.0  # what a machine is billed for at least
_HOUR_S: Final = 3600.0
_HOURS_A_MONTH: Final = 365.25 * 24 / 12
_DISK_GIB: Final = 30  # modules/batch_machine


def machines_of(manifest: Manifest) -> Mapping[str, EC2Config]:
    """Return which machine each task has, of tasks that have one.

    Args:
        manifest: The pipeline.
    """
    configs = ((task.name, getattr(task.compute, "config", None)) for task in manifest.tasks)
    return {name: config for name, config in configs if isinstance(config, EC2Config)}


def price_of_machine(config: EC2Config, seconds: float, prices: Prices) -> float | None:
    """Return what a machine costs while a task has it; None if nobody said what its type costs.

    Args:
        config: The machine.
        seconds: How long.
        prices: The prices.
    """
    hour = _price_of_hour(config, prices)
    if hour is None:
        return None
    disk = (config.disk_gib or _DISK_GIB) * prices.use["disk_gb_month"].price / _HOURS_A_MONTH
    return max(seconds, _SHORTEST_S) / _HOUR_S * (hour + disk)


def unsaid_of_machines(manifest: Manifest, prices: Prices) -> Iterator[str]:
    """Yield what cannot be said of the machines of a pipeline.

    Args:
        manifest: The pipeline.
        prices: The prices.
    """
    found = machines_of(manifest)
    for task, config in sorted(found.items()):
        if price_of_machine(config, 0.0, prices) is None:
            kind = config.instance_type
            yield f'the machine of {task}: no price is known of {kind}; --costs can say it: use."{_name(config)}"'
    if any(config.spot for config in found.values()):
        yield "what spot machines cost less than others: they count as others"
    if found:
        yield "the time that machines take to start, to fetch images, and to end once no task waits"


def _price_of_hour(config: EC2Config, prices: Prices) -> float | None:
    """Return what the type costs, if somebody says that; otherwise what its family asks for its size."""
    if own := prices.use.get(_name(config)):
        return own.price
    family = config.instance_type.partition(".")[0]
    size, price = ec2_size(config.instance_type), prices.use.get(f"ec2_{family}_gb_hour")
    return None if size is None or price is None else price.price * size.memory_mib / _MIB_PER_GB


def _name(config: EC2Config) -> str:
    return f"ec2_{config.instance_type}_hour"
