"""What runs of Databricks cost in AWS: the machine of each, as any other of its type. What Databricks itself asks is on no page of AWS's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from glacier_generators.deploying.billed import Billed, configs_of
from glacier_generators.deploying.ec2_hours import price_of_hour, types_without_price
from glacier_generators.deploying.plan_reading import Resource
from glacier_generators.deploying.prices import Prices
from glacier_runtime.config.clusters import DatabricksConfig
from glacier_runtime.manifest import Manifest

__all__ = ["billed_runs_of_databricks", "unsaid_of_databricks"]

_UNKNOWN: Final = (
    "what Databricks asks for its runs (DBU, by its own contract), the time that its machines take to start and to end, and "
    "the network of the workspace"
)


def billed_runs_of_databricks(
    _resources: Iterable[Resource], manifest: Manifest, prices: Prices
) -> Iterator[Billed]:
    """Yield what the machine of each run is billed by, of those whose type has a price: no resource is one.

    Args:
        manifest: The pipeline, for what tasks ask for.
        prices: The prices.
    """
    for task, config in configs_of(manifest, DatabricksConfig).items():
        hour = price_of_hour(config.instance_type or "", config.disk_gib, prices)
        if hour is not None:
            yield Billed(task, float(config.timeout_s), hour)


def unsaid_of_databricks(manifest: Manifest, prices: Prices) -> Iterator[str]:
    """Yield what cannot be said of the runs of a pipeline.

    Args:
        manifest: The pipeline.
        prices: The prices.
    """
    found = configs_of(manifest, DatabricksConfig)
    types = {task: config.instance_type or "" for task, config in found.items()}
    yield from types_without_price(types, prices)
    if found:
        yield _UNKNOWN
