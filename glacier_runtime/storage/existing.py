"""Buckets that another tool made, wherever a bucket is accepted."""

from __future__ import annotations

from glacier_runtime.config.clouds import CloudConfig, LocalConfig
from glacier_runtime.config.environment import config_from_env
from glacier_runtime.config.existing import existing_resource
from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.names import check_name
from glacier_runtime.storage.locations import BucketSpec, Location

__all__ = ["existing_bucket", "storage_of"]


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


def storage_of(storage: object, dataset: str) -> Location | None:
    """Return where a dataset lies, from what the user gave as its storage.

    Args:
        storage: A place, a whole bucket, a bucket of another tool, or None.
        dataset: The dataset's name, for messages.

    Raises:
        DefinitionError: GLC105, if it is none of these; else as `existing_bucket`, and GLC107, if the environment, to whose
            cloud a bucket of another tool belongs, names none.
    """
    if storage is None or isinstance(storage, Location):
        return storage
    if existing_resource(storage) is None:
        raise DefinitionError(
            Problem(
                code=Code.BAD_DATASET,
                message=f"dataset {dataset!r} is stored in {type(storage).__name__}, which is no place in a bucket",
                fix="give storage=bucket.at(path), a bucket, or a bucket that Pulumi made",
                dataset=dataset,
            )
        )
    bucket = existing_bucket(storage, config_from_env())
    return None if bucket is None else Location(bucket, "")
