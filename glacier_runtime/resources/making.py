"""Making resources of a cloud: by its configuration, or by its name and the environment's variables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol, get_args

from glacier_runtime.config.choice import as_configs, config_for, missing_config
from glacier_runtime.config.clouds import CloudConfig, LocalConfig
from glacier_runtime.config.environment import config_from_env
from glacier_runtime.config.existing import ForeignResource
from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.names import check_name
from glacier_runtime.resources.bucket import Bucket
from glacier_runtime.resources.compute import ComputeResource
from glacier_runtime.storage.existing import existing_bucket
from glacier_runtime.storage.locations import BucketSpec, check_path

if TYPE_CHECKING:
    from glacier_runtime.config.compute import ComputeSpec
    from glacier_runtime.config.stores import BucketConfig

__all__ = ["Configured", "bucket_of", "compute_of", "config_of"]


class Configured(Protocol):
    """What stands for a cloud by its configuration: a `Provider`."""

    @property
    def config(self) -> CloudConfig:
        """The configuration."""
        ...


def config_of(provider: str | Configured | None) -> CloudConfig:
    """Return a cloud's configuration.

    Args:
        provider: A provider; the name of a cloud, whose usual variables then say the rest; None takes the environment's.

    Raises:
        DefinitionError: GLC107, if the cloud is unknown, or a variable it needs is missing or malformed.
    """
    if provider is None or isinstance(provider, str):
        return config_from_env(cloud=provider)
    return provider.config


def compute_of(spec: ComputeSpec, config: CloudConfig) -> ComputeResource:
    """Make compute of a cloud.

    Raises:
        DefinitionError: GLC108, if the cloud needs a configuration that the spec does not have.
    """
    spec.resolved(config.cloud)
    return ComputeResource(spec, config.scope)


def bucket_of(
    config: CloudConfig,
    name: str | ForeignResource,
    *,
    path: str = "",
    versioning: bool | None = None,
    protected: bool = True,
    given: BucketConfig | Sequence[BucketConfig] | None = None,
) -> Bucket:
    """Make a bucket of a cloud.

    Args:
        config: The cloud.
        name: Its logical name, or an object of another tool that made it.
        path: A path in it; empty for the whole bucket.
        versioning: Whether the store keeps replaced objects; None leaves it to the configuration.
        protected: Whether the infrastructure's tools must refuse to destroy it.
        given: Configurations, one for each cloud.

    Raises:
        DefinitionError: GLC101, GLC102, GLC107 or GLC108.
    """
    if not isinstance(name, str):
        return _existing(config, name, path)
    check_name("bucket", name)
    stated = () if versioning is None else (("versioning", versioning),)
    configs = () if given is None else _configs(f"bucket {name!r}", given, stated, config.cloud)
    spec = BucketSpec(
        name=name,
        scope=config.scope,
        base_path=config.base_path if isinstance(config, LocalConfig) else None,
        versioning=bool(versioning),
        protected=protected,
        configs=configs,
    )
    return Bucket(spec, check_path(path) if path else "")


def _configs(
    subject: str, given: object, stated: Iterable[tuple[str, object]], cloud: str
) -> tuple[BucketConfig, ...]:
    from glacier_runtime.config.stores import (  # noqa: PLC0415 (few buckets have any)
        BucketConfig,
    )

    kinds: tuple[type[BucketConfig], ...] = get_args(BucketConfig)
    configs = as_configs(subject, given, kinds, stated)
    if configs and cloud != "local" and config_for(configs, cloud) is None:
        raise DefinitionError(missing_config(subject, cloud, kinds))
    return configs


def _existing(config: CloudConfig, resource: object, path: str) -> Bucket:
    spec = existing_bucket(resource, config)
    if spec is None:
        raise DefinitionError(
            Problem(
                code=Code.BAD_CONFIG,
                message=f"a bucket cannot be made of {type(resource).__name__}",
                fix="give its name, or a bucket that Pulumi made",
            )
        )
    return Bucket(spec, check_path(path) if path else "")
