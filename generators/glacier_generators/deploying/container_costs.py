"""What containers cost, and drivers on EMR Serverless: the time of each, and the endpoints of the network that they stand in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from glacier_generators.deploying.plan_reading import Resource
from glacier_generators.deploying.prices import Prices
from glacier_runtime.config.clusters import EmrConfig

__all__ = ["endpoint_hours", "price_of_driver", "price_of_hour", "price_of_run"]

_UNITS_A_CPU: Final = 1024
_MIB_PER_GB: Final = 1024
_SHORTEST_S: Final = 60.0  # what a container is billed for at least
_FREE_GIB: Final = 20
_HOUR_S: Final = 3600.0
_HOURS_A_MONTH: Final = 365.25 * 24 / 12


def price_of_run(definition: Resource, seconds: float, prices: Prices) -> float:
    """Return what one run of a container costs.

    Args:
        definition: Its task definition.
        seconds: How long it runs, until it has ended.
        prices: The prices.
    """
    hours = max(seconds, _SHORTEST_S) / _HOUR_S
    return hours * price_of_hour(definition, prices)


def price_of_hour(definition: Resource, prices: Prices) -> float:
    """Return what an hour of a container costs: its processors, its memory, and the disk beyond what is free.

    Args:
        definition: Its task definition, whose numbers Terraform writes as text.
        prices: The prices.
    """
    values = definition.values
    arm = "_arm64" if "ARM64" in str(values.get("runtime_platform")) else ""
    cpus = float(values.get("cpu") or 0) / _UNITS_A_CPU
    gigabytes = float(values.get("memory") or 0) / _MIB_PER_GB
    disks = values.get("ephemeral_storage") or ()
    beyond = sum(max(0.0, float(disk["size_in_gib"]) - _FREE_GIB) for disk in disks)
    use = prices.use
    return (
        cpus * use[f"fargate_cpu_hour{arm}"].price
        + gigabytes * use[f"fargate_gb_hour{arm}"].price
        + beyond * use["fargate_disk_gb_hour"].price
    )


def price_of_driver(config: EmrConfig, seconds: float, prices: Prices) -> float:
    """Return what one run of a driver on EMR Serverless costs; its disk is no larger than what is free.

    Args:
        config: What the task asks for.
        seconds: How long it runs, until it has ended.
        prices: The prices.
    """
    arm = "_arm64" if config.architecture == "ARM64" else ""
    use = prices.use
    hour = config.driver_cpu * use[f"emr_cpu_hour{arm}"].price
    hour += config.driver_memory_mib / _MIB_PER_GB * use[f"emr_gb_hour{arm}"].price
    return max(seconds, _SHORTEST_S) / _HOUR_S * hour


def endpoint_hours(resources: Iterable[Resource]) -> tuple[int, float]:
    """Return how many interface endpoints there are, and their hours in a month: each counts in each of its subnets.

    Before subnets are made, their ids are not known: then each endpoint has one in every subnet of its module.
    """
    found = tuple(resources)
    subnets = Counter(_module(it.address) for it in found if it.kind == "aws_subnet")
    endpoints = [
        it
        for it in found
        if it.kind == "aws_vpc_endpoint" and it.values.get("vpc_endpoint_type") == "Interface"
    ]
    zones = (
        len(it.values.get("subnet_ids") or ()) or subnets[_module(it.address)] for it in endpoints
    )
    return len(endpoints), sum(zones) * _HOURS_A_MONTH


def _module(address: str) -> str:
    return address.partition(".aws_")[0]
