"""Configuration of buckets: what one cloud's store offers beyond what all of them have."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from glacier_runtime.config.models import ResourceConfig

__all__ = ["AzureBlobConfig", "BucketConfig", "GCSConfig", "S3Config"]


class S3Config(ResourceConfig):
    """A bucket of Amazon S3.

    Args:
        storage_class: What objects become when they are written, by a lifecycle rule of the bucket. Classes that must be
            restored before they can be read are not offered: a task could not read them.
        encryption: `AES256` (keys that S3 manages) or `aws:kms`.
        versioning: Whether replaced objects are kept; None leaves it to `Provider.bucket(versioning=)`.
        kms_key_arn: The key for `aws:kms`; None takes the account's own for S3.

    Raises:
        pydantic.ValidationError: If a value is none of these, or a key is given for another encryption.

    Example:
        >>> S3Config(storage_class="INTELLIGENT_TIERING", encryption="AES256", versioning=True).cloud
        'aws'
    """

    cloud: ClassVar[str | None] = "aws"

    type: Literal["aws.s3"] = "aws.s3"
    storage_class: (
        Literal["STANDARD", "INTELLIGENT_TIERING", "STANDARD_IA", "ONEZONE_IA", "GLACIER_IR"] | None
    ) = None
    encryption: Literal["AES256", "aws:kms"] | None = None
    versioning: bool | None = None
    kms_key_arn: (
        Annotated[
            str,
            Field(pattern=r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:(key|alias)/[A-Za-z0-9/_-]+$"),
        ]
        | None
    ) = None

    @model_validator(mode="after")
    def _key_is_used(self) -> Self:
        if self.kms_key_arn is not None and self.encryption != "aws:kms":
            raise ValueError("kms_key_arn needs encryption='aws:kms'")
        return self


class GCSConfig(ResourceConfig):
    """A bucket of Google Cloud Storage.

    Args:
        storage_class: The class of objects for which none is given.
        versioning: Whether replaced objects are kept; None leaves it to `Provider.bucket(versioning=)`.
        kms_key_name: A key of Cloud KMS, `projects/…/locations/…/keyRings/…/cryptoKeys/…`; None takes Google's own.

    Raises:
        pydantic.ValidationError: If a value is none of these.

    Example:
        >>> GCSConfig(storage_class="NEARLINE").cloud
        'gcp'
    """

    cloud: ClassVar[str | None] = "gcp"

    type: Literal["gcp.gcs"] = "gcp.gcs"
    storage_class: Literal["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"] | None = None
    versioning: bool | None = None
    kms_key_name: (
        Annotated[
            str,
            Field(
                pattern=r"^projects/[a-z0-9:.-]+/locations/[a-z0-9-]+/keyRings/[\w-]+/cryptoKeys/[\w-]+$"
            ),
        ]
        | None
    ) = None


class AzureBlobConfig(ResourceConfig):
    """A container of Azure Blob Storage.

    Args:
        tier: The access tier of new blobs. `archive` is not offered: its blobs cannot be read before they are restored.
        encryption: True, the only value: Azure encrypts all that it stores.
        versioning: Whether replaced blobs are kept; None leaves it to `Provider.bucket(versioning=)`.

    Raises:
        pydantic.ValidationError: If a value is none of these.

    Example:
        >>> AzureBlobConfig(tier="hot", encryption=True).cloud
        'azure'
    """

    cloud: ClassVar[str | None] = "azure"

    type: Literal["azure.blob"] = "azure.blob"
    tier: Literal["hot", "cool", "cold"] | None = None
    encryption: Literal[True] = True
    versioning: bool | None = None


BucketConfig = S3Config | GCSConfig | AzureBlobConfig
