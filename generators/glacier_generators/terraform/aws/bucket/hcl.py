"""Buckets as calls of their modules."""

from __future__ import annotations

from collections.abc import Iterable

from glacier_generators.hcl.syntax import Attribute, Blank, Block, Body, Comment, Reference
from glacier_generators.plan.model import BucketPlan
from glacier_generators.terraform.aws.existing import described, variable
from glacier_runtime.config.existing import ExistingResource
from glacier_runtime.config.stores import S3Config

__all__ = [
    "bucket_arn",
    "bucket_call",
    "bucket_key",
    "bucket_name",
    "bucket_variables",
    "may_have_key",
]


def bucket_call(bucket: BucketPlan) -> Body:
    """Write the call that makes a bucket, or finds one that somebody else made.

    Terraform wants `prevent_destroy` as a literal, hence two modules and no switch:
    https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle
    """
    if bucket.existing is not None:
        return _found(bucket, bucket.existing)
    module = "protected_bucket" if bucket.protected else "bucket"
    name = "${local.name}-" + bucket.name + "-${local.suffix}"
    told: Body = [Blank(), Attribute("tells_of_objects", True)] if bucket.tells else []
    body: Body = [
        Attribute("source", f"./modules/{module}"),
        Blank(),
        Attribute("name", Reference(f'replace("{name}", "_", "-")')),
        Attribute("versioning", bucket.versioning),
        *_settings(bucket),
        *told,
        Blank(),
        Attribute("access_log_bucket", Reference("var.access_log_bucket")),
    ]
    return [Block("module", (f"bucket_{bucket.name}",), body)]


def bucket_variables(bucket: BucketPlan) -> Body:
    """Write the variables that say which bucket an existing one is."""
    if bucket.existing is None:
        return []
    key = f"ARN of the KMS key that objects of bucket {bucket.name!r} are encrypted with; null if it is S3's or the account's own."
    return [
        variable(
            f"bucket_{bucket.name}",
            described(f"Physical name of bucket {bucket.name!r}", bucket.existing),
        ),
        Blank(),
        Block(
            "variable",
            (f"key_of_bucket_{bucket.name}",),
            [
                Attribute("description", key),
                Attribute("type", Reference("string")),
                Attribute("default", None),
            ],
        ),
    ]


def bucket_arn(name: str) -> Reference:
    """Refer to a bucket's ARN."""
    return Reference(f"module.bucket_{name}.arn")


def bucket_name(name: str) -> Reference:
    """Refer to a bucket's physical name."""
    return Reference(f"module.bucket_{name}.name")


def bucket_key(name: str) -> Reference:
    """Refer to the ARN of the key that a bucket's objects are encrypted with, which may be null."""
    return Reference(f"module.bucket_{name}.kms_key_arn")


def may_have_key(bucket: BucketPlan) -> bool:
    """Say whether a bucket's objects may be encrypted with a key that roles must be allowed to use."""
    config = bucket.config
    has_key = isinstance(config, S3Config) and config.kms_key_arn is not None
    return has_key or bucket.existing is not None


def _found(bucket: BucketPlan, existing: ExistingResource) -> Body:
    body: Body = [
        Attribute("source", "./modules/existing_bucket"),
        Blank(),
        Attribute("name", Reference(f"var.bucket_{bucket.name}")),
        Attribute("region", Reference("var.region")),
        Attribute("kms_key_arn", Reference(f"var.key_of_bucket_{bucket.name}")),
    ]
    return [
        Comment(f"{existing.tool}: {existing.type} {existing.name}"),
        Block("module", (f"bucket_{bucket.name}",), body),
    ]


def _settings(bucket: BucketPlan) -> Iterable[Attribute | Blank]:
    config = bucket.config
    if not isinstance(config, S3Config):
        return
    said = {
        name: value
        for name in ("encryption", "kms_key_arn", "storage_class")
        if (value := getattr(config, name)) is not None
    }
    if said:
        yield Blank()
    for name, value in said.items():
        yield Attribute(name, value)
