"""Buckets that are emptied, versions included, so that Terraform can delete them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from glacier_generators.deploying.plan_reading import Resource
from glacier_runtime.cloud_runs.aws.clients import Account, asking
from glacier_runtime.errors import Code, GenerationError, Problem

__all__ = ["empty_buckets"]


def empty_buckets(resources: tuple[Resource, ...], region: str) -> int:
    """Delete every version of every object in the buckets among resources.

    Args:
        resources: What is to be deleted.
        region: Where.

    Returns:
        How many versions were deleted.

    Raises:
        GenerationError: GLC814, if AWS does not let go of some.
        CloudError: GLC629, if boto3 is not installed; GLC636, if they may not be emptied; GLC637, if AWS does not answer.
    """
    buckets = [it.values["bucket"] for it in resources if it.kind == "aws_s3_bucket"]
    if not buckets:
        return 0
    s3 = Account(region).client("s3")
    deleted = 0
    for bucket in buckets:
        with asking(f"bucket {bucket} to be emptied"):
            deleted += _empty(s3, bucket)
    return deleted


def _empty(s3: Any, bucket: str) -> int:
    deleted = 0
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        if found:
            keys = [{"Key": it["Key"], "VersionId": it["VersionId"]} for it in found]
            said = s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
            if refused := said.get("Errors"):
                raise _refused(bucket, refused)
            deleted += len(keys)
    return deleted


def _refused(bucket: str, refused: Sequence[Mapping[str, Any]]) -> GenerationError:
    first = refused[0]
    return GenerationError(
        Problem(
            code=Code.APPLY_FAILED,
            message=f"{len(refused)} objects of bucket {bucket} could not be deleted, the first {first.get('Key')!r:.200}: "
            f"{first.get('Code')}: {first.get('Message')}",
            fix="what was deleted is gone; mend what it says, and destroy again to go on",
        )
    )
