"""What a network costs that tasks stand in: its endpoints, by the hour, whether anything runs or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from glacier_generators.deploying.billed import HOURS_A_MONTH
from glacier_generators.deploying.plan_reading import Resource

__all__ = ["endpoint_hours"]


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
    return len(endpoints), sum(zones) * HOURS_A_MONTH


def _module(address: str) -> str:
    return address.partition(".aws_")[0]
