"""What is asked of compute, from arguments as users write them: with or without units, with or without configurations.

Each kind is loaded where it is asked for: nobody pays for those that are not used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from glacier_runtime.config.specs import LocalSpec, Spec
from glacier_runtime.errors import Code, DefinitionError, Problem

if TYPE_CHECKING:
    from glacier_runtime.config.clusters import ClusterConfig, ClusterSpec
    from glacier_runtime.config.containers import AnyContainerConfig, ContainerSpec
    from glacier_runtime.config.functions import FunctionConfig, ServerlessSpec
    from glacier_runtime.config.machines import MachineConfig, VmSpec

__all__ = ["cluster_spec", "container_spec", "local_spec", "serverless_spec", "vm_spec"]

S = TypeVar("S", bound=Spec)


def local_spec(*, workers: int | None = None) -> LocalSpec:
    """Ask for the local process.

    Raises:
        DefinitionError: GLC107.
    """
    return _spec(LocalSpec, {"workers": workers})


def serverless_spec(
    *,
    memory_mib: int | None = None,
    timeout_s: int | None = None,
    memory: int | None = None,
    timeout: int | None = None,
    config: FunctionConfig | Sequence[FunctionConfig] | None = None,
) -> ServerlessSpec:
    """Ask for a function; None leaves a value to the configuration, or to the default.

    Raises:
        DefinitionError: GLC107.

    Example:
        >>> serverless_spec(memory=512).memory_mib
        512
    """
    from glacier_runtime.config.functions import ServerlessSpec  # noqa: PLC0415

    given = {
        "memory_mib": _one("serverless", "memory", memory_mib, memory),
        "timeout_s": _one("serverless", "timeout", timeout_s, timeout),
    }
    return _spec(ServerlessSpec, given).configured(config)


def container_spec(
    *,
    image: str | None = None,
    cpu: float | None = None,
    memory_mib: int | None = None,
    timeout_s: int | None = None,
    memory: int | None = None,
    timeout: int | None = None,
    config: AnyContainerConfig | Sequence[AnyContainerConfig] | None = None,
) -> ContainerSpec:
    """Ask for a container; None leaves a value to the configuration, or to the default.

    Raises:
        DefinitionError: GLC107.

    Example:
        >>> container_spec(image="analytics:latest", cpu=4).cpu
        4.0
    """
    from glacier_runtime.config.containers import ContainerSpec  # noqa: PLC0415

    given = {
        "image": image,
        "cpu": cpu,
        "memory_mib": _one("container", "memory", memory_mib, memory),
        "timeout_s": _one("container", "timeout", timeout_s, timeout),
    }
    return _spec(ContainerSpec, given).configured(config)


def vm_spec(*, config: MachineConfig | Sequence[MachineConfig] | None = None) -> VmSpec:
    """Ask for a virtual machine.

    Raises:
        DefinitionError: GLC107.
    """
    from glacier_runtime.config.machines import VmSpec  # noqa: PLC0415

    return VmSpec().configured(config)


def cluster_spec(*, config: ClusterConfig | Sequence[ClusterConfig] | None = None) -> ClusterSpec:
    """Ask for an engine on many machines.

    Raises:
        DefinitionError: GLC107.
    """
    from glacier_runtime.config.clusters import ClusterSpec  # noqa: PLC0415

    return ClusterSpec().configured(config)


def _spec(kind: type[S], given: Mapping[str, object]) -> S:
    try:
        return kind.model_validate({k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        fault = error.errors()[0]
        name = ".".join(map(str, fault["loc"]))
        raise _bad(
            f"{kind.kind_name()}: {name}={fault['input']!r:.80}: {fault['msg']}",
            f"see the ranges of Provider.{kind.kind_name()}",
        ) from None


def _one(subject: str, name: str, full: int | None, short: int | None) -> int | None:
    if full is not None and short is not None:
        unit = "memory_mib" if name == "memory" else "timeout_s"
        raise _bad(
            f"{subject}: {name} and {unit} are two spellings of one thing, and both are given",
            f"say {unit}",
        )
    return full if full is not None else short


def _bad(message: str, fix: str) -> DefinitionError:
    return DefinitionError(Problem(code=Code.BAD_CONFIG, message=message, fix=fix))
