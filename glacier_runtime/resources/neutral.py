"""Storage that no provider made: a bucket and the cloud it is in, named beside each other."""

from __future__ import annotations

from collections.abc import Sequence

from glacier_runtime.config.stores import BucketConfig, S3Config
from glacier_runtime.resources.bucket import Bucket
from glacier_runtime.resources.making import Configured, bucket_of, config_of

__all__ = ["S3", "ObjectStorage"]


def ObjectStorage(  # noqa: N802 (the spelling of a class, beside `Serverless`)
    bucket: str,
    *,
    path: str = "",
    provider: str | Configured | None = None,
    versioning: bool | None = None,
    protected: bool = True,
    config: BucketConfig | Sequence[BucketConfig] | None = None,
) -> Bucket:
    """Name a bucket of a cloud, or a place in one.

    Args:
        bucket: Its logical name.
        path: A place in it; empty for the whole bucket.
        provider: A `Provider`; or the name of a cloud, configured by its usual variables, as `Provider.from_env` reads them;
            None takes the cloud that `GLACIER_CLOUD` names, or this machine.
        versioning: As for `Provider.bucket`.
        protected: As for `Provider.bucket`.
        config: As for `Provider.bucket`.

    Raises:
        DefinitionError: As `Provider.bucket`; GLC107, for an unknown cloud, or one whose variables are missing.

    Example:
        >>> from glacier_runtime import Dataset
        >>> raw = Dataset("raw", storage=ObjectStorage(bucket="my-data", provider="local"))
        >>> str(raw.storage)
        'my-data:raw.parquet'
    """
    return bucket_of(
        config_of(provider),
        bucket,
        path=path,
        versioning=versioning,
        protected=protected,
        given=config,
    )


def S3(  # noqa: N802 (the spelling of a class)
    bucket: str,
    *,
    prefix: str = "",
    provider: str | Configured | None = None,
    versioning: bool | None = None,
    protected: bool = True,
    config: S3Config | None = None,
) -> Bucket:
    """Name a bucket of Amazon S3, or a place in one; on this machine it is a folder, and in other clouds it is refused.

    Args:
        bucket: Its logical name.
        prefix: A place in it: a file, or a folder if it ends in `/`; empty for the whole bucket.
        provider: As for `ObjectStorage`.
        versioning: As for `Provider.bucket`.
        protected: As for `Provider.bucket`.
        config: What S3 has beyond that.

    Raises:
        DefinitionError: As `ObjectStorage`; GLC108, in another cloud.

    Example:
        >>> str(S3(bucket="my-bucket", prefix="raw/", provider="local"))
        'my-bucket:raw/'
    """
    return bucket_of(
        config_of(provider),
        bucket,
        path=prefix,
        versioning=versioning,
        protected=protected,
        given=config or S3Config(),
    )
