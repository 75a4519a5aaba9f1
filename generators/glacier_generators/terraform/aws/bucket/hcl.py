"""Buckets as calls of their modules."""

from __future__ import annotations

from glacier_generators.hcl.syntax import Attribute, Blank, Block, Body, Reference
from glacier_generators.plan.model import BucketPlan

__all__ = ["bucket_arn", "bucket_call", "bucket_name"]


def bucket_call(bucket: BucketPlan) -> Body:
    """Write the call that makes a bucket.

    Terraform wants `prevent_destroy` as a literal, hence two modules and no switch:
    https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle
    """
    module = "protected_bucket" if bucket.protected else "bucket"
    name = "${local.name}-" + bucket.name + "-${local.suffix}"
    body: Body = [
        Attribute("source", f"./modules/{module}"),
        Blank(),
        Attribute("name", Reference(f'replace("{name}", "_", "-")')),
        Attribute("versioning", bucket.versioning),
    ]
    return [Block("module", (f"bucket_{bucket.name}",), body)]


def bucket_arn(name: str) -> Reference:
    """Refer to a bucket's ARN."""
    return Reference(f"module.bucket_{name}.arn")


def bucket_name(name: str) -> Reference:
    """Refer to a bucket's physical name."""
    return Reference(f"module.bucket_{name}.name")
