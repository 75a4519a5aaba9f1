"""What one run of a task is billed by: the same few numbers, whatever it runs on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from glacier_runtime.manifest import Manifest

__all__ = [
    "HOURS_A_MONTH",
    "HOUR_S",
    "MIB_PER_GB",
    "SHORTEST_S",
    "Billed",
    "configs_of",
    "time_limits",
]

_Config = TypeVar("_Config")

HOUR_S: Final = 3600.0
HOURS_A_MONTH: Final = 365.25 * 24 / 12
MIB_PER_GB: Final = 1024
SHORTEST_S: Final = 60.0  # what containers, drivers and machines are billed for at least


@dataclass(frozen=True, slots=True)
class Billed:
    """What a run of a task is billed by, in US dollars.

    Attributes:
        task: The task.
        limit_s: How long it may take at most.
        hour: What an hour costs.
        start: What it costs to start it.
        shortest_s: How long it counts at least.
    """

    task: str
    limit_s: float
    hour: float
    start: float = 0.0
    shortest_s: float = SHORTEST_S

    def price(self, seconds: float) -> float:
        """Return what a run costs that takes so long.

        Example:
            >>> Billed("clean", limit_s=300, hour=0.06).price(1800)
            0.03
        """
        return self.start + max(seconds, self.shortest_s) / HOUR_S * self.hour


def time_limits(manifest: Manifest) -> Mapping[str, float]:
    """Return how long each task may take, in seconds."""
    return {task.name: float(getattr(task.compute, "timeout_s", 0)) for task in manifest.tasks}


def configs_of(manifest: Manifest, kind: type[_Config]) -> Mapping[str, _Config]:
    """Return what tasks that run on one kind of resource ask of it, by the name of the task.

    Args:
        manifest: The pipeline.
        kind: The kind, such as `EC2Config`.
    """
    configs = ((task.name, getattr(task.compute, "config", None)) for task in manifest.tasks)
    return {name: config for name, config in configs if isinstance(config, kind)}
