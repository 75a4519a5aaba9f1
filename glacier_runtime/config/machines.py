"""Configuration of virtual machines, which every cloud describes in its own words."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field

from glacier_runtime.config.models import ResourceConfig
from glacier_runtime.config.specs import PartitionsAtOnce, Spec

__all__ = ["AzureVmConfig", "ComputeEngineConfig", "EC2Config", "MachineConfig", "VmSpec"]


class EC2Config(ResourceConfig):
    """A machine of Amazon EC2.

    Args:
        instance_type: Its type, such as `t3.large`.
        ami: Its image, `ami-…`, which has to run ECS's agent; None takes the newest Amazon Linux 2023 made for that.
        security_group: The group that it is put into, `sg-…`, in a network of yours; None takes those of the network, and of one
            that is made here a group that lets nothing in.
        cpu: Processors that the task takes; None takes all of the machine, where its type is known.
        memory_mib: Memory that the task takes; None takes what the system leaves of the machine's, where its type is known.
        timeout_s: Seconds after which the task is stopped, up to 604,800 (a week); None takes an hour.
        disk_gib: Size of its disk, 30 to 16,384; None takes 30.
        spot: Whether it is one that EC2 may take back at any moment, and costs less.
        partitions_at_once: How many partitions of a task one run makes at once, 1 to 40; None for 10.

    Raises:
        pydantic.ValidationError: If a value breaks its pattern.

    Example:
        >>> EC2Config(instance_type="r6i.4xlarge", timeout_s=7200, spot=True).cloud
        'aws'
    """

    cloud: ClassVar[str | None] = "aws"

    type: Literal["aws.ec2"] = "aws.ec2"
    instance_type: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*\.[a-z0-9-]+$")]
    ami: Annotated[str, Field(pattern=r"^ami-[0-9a-f]{1,17}$")] | None = None
    security_group: Annotated[str, Field(pattern=r"^sg-[0-9a-f]{1,17}$")] | None = None
    cpu: Annotated[int, Field(ge=1, le=1920)] | None = None
    memory_mib: Annotated[int, Field(ge=128, le=33_554_432)] | None = None
    timeout_s: Annotated[int, Field(ge=1, le=604_800)] | None = None
    disk_gib: Annotated[int, Field(ge=30, le=16_384)] | None = None
    spot: bool = False
    partitions_at_once: PartitionsAtOnce | None = None


class ComputeEngineConfig(ResourceConfig):
    """A machine of Google Compute Engine.

    Args:
        machine_type: Its type, such as `e2-standard-4`.
        image: Its image or image family, such as `debian-cloud/debian-12`; None takes the newest Debian.
        zone: The zone it stands in, such as `europe-west1-b`; None takes one of its provider's region.

    Raises:
        pydantic.ValidationError: If a value breaks its pattern.

    Example:
        >>> ComputeEngineConfig(machine_type="e2-standard-4").cloud
        'gcp'
    """

    cloud: ClassVar[str | None] = "gcp"

    type: Literal["gcp.compute_engine"] = "gcp.compute_engine"
    machine_type: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)+$")]
    image: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9/._-]*$", max_length=300)] | None = None
    zone: Annotated[str, Field(pattern=r"^[a-z]+-[a-z]+[0-9]+-[a-z]$")] | None = None


class AzureVmConfig(ResourceConfig):
    """A virtual machine of Azure.

    Args:
        size: Its size, such as `Standard_D4s_v5`.
        image: Its image, `publisher:offer:sku:version`; None takes the newest Ubuntu LTS.

    Raises:
        pydantic.ValidationError: If a value breaks its pattern.

    Example:
        >>> AzureVmConfig(size="Standard_D4s_v5").cloud
        'azure'
    """

    cloud: ClassVar[str | None] = "azure"

    type: Literal["azure.vm"] = "azure.vm"
    size: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9]*(_[A-Za-z0-9-]+)+$")]
    image: Annotated[str, Field(pattern=r"^[\w.-]+(:[\w.-]+){3}$")] | None = None


MachineConfig = EC2Config | ComputeEngineConfig | AzureVmConfig


class VmSpec(Spec):
    """A virtual machine; on a laptop its tasks run in the local process.

    Args:
        timeout_s: Seconds after which the task is stopped.
        config: What its cloud has to be told: a type of machine at least.
    """

    takes: ClassVar[tuple[type[ResourceConfig], ...]] = get_args(MachineConfig)
    needs_config: ClassVar[bool] = True

    kind: Literal["vm"] = "vm"
    timeout_s: Annotated[int, Field(ge=1)] = 3600
    config: Annotated[MachineConfig, Field(discriminator="type")] | None = None
