"""Compute that no provider made: what `@task(compute=...)` takes, in the cloud of whatever pipeline it is part of.

`memory` and `timeout` may be written with their units (`memory_mib`, `timeout_s`) or without.

Example:
    >>> from glacier_runtime import compute, task
    >>> @task(compute=compute.container(image="analytics:1.4", cpu=4, memory_mib=8192))
    ... def report() -> None: ...
    >>> report.compute.kind, report.compute.cpu
    ('container', 4.0)
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from glacier_runtime.config.clouds import LocalConfig
from glacier_runtime.provider import Provider
from glacier_runtime.resources.compute import ComputeResource

if TYPE_CHECKING:
    from glacier_runtime.config.clusters import ClusterConfig
    from glacier_runtime.config.containers import AnyContainerConfig
    from glacier_runtime.config.functions import FunctionConfig
    from glacier_runtime.config.machines import MachineConfig

__all__ = ["Serverless", "cluster", "container", "local", "serverless", "vm"]

_ANY: Final = Provider(config=LocalConfig())


def local(*, workers: int | None = None) -> ComputeResource:
    """Run tasks in the process that runs the pipeline.

    Args:
        workers: See `Provider.local`.

    Raises:
        DefinitionError: GLC107, for values that cannot be.

    Example:
        >>> local(workers=4).spec.workers
        4
    """
    return _neutral(_ANY.local(workers=workers))


def serverless(
    *,
    memory_mib: int | None = None,
    timeout_s: int | None = None,
    memory: int | None = None,
    timeout: int | None = None,
    config: FunctionConfig | Sequence[FunctionConfig] | None = None,
) -> ComputeResource:
    """Run tasks as functions that the cloud starts on demand.

    Args:
        memory_mib: Memory of one function, in MiB.
        timeout_s: Seconds after which the cloud stops it.
        memory: `memory_mib`, without its unit.
        timeout: `timeout_s`, without its unit.
        config: What one cloud has beyond that, such as `LambdaConfig`; a sequence holds one for each cloud.

    Raises:
        DefinitionError: GLC107, for values that no cloud accepts.

    Example:
        >>> serverless(memory=1024, timeout=300) == serverless(memory_mib=1024, timeout_s=300)
        True
    """
    return _neutral(
        _ANY.serverless(
            memory_mib=memory_mib,
            timeout_s=timeout_s,
            memory=memory,
            timeout=timeout,
            config=config,
        )
    )


def Serverless(  # noqa: N802 (the spelling of a class, beside `ObjectStorage`)
    *,
    memory_mib: int | None = None,
    timeout_s: int | None = None,
    memory: int | None = None,
    timeout: int | None = None,
    config: FunctionConfig | Sequence[FunctionConfig] | None = None,
    provider: Provider | str | None = None,
) -> ComputeResource:
    """Run tasks as functions of one cloud, named beside them, as `ObjectStorage` names it for data.

    Args:
        memory_mib: Memory of one function, in MiB.
        timeout_s: Seconds after which the cloud stops it.
        memory: `memory_mib`, without its unit.
        timeout: `timeout_s`, without its unit.
        config: What one cloud has beyond that, such as `LambdaConfig`; a sequence holds one for each cloud.
        provider: A provider; or the name of a cloud, configured by its usual variables, as `Provider.from_env` reads them;
            None is the cloud of the pipeline.

    Raises:
        DefinitionError: GLC107, for values that no cloud accepts, an unknown cloud, or one whose variables are missing.

    Example:
        >>> Serverless(memory=512, timeout=300, provider="local").cloud
        'local'
    """
    made_by = _ANY if provider is None else _provider(provider)
    made = made_by.serverless(
        memory_mib=memory_mib, timeout_s=timeout_s, memory=memory, timeout=timeout, config=config
    )
    return _neutral(made) if provider is None else made


def container(
    *,
    image: str | None = None,
    cpu: float | None = None,
    memory_mib: int | None = None,
    timeout_s: int | None = None,
    memory: int | None = None,
    timeout: int | None = None,
    config: AnyContainerConfig | Sequence[AnyContainerConfig] | None = None,
) -> ComputeResource:
    """Run tasks in containers that the cloud starts on demand.

    Args:
        image: The image's address; None takes the one that is built from the project.
        cpu: Processors.
        memory_mib: Memory, in MiB.
        timeout_s: Seconds after which the cloud stops it.
        memory: `memory_mib`, without its unit.
        timeout: `timeout_s`, without its unit.
        config: What one cloud has beyond that; a sequence holds one for each cloud.

    Raises:
        DefinitionError: GLC107, for values that no cloud accepts.

    Example:
        >>> container(image="python:3.11", cpu=2.0, memory=4096).spec.memory_mib
        4096
    """
    return _neutral(
        _ANY.container(
            image=image,
            cpu=cpu,
            memory_mib=memory_mib,
            timeout_s=timeout_s,
            memory=memory,
            timeout=timeout,
            config=config,
        )
    )


def vm(*, config: MachineConfig | Sequence[MachineConfig]) -> ComputeResource:
    """Run tasks on virtual machines.

    Args:
        config: The type of machine, such as `EC2Config`; a sequence holds one for each cloud.

    Raises:
        DefinitionError: GLC107, for values that cannot be.

    Example:
        >>> from glacier_runtime.config import EC2Config
        >>> vm(config=EC2Config(instance_type="t3.large")).spec.kind
        'vm'
    """
    return _neutral(_ANY.vm(config=config))


def cluster(*, config: ClusterConfig | Sequence[ClusterConfig]) -> ComputeResource:
    """Run tasks on an engine of many machines.

    Args:
        config: Which engine, such as `SparkConfig`; a sequence holds one for each cloud.

    Raises:
        DefinitionError: GLC107, for values that cannot be.

    Example:
        >>> from glacier_runtime.config import SparkConfig
        >>> cluster(config=SparkConfig(master="local[*]")).spec.kind
        'cluster'
    """
    return _neutral(_ANY.cluster(config=config))


def _neutral(resource: ComputeResource) -> ComputeResource:
    return replace(resource, scope=None)


def _provider(given: Provider | str) -> Provider:
    if isinstance(given, Provider):
        return given
    return Provider.from_env({**os.environ, "GLACIER_CLOUD": given})
