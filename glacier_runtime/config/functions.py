"""Configuration of serverless functions: what one cloud's service offers beyond memory and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal, Self, get_args

from pydantic import Field, model_validator

from glacier_runtime.config.models import ResourceConfig
from glacier_runtime.config.specs import PartitionsAtOnce, Spec

__all__ = [
    "AzureFunctionConfig",
    "CloudFunctionConfig",
    "FunctionConfig",
    "LambdaConfig",
    "ServerlessSpec",
]

_Runtime = Annotated[str, Field(pattern=r"^python3\.[0-9]{1,2}$")]
_LayerArn = Annotated[
    str, Field(pattern=r"^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:layer:[A-Za-z0-9_-]+:[0-9]+$")
]
_CONSUMPTION_MAX_MEMORY_MIB: Final = 1536
_CONSUMPTION_MAX_TIMEOUT_S: Final = 600
_SHORT: Final = {"memory": "memory_mib", "timeout": "timeout_s"}


class LambdaConfig(ResourceConfig):
    """A function of AWS Lambda; `memory`, `timeout` and `ephemeral_storage` are accepted without their units too.

    Args:
        memory_mib: Memory in MiB, 128 to 10,240; None leaves it to `Provider.serverless(memory_mib=)`.
        timeout_s: Seconds after which it is stopped, 1 to 900; None leaves it to `Provider.serverless(timeout_s=)`.
        runtime: The Python of the function, such as `python3.12`; None takes the one that the project is built for.
        layers: Layers by ARN with their version, up to 5.
        ephemeral_storage_mib: Size of `/tmp` in MiB, 512 to 10,240.
        partitions_at_once: How many partitions of a task one run makes at once, 1 to 40; None for 10.

    Raises:
        pydantic.ValidationError: If a value breaks its pattern or range, or is given in both spellings.

    Example:
        >>> LambdaConfig(memory=1024) == LambdaConfig(memory_mib=1024)
        True
    """

    cloud: ClassVar[str | None] = "aws"
    spellings: ClassVar[Mapping[str, str]] = MappingProxyType(
        {**_SHORT, "ephemeral_storage": "ephemeral_storage_mib"}
    )

    type: Literal["aws.lambda"] = "aws.lambda"
    memory_mib: Annotated[int, Field(ge=128, le=10_240)] | None = None
    timeout_s: Annotated[int, Field(ge=1, le=900)] | None = None
    runtime: _Runtime | None = None
    layers: Annotated[tuple[_LayerArn, ...], Field(max_length=5)] = ()
    ephemeral_storage_mib: Annotated[int, Field(ge=512, le=10_240)] | None = None
    partitions_at_once: PartitionsAtOnce | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            memory_mib: int | None = None,
            memory: int | None = None,
            timeout_s: int | None = None,
            timeout: int | None = None,
            runtime: str | None = None,
            layers: Sequence[str] = (),
            ephemeral_storage_mib: int | None = None,
            ephemeral_storage: int | None = None,
            partitions_at_once: int | None = None,
        ) -> None: ...


class CloudFunctionConfig(ResourceConfig):
    """A Cloud Run function of Google Cloud; `memory` and `timeout` are accepted without their units too.

    Args:
        memory_mib: Memory in MiB, 128 to 32,768; None leaves it to `Provider.serverless(memory_mib=)`.
        timeout_s: Seconds after which it is stopped, 1 to 3,600; None leaves it to `Provider.serverless(timeout_s=)`.
        runtime: The Python of the function, such as `python3.12`; None takes the one that the project is built for.
        max_instances: How many may run at once, 1 to 1,000.

    Raises:
        pydantic.ValidationError: If a value breaks its pattern or range, or is given in both spellings.

    Example:
        >>> CloudFunctionConfig(memory=4096, timeout=1800).timeout_s
        1800
    """

    cloud: ClassVar[str | None] = "gcp"
    spellings: ClassVar[Mapping[str, str]] = MappingProxyType(_SHORT)

    type: Literal["gcp.cloud_function"] = "gcp.cloud_function"
    memory_mib: Annotated[int, Field(ge=128, le=32_768)] | None = None
    timeout_s: Annotated[int, Field(ge=1, le=3600)] | None = None
    runtime: _Runtime | None = None
    max_instances: Annotated[int, Field(ge=1, le=1000)] | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            memory_mib: int | None = None,
            memory: int | None = None,
            timeout_s: int | None = None,
            timeout: int | None = None,
            runtime: str | None = None,
            max_instances: int | None = None,
        ) -> None: ...


class AzureFunctionConfig(ResourceConfig):
    """A function of Azure Functions; `memory` and `timeout` are accepted without their units too.

    Args:
        plan: `consumption` (up to 1,536 MiB and 600 s) or `flex_consumption` (512, 2,048 or 4,096 MiB).
        memory_mib: Memory in MiB, 128 to 4,096; None leaves it to `Provider.serverless(memory_mib=)`.
        timeout_s: Seconds after which it is stopped, 1 to 86,400; None leaves it to `Provider.serverless(timeout_s=)`.
        runtime: The Python of the function, such as `python3.12`; None takes the one that the project is built for.

    Raises:
        pydantic.ValidationError: If a value breaks its pattern or range, is beyond its plan, or is given in both spellings.

    Example:
        >>> AzureFunctionConfig(plan="flex_consumption", memory=4096).memory_mib
        4096
    """

    cloud: ClassVar[str | None] = "azure"
    spellings: ClassVar[Mapping[str, str]] = MappingProxyType(_SHORT)

    type: Literal["azure.function"] = "azure.function"
    plan: Literal["consumption", "flex_consumption"] = "consumption"
    memory_mib: Annotated[int, Field(ge=128, le=4096)] | None = None
    timeout_s: Annotated[int, Field(ge=1, le=86_400)] | None = None
    runtime: _Runtime | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            plan: Literal["consumption", "flex_consumption"] = "consumption",
            memory_mib: int | None = None,
            memory: int | None = None,
            timeout_s: int | None = None,
            timeout: int | None = None,
            runtime: str | None = None,
        ) -> None: ...

    @model_validator(mode="after")
    def _within_plan(self) -> Self:
        if self.plan == "flex_consumption" and self.memory_mib not in {None, 512, 2048, 4096}:
            raise ValueError("plan='flex_consumption' has memory_mib 512, 2048 or 4096")
        if self.plan == "consumption" and (
            (self.memory_mib or 0) > _CONSUMPTION_MAX_MEMORY_MIB
            or (self.timeout_s or 0) > _CONSUMPTION_MAX_TIMEOUT_S
        ):
            raise ValueError(
                "plan='consumption' has memory_mib=1536 and timeout_s=600 at most; "
                "plan='flex_consumption' has more"
            )
        return self


FunctionConfig = LambdaConfig | CloudFunctionConfig | AzureFunctionConfig


class ServerlessSpec(Spec):
    """A function that a cloud starts on demand; on a laptop it runs in the local process.

    Args:
        memory_mib: Memory, in MiB.
        timeout_s: Seconds after which the cloud stops the function.
        config: What only its cloud has.
    """

    takes: ClassVar[tuple[type[ResourceConfig], ...]] = get_args(FunctionConfig)

    kind: Literal["serverless"] = "serverless"
    memory_mib: Annotated[int, Field(ge=128)] = 1024
    timeout_s: Annotated[int, Field(ge=1)] = 300
    config: Annotated[FunctionConfig, Field(discriminator="type")] | None = None
