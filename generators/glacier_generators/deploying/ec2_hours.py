"""What an hour of a machine of EC2 costs, whoever starts it: at the price of its type, with its disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from glacier_generators.deploying.billed import HOURS_A_MONTH, MIB_PER_GB
from glacier_generators.deploying.prices import Prices
from glacier_runtime.config.instance_types import ec2_size

__all__ = ["price_of_hour", "types_without_price"]


def price_of_hour(instance_type: str, disk_gib: float, prices: Prices) -> float | None:
    """Return what an hour of a machine costs; None if nobody says what its type does.

    Args:
        instance_type: The type. What is said of it counts before what its family asks for its size.
        disk_gib: The size of its disk.
        prices: The prices.
    """
    of_type = _price_of_type(instance_type, prices)
    disk = disk_gib * prices.use["disk_gb_month"].price / HOURS_A_MONTH
    return None if of_type is None else of_type + disk


def types_without_price(types: Mapping[str, str], prices: Prices) -> Iterator[str]:
    """Yield, for each task on a type that has no price, a sentence that says so.

    Args:
        types: The type of each task's machine.
        prices: The prices.
    """
    for task, kind in sorted(types.items()):
        if _price_of_type(kind, prices) is None:
            yield f'the machine of {task}: no price is known of {kind}; --costs can say it: use."{_name(kind)}"'


def _price_of_type(instance_type: str, prices: Prices) -> float | None:
    if own := prices.use.get(_name(instance_type)):
        return own.price
    family = instance_type.partition(".")[0]
    size, price = ec2_size(instance_type), prices.use.get(f"ec2_{family}_gb_hour")
    return None if size is None or price is None else price.price * size.memory_mib / MIB_PER_GB


def _name(instance_type: str) -> str:
    return f"ec2_{instance_type}_hour"
