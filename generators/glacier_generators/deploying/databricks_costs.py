"""What runs of Databricks cost in AWS: the machine of each, as any other of its type. What Databricks itself asks is on no page of AWS's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from glacier_generators.deploying.billed import HOURS_A_MONTH, Billed
from glacier_generators.deploying.machine_costs import price_of_hour
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
    for task, config in _runs(manifest):
        if (hour := price_of_hour(config.instance_type or "", prices)) is not None:
            disk = config.disk_gib * prices.use["disk_gb_month"].price
            yield Billed(task, float(config.timeout_s), hour + disk / HOURS_A_MONTH)


def unsaid_of_databricks(manifest: Manifest, prices: Prices) -> Iterator[str]:
    """Yield what cannot be said of the runs of a pipeline.

    Args:
        manifest: The pipeline.
        prices: The prices.
    """
    found = sorted(_runs(manifest), key=lambda run: run[0])
    for task, config in found:
        kind = config.instance_type or ""
        if price_of_hour(kind, prices) is None:
            yield f'the machine of {task}: no price is known of {kind}; --costs can say it: use."ec2_{kind}_hour"'
    if found:
        yield _UNKNOWN


def _runs(manifest: Manifest) -> Iterator[tuple[str, DatabricksConfig]]:
    for task in manifest.tasks:
        config = getattr(task.compute, "config", None)
        if isinstance(config, DatabricksConfig):
            yield task.name, config
