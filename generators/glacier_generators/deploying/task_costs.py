"""What runs of tasks cost: each kind of compute says what its tasks are billed by, and one sum is made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from glacier_generators.deploying.billed import Billed
from glacier_generators.deploying.container_costs import billed_containers
from glacier_generators.deploying.databricks_costs import billed_runs_of_databricks
from glacier_generators.deploying.driver_costs import billed_drivers
from glacier_generators.deploying.function_costs import billed_functions
from glacier_generators.deploying.machine_costs import billed_machines
from glacier_generators.deploying.plan_reading import Resource
from glacier_generators.deploying.prices import Assumptions, Prices
from glacier_runtime.manifest import Manifest

__all__ = ["task_costs"]

_Finder: TypeAlias = Callable[[Sequence[Resource], Manifest, Prices], Iterator[Billed]]

# A new kind is a module and one line here.
_KINDS: Final[Mapping[str, _Finder]] = {
    "functions": billed_functions,
    "containers": billed_containers,
    "drivers on EMR Serverless": billed_drivers,
    "machines": billed_machines,
    "machines of Databricks, without what it asks itself": billed_runs_of_databricks,
}


def task_costs(
    resources: Sequence[Resource], manifest: Manifest, prices: Prices
) -> Iterator[tuple[str, float, float]]:
    """Yield what one run of the pipeline costs in tasks: of each kind, at least and at most.

    Args:
        resources: All resources, as they will be.
        manifest: The pipeline.
        prices: The prices, and how long tasks take.
    """
    for what, find in _KINDS.items():
        low = high = 0.0
        for billed in find(resources, manifest, prices):
            least, most = _seconds(billed, prices.assumptions)
            low, high = low + billed.price(least), high + billed.price(most)
        yield what, low, high


def _seconds(billed: Billed, assumed: Assumptions) -> tuple[float, float]:
    """Return how long a task takes, which never is longer than it may."""
    given = assumed.seconds_of_task.get(billed.task) or assumed.task_seconds
    limit = billed.limit_s
    return min(given[0], limit), min(given[1], limit) if len(given) > 1 else limit
