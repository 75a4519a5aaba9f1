"""What drivers on EMR Serverless cost: by the hour; their disk is no larger than what is free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from glacier_generators.deploying.billed import MIB_PER_GB, Billed, configs_of
from glacier_generators.deploying.plan_reading import Resource
from glacier_generators.deploying.prices import Prices
from glacier_runtime.config.clusters import EmrConfig
from glacier_runtime.manifest import Manifest

__all__ = ["billed_drivers"]


def billed_drivers(
    _resources: Iterable[Resource], manifest: Manifest, prices: Prices
) -> Iterator[Billed]:
    """Yield what each driver is billed by: no resource is one.

    Args:
        manifest: The pipeline, for what tasks ask for.
        prices: The prices.
    """
    for task, config in configs_of(manifest, EmrConfig).items():
        yield Billed(task, float(config.timeout_s), _price_of_hour(config, prices))


def _price_of_hour(config: EmrConfig, prices: Prices) -> float:
    arm = "_arm64" if config.architecture == "ARM64" else ""
    cpus = config.driver_cpu * prices.use[f"emr_cpu_hour{arm}"].price
    return cpus + config.driver_memory_mib / MIB_PER_GB * prices.use[f"emr_gb_hour{arm}"].price
