"""What cannot be made, or expected, of a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from glacier_generators.plan.model import BucketPlan
from glacier_runtime.config.stores import S3Config

__all__ = ["bucket_faults"]

_BUCKETS: Final = frozenset(
    {"aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2", "aws-native:s3:Bucket"}
)


def bucket_faults(bucket: BucketPlan) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a bucket, each with the way out."""
    config, existing = bucket.config, bucket.existing
    if config is not None and not isinstance(config, S3Config):
        yield f"is configured by {config.type}, which is not S3", "give it an S3Config"
    elif config is not None and config.kms_key_arn is not None and ":alias/" in config.kms_key_arn:
        yield (
            f"names its key by the alias {config.kms_key_arn!r}, and the policy of a role takes no alias for a key",
            "give the key's own ARN: aws kms describe-key --key-id <alias> --query KeyMetadata.Arn",
        )
    if existing is not None and existing.type not in _BUCKETS:
        yield (
            f"is {existing.type} {existing.name!r}, which is no bucket of S3",
            "give it a bucket, aws.s3.Bucket, or provider.bucket()",
        )
