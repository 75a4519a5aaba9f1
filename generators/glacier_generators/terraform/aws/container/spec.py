"""What a task asks of its container, as the pipeline says it."""

from __future__ import annotations

import re
from typing import Final

from glacier_generators.plan.model import TaskPlan
from glacier_runtime.config.compute import ContainerSpec
from glacier_runtime.config.containers import FargateConfig

__all__ = ["container_spec", "cpu_units", "fargate", "may_come_from_ecr"]

_UNITS_A_CPU: Final = 1024
_ECR: Final = re.compile(r"[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/.*")


def container_spec(task: TaskPlan) -> ContainerSpec:
    """Return what a task that runs in a container asks for."""
    spec = task.entry.compute
    assert isinstance(spec, ContainerSpec)
    return spec


def fargate(task: TaskPlan) -> FargateConfig | None:
    """Return what Fargate is told beyond that, if it is."""
    config = container_spec(task).config
    return config if isinstance(config, FargateConfig) else None


def cpu_units(task: TaskPlan) -> int:
    """Return processors in units of ECS."""
    return round(container_spec(task).cpu * _UNITS_A_CPU)


def may_come_from_ecr(task: TaskPlan) -> bool:
    """Say whether the image is, or will be, in a private registry of ECR."""
    image = container_spec(task).image
    return image is None or _ECR.fullmatch(image) is not None
