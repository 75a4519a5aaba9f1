"""Configuration of containers: neutral, and what one cloud's service offers beyond it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, get_args

from pydantic import Field

from glacier_runtime.config.models import ResourceConfig
from glacier_runtime.config.specs import PartitionsAtOnce, Spec

__all__ = [
    "AnyContainerConfig",
    "CloudRunJobConfig",
    "ContainerAppsJobConfig",
    "ContainerConfig",
    "ContainerSpec",
    "FargateConfig",
    "ImageAddress",
]

ImageAddress = Annotated[
    str,
    Field(
        min_length=1,
        max_length=500,
        pattern=r"^[a-z0-9][A-Za-z0-9._/:-]*(@sha256:[0-9a-f]{64})?$",
    ),
]
_Cpu = Annotated[float, Field(gt=0, le=192)]
_MemoryMib = Annotated[int, Field(ge=128, le=2_000_000)]
_TimeoutS = Annotated[int, Field(ge=1, le=604_800)]


class _Container(ResourceConfig):
    image: ImageAddress | None = None
    cpu: _Cpu | None = None
    memory_mib: _MemoryMib | None = None
    timeout_s: _TimeoutS | None = None


class ContainerConfig(_Container):
    """A container in any cloud; `memory` and `timeout` are accepted without their units too.

    Args:
        image: The image's address; None takes the one that is built from the project.
        cpu: Processors, up to 192.
        memory_mib: Memory in MiB, from 128.
        timeout_s: Seconds after which it is stopped, up to 604,800 (a week).

    Raises:
        pydantic.ValidationError: If a value breaks its pattern or range, or is given in both spellings.

    Example:
        >>> ContainerConfig(image="analytics:latest", cpu=4, memory=8192).memory_mib
        8192
    """

    spellings: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"memory": "memory_mib", "timeout": "timeout_s"}
    )

    type: Literal["container"] = "container"

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            image: str | None = None,
            cpu: float | None = None,
            memory_mib: int | None = None,
            memory: int | None = None,
            timeout_s: int | None = None,
            timeout: int | None = None,
        ) -> None: ...


class FargateConfig(_Container):
    """A task of Amazon ECS on Fargate.

    Args:
        image: The image's address; None leaves it to `Provider.container(image=)`.
        cpu: Processors: 0.25, 0.5, 1, 2, 4, 8 or 16; None leaves it to `Provider.container(cpu=)`.
        memory_mib: Memory in MiB, 512 to 122,880; which values there are depends on `cpu`.
        timeout_s: Seconds after which it is stopped, up to 604,800 (a week).
        ephemeral_storage_gib: Size of its disk in GiB, 21 to 200; None takes the 20 that are free.
        architecture: Its processors: `X86_64` or `ARM64`.
        partitions_at_once: How many partitions of a task one run makes at once, 1 to 40; None for 10.

    Raises:
        pydantic.ValidationError: If a value breaks its pattern or range.

    Example:
        >>> FargateConfig(cpu=4, memory_mib=8192, architecture="ARM64").cloud
        'aws'
    """

    cloud: ClassVar[str | None] = "aws"

    type: Literal["aws.fargate"] = "aws.fargate"
    ephemeral_storage_gib: Annotated[int, Field(ge=21, le=200)] | None = None
    architecture: Literal["X86_64", "ARM64"] = "X86_64"
    partitions_at_once: PartitionsAtOnce | None = None


class CloudRunJobConfig(_Container):
    """A job of Google Cloud Run.

    Args:
        image: The image's address; None leaves it to `Provider.container(image=)`.
        cpu: Processors: 1, 2, 4, 6 or 8; None leaves it to `Provider.container(cpu=)`.
        memory_mib: Memory in MiB, 512 to 32,768.
        timeout_s: Seconds after which it is stopped, up to 604,800 (a week).

    Raises:
        pydantic.ValidationError: If a value breaks its pattern or range.

    Example:
        >>> CloudRunJobConfig(cpu=8, memory_mib=32768).cloud
        'gcp'
    """

    cloud: ClassVar[str | None] = "gcp"

    type: Literal["gcp.cloud_run_job"] = "gcp.cloud_run_job"


class ContainerAppsJobConfig(_Container):
    """A job of Azure Container Apps, on the consumption plan.

    Args:
        image: The image's address; None leaves it to `Provider.container(image=)`.
        cpu: Processors: 0.25 to 4 in steps of 0.25; None leaves it to `Provider.container(cpu=)`.
        memory_mib: Memory in MiB: 2,048 for each processor.
        timeout_s: Seconds after which it is stopped, up to 604,800 (a week).

    Raises:
        pydantic.ValidationError: If a value breaks its pattern or range.

    Example:
        >>> ContainerAppsJobConfig(cpu=2, memory_mib=4096).cloud
        'azure'
    """

    cloud: ClassVar[str | None] = "azure"

    type: Literal["azure.container_apps_job"] = "azure.container_apps_job"


AnyContainerConfig = ContainerConfig | FargateConfig | CloudRunJobConfig | ContainerAppsJobConfig


class ContainerSpec(Spec):
    """A container that a cloud starts for each task; on a laptop the task runs in the local process.

    Args:
        image: The image's address; None takes the one that is built from the project.
        cpu: Processors.
        memory_mib: Memory, in MiB.
        timeout_s: Seconds after which the cloud stops it.
        config: What only its cloud has.
    """

    takes: ClassVar[tuple[type[ResourceConfig], ...]] = get_args(AnyContainerConfig)

    kind: Literal["container"] = "container"
    image: ImageAddress | None = None
    cpu: Annotated[float, Field(gt=0)] = 1.0
    memory_mib: Annotated[int, Field(ge=128)] = 2048
    timeout_s: Annotated[int, Field(ge=1)] = 3600
    config: Annotated[AnyContainerConfig, Field(discriminator="type")] | None = None
