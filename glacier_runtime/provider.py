"""The provider: one class for every cloud, whose behaviour is the configuration it is given."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Final

from pydantic import ValidationError

from glacier_runtime.config.clouds import AwsConfig, CloudConfig, LocalConfig
from glacier_runtime.config.compute import LocalSpec, ServerlessSpec
from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.names import check_name
from glacier_runtime.resources.bucket import Bucket
from glacier_runtime.resources.compute import ComputeResource
from glacier_runtime.storage.locations import BucketSpec

__all__ = ["Provider"]


class Provider:
    """Makes the resources of one cloud, or of this machine.

    Args:
        config: `LocalConfig()` or `AwsConfig(region=...)`.

    Example:
        >>> provider = Provider(config=LocalConfig(base_path="data"))
        >>> lake = provider.bucket("lake")
        >>> small = provider.serverless(memory_mib=512, timeout_s=60)
    """

    def __init__(self, *, config: CloudConfig) -> None:
        self.config = config

    def __repr__(self) -> str:
        return f"Provider(config={self.config!r})"

    @property
    def cloud(self) -> str:
        """The cloud it stands for, or "local"."""
        return self.config.cloud

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Provider:
        """Make the provider that the environment asks for.

        Args:
            environ: Variables; None takes the process's. `GLACIER_CLOUD` is `local` (the default) or `aws`.
                For local, `GLACIER_DATA` is the folder that holds the buckets (default `data`). For aws, `AWS_REGION`
                or `AWS_DEFAULT_REGION` is required and `AWS_PROFILE` is used.

        Raises:
            DefinitionError: GLC107, if the cloud is unknown or a variable it needs is missing or malformed.

        Example:
            >>> Provider.from_env({"GLACIER_CLOUD": "aws", "AWS_REGION": "eu-west-1"}).cloud
            'aws'
        """
        variables = os.environ if environ is None else environ
        cloud = variables.get("GLACIER_CLOUD") or "local"
        read = _FROM_ENV.get(cloud)
        if read is None:
            raise _config_error(
                f"GLACIER_CLOUD={cloud!r:.80} is no cloud that Glacier knows",
                f"set it to one of {', '.join(_FROM_ENV)}",
            )
        return cls(config=read(variables))

    def bucket(self, name: str, *, versioning: bool = False, protected: bool = True) -> Bucket:
        """Name a bucket.

        Args:
            name: Logical name; on this machine also the folder's.
            versioning: Whether the store keeps replaced objects; local folders ignore it.
            protected: On AWS, whether Terraform refuses every plan that would destroy the bucket (`prevent_destroy`),
                whoever made it necessary; False only for data that can be made again. Local folders, which nothing
                destroys, ignore it.

        Raises:
            DefinitionError: GLC101, for a name that a cloud could refuse.
        """
        base_path = self.config.base_path if isinstance(self.config, LocalConfig) else None
        return Bucket(
            BucketSpec(
                name=check_name("bucket", name),
                scope=self.config.scope,
                base_path=base_path,
                versioning=versioning,
                protected=protected,
            )
        )

    def local(self) -> ComputeResource:
        """Run tasks in the process that runs the pipeline."""
        return ComputeResource(LocalSpec(), self.config.scope)

    def serverless(self, *, memory_mib: int = 1024, timeout_s: int = 300) -> ComputeResource:
        """Run tasks as functions that the cloud starts on demand; on this machine, in the local process.

        Args:
            memory_mib: Memory of one function, in MiB.
            timeout_s: Seconds after which the cloud stops it.

        Raises:
            DefinitionError: GLC107, for values that no cloud accepts. What one cloud refuses is found by `validate`.
        """
        try:
            spec = ServerlessSpec(memory_mib=memory_mib, timeout_s=timeout_s)
        except ValidationError as error:
            raise _config_error(
                _first_fault("serverless", error), "see the ranges of Provider.serverless"
            ) from None
        return ComputeResource(spec, self.config.scope)


def _local_from_env(variables: Mapping[str, str]) -> LocalConfig:
    return LocalConfig.model_validate({"base_path": variables.get("GLACIER_DATA") or "data"})


def _aws_from_env(variables: Mapping[str, str]) -> AwsConfig:
    region = variables.get("AWS_REGION") or variables.get("AWS_DEFAULT_REGION")
    if not region:
        raise _config_error("GLACIER_CLOUD=aws needs a region", "set AWS_REGION, such as eu-west-1")
    try:
        return AwsConfig(region=region, profile=variables.get("AWS_PROFILE") or None)
    except ValidationError as error:
        raise _config_error(
            _first_fault("aws", error), "set AWS_REGION, such as eu-west-1"
        ) from None


_FROM_ENV: Final[dict[str, Callable[[Mapping[str, str]], CloudConfig]]] = {
    "local": _local_from_env,
    "aws": _aws_from_env,
}


def _first_fault(subject: str, error: ValidationError) -> str:
    fault = error.errors()[0]
    field = ".".join(map(str, fault["loc"]))
    return f"{subject}: {field}={fault['input']!r:.80}: {fault['msg']}"


def _config_error(message: str, fix: str) -> DefinitionError:
    return DefinitionError(Problem(code=Code.BAD_CONFIG, message=message, fix=fix))
