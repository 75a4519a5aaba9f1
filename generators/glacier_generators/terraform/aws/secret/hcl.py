"""Secrets as calls of their module."""

from __future__ import annotations

from glacier_generators.hcl.syntax import Attribute, Blank, Block, Body, Reference
from glacier_generators.plan.model import SecretPlan
from glacier_generators.terraform.aws.descriptions import LONGEST_DESCRIPTION, one_line

__all__ = ["secret_arn", "secret_call"]


def secret_call(secret: SecretPlan) -> Body:
    """Write the call that makes a place for a secret; its value is put there by hand."""
    readers = one_line(f"Read by {', '.join(secret.tasks)}", LONGEST_DESCRIPTION)
    body: Body = [
        Attribute("source", "./modules/secret"),
        Blank(),
        Attribute("name", Reference('"${local.name}-' + secret.name + '"')),
        Attribute("description", readers),
    ]
    return [Block("module", (f"secret_{secret.name}",), body)]


def secret_arn(name: str) -> Reference:
    """Refer to a secret's ARN."""
    return Reference(f"module.secret_{name}.arn")
