"""S3, and every store that answers like it: MinIO, R2 and others, by `AWS_ENDPOINT_URL`.

Rust's clients find the credentials of a function, a container and a machine by themselves; for the profiles of a laptop
they ask boto3, which is slow to import. A role that may list only some prefixes gets 403, not 404, for what is absent.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from glacier_runtime.storage.clouds.cloud import (
    MAX_RETRIES,
    RETRIES,
    BucketName,
    client_options,
    e_tag,
    mode_by_e_tag,
    variables,
)
from glacier_runtime.storage.locations import INTERNAL_FOLDER
from glacier_runtime.storage.schemes import SCHEMES

if TYPE_CHECKING:
    from obstore import ObjectMeta, PutMode, PutResult
    from obstore.store import ObjectStore as Client

__all__ = ["S3", "STORE"]

_ENDPOINTS: Final = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_NATIVE: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)


class S3:
    """Simple Storage Service of AWS."""

    name = "aws"
    title = "S3"
    scheme = SCHEMES["aws"]
    absent_bucket = "NoSuchBucket"
    copied_at_once = 5 * 1024**3

    def environment(self) -> Mapping[str, str]:
        """Return the variables that say how the store is reached and by whom."""
        return variables(["AWS_"])

    def complete(self, bucket: BucketName) -> BucketName:
        """Return the bucket: names are unique in all of S3."""
        return bucket

    def address(self, bucket: BucketName) -> str:
        """Return what the addresses of a bucket's objects begin with."""
        return f"{self.scheme}{bucket.name}/"

    def connect(self, bucket: BucketName) -> Client:
        """Make a client."""
        from obstore.store import S3Store  # noqa: PLC0415 (an extra)

        options: dict[str, Any] = {} if bucket.region is None else {"region": bucket.region}
        if endpoint := _endpoint():
            options["endpoint"] = endpoint
        if not _has_native_credentials() and (provider := _profile_credentials()) is not None:
            options["credential_provider"] = provider
        return S3Store(
            bucket.name, client_options=client_options(endpoint), retry_config=RETRIES, **options
        )

    def polars_options(self, address: str) -> dict[str, Any]:
        """Return the keyword arguments with which Polars scans or sinks an address, as the client would."""
        storage: dict[str, Any] = {"max_retries": MAX_RETRIES}
        if endpoint := _endpoint():
            storage["aws_endpoint_url"] = endpoint
        options: dict[str, Any] = {"storage_options": storage}
        if _has_native_credentials():
            options["credential_provider"] = None  # or Polars would import boto3 wherever it is
        return options

    def tag(self, item: ObjectMeta | PutResult) -> str:
        """Return the ETag: of equal contents, at whatever key, it is equal."""
        return e_tag(item)

    def mode(self, tag: str) -> PutMode:
        """Return the mode of a write that replaces only what has an ETag."""
        return mode_by_e_tag(tag)

    def is_there(self, bucket: BucketName, key: str, is_listed: Callable[[], bool]) -> bool:
        """Say whether a key that may not be read exists."""
        if key.startswith(f"{INTERNAL_FOLDER}/"):
            return is_listed()
        return _lists_exactly(bucket.name, key)


STORE: Final = S3()


def _endpoint() -> str | None:
    return next((url for name in _ENDPOINTS if (url := os.environ.get(name))), None)


def _has_native_credentials() -> bool:
    """Say whether the environment holds credentials that need no boto3."""
    return any(os.environ.get(name) for name in _NATIVE)


def _profile_credentials() -> object | None:
    """Return credentials of an AWS profile, if boto3 is there to find any."""
    try:
        from obstore.auth.boto3 import Boto3CredentialProvider  # noqa: PLC0415 (slow, and optional)

        return Boto3CredentialProvider()
    except (ImportError, ValueError):
        return None


def _lists_exactly(bucket: str, key: str) -> bool:
    """Ask for one key by listing it: the client always puts a slash behind what it lists, boto3 does not.

    Without boto3 the key counts as absent, which it is for whoever may read it.
    """
    try:
        boto3 = import_module("boto3")  # slow, and rarely needed
        refusals = import_module("botocore.exceptions")
    except ImportError:
        return False
    try:
        found = boto3.client("s3").list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)
    except (refusals.BotoCoreError, refusals.ClientError):
        return True  # whether it is there may not even be asked: a matter of permission
    return any(item["Key"] == key for item in found.get("Contents", ()))
