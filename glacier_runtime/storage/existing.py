"""Buckets that another tool made, and places in buckets for datasets that name none."""

from __future__ import annotations

from dataclasses import replace

from glacier_runtime.config.clouds import CloudConfig, LocalConfig
from glacier_runtime.config.environment import config_from_env
from glacier_runtime.config.existing import ForeignResource, existing_resource
from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.names import check_name
from glacier_runtime.storage.locations import BucketSpec, Location

__all__ = ["existing_bucket", "place_of"]


def existing_bucket(resource: object, config: CloudConfig) -> BucketSpec | None:
    """Return the bucket that an object of another tool stands for; None, if it is no such object.

    On this machine it is a folder.

    Args:
        resource: The object, such as `pulumi_aws.s3.Bucket("my-data")`.
        config: The cloud that it belongs to.

    Raises:
        DefinitionError: GLC101, if a cloud could refuse its name; GLC107, if it is of another cloud.
    """
    existing = existing_resource(resource)
    if existing is None:
        return None
    if existing.cloud not in (None, config.cloud) and config.cloud != "local":
        raise DefinitionError(
            Problem(
                code=Code.BAD_CONFIG,
                message=f"bucket {existing.name!r} is {existing.type}, and the provider is of {config.cloud}",
                fix=f"give a bucket of {config.cloud}, or set GLACIER_CLOUD={existing.cloud}",
            )
        )
    return BucketSpec(
        name=check_name("bucket", existing.name),
        scope=config.scope,
        base_path=config.base_path if isinstance(config, LocalConfig) else None,
        existing=existing,
    )


def place_of(storage: Location | ForeignResource, dataset: str, suffix: str) -> Location | None:
    """Return where a dataset lies; in a whole bucket, at a path of its own name.

    Args:
        storage: What the user gave as storage.
        dataset: The dataset's name.
        suffix: How files of its format end.

    Returns:
        The place, or None, if the user gave something that is no storage.

    Raises:
        DefinitionError: As `existing_bucket`; GLC107, if the environment, whose cloud an object of another tool belongs to,
            names none.
    """
    if isinstance(storage, Location):
        return storage if storage.path else replace(storage, path=f"{dataset}{suffix}")
    if existing_resource(storage) is None:
        return None
    bucket = existing_bucket(storage, config_from_env())
    return None if bucket is None else Location(bucket, f"{dataset}{suffix}")
