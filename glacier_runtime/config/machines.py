"""Configuration of virtual machines, which every cloud describes in its own words."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field

from glacier_runtime.config.models import ResourceConfig
from glacier_runtime.config.specs import Spec

__all__ = ["AzureVmConfig", "ComputeEngineConfig", "EC2Config", "MachineConfig", "VmSpec"]


class EC2Config(ResourceConfig):
    """A machine of Amazon EC2.

    Args:
        instance_type: Its type, such as `t3.large`.
        ami: Its image, `ami-…`; None takes the newest Amazon Linux 2023.
        security_group: The group that it is put into, `sg-…`; None makes one that lets nothing in.

    Raises:
        pydantic.ValidationError: If a value breaks its pattern.

    Example:
        >>> EC2Config(instance_type="t3.large", ami="ami-12345").cloud
        'aws'
    """

    cloud: ClassVar[str | None] = "aws"

    type: Literal["aws.ec2"] = "aws.ec2"
    instance_type: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*\.[a-z0-9-]+$")]
    ami: Annotated[str, Field(pattern=r"^ami-[0-9a-f]{1,17}$")] | None = None
    security_group: Annotated[str, Field(pattern=r"^sg-[0-9a-f]{1,17}$")] | None = None


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
        config: What its cloud has to be told: a type of machine at least.
    """

    takes: ClassVar[tuple[type[ResourceConfig], ...]] = get_args(MachineConfig)
    needs_config: ClassVar[bool] = True

    kind: Literal["vm"] = "vm"
    config: Annotated[MachineConfig, Field(discriminator="type")] | None = None
