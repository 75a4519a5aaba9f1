"""Runs of an applied workflow while somebody lacks one of its rights: whoever does without it, has it for nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.terraform.exits import Applied

__all__ = ["names_of", "role_without", "workflow_rights", "workflow_without"]


def workflow_rights(applied: Applied) -> tuple[str, dict[str, Any]]:
    """Return the policy by which the workflow may start what is no function: its ARN, and what it says."""
    iam = applied.client("iam")
    (policy,) = iam.list_attached_role_policies(RoleName="numbers.workflow")["AttachedPolicies"]
    arn = policy["PolicyArn"]
    version = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    return arn, version["Document"]


@contextmanager
def workflow_without(applied: Applied, sid: str) -> Iterator[None]:
    """Take a statement away from that policy for a while."""
    iam, (arn, whole) = applied.client("iam"), workflow_rights(applied)
    made = iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=json.dumps(_without(whole, sid)), SetAsDefault=True
    )
    try:
        yield
    finally:
        iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
        iam.delete_policy_version(PolicyArn=arn, VersionId=made["PolicyVersion"]["VersionId"])


@contextmanager
def role_without(applied: Applied, role: str, policy: str, sid: str) -> Iterator[set[str]]:
    """Take a statement away from a policy of a role for a while; give the names of all that it has."""
    iam, named = applied.client("iam"), {"RoleName": role, "PolicyName": policy}
    whole = iam.get_role_policy(**named)["PolicyDocument"]
    iam.put_role_policy(**named, PolicyDocument=json.dumps(_without(whole, sid)))
    try:
        yield names_of(whole)
    finally:
        iam.put_role_policy(**named, PolicyDocument=json.dumps(whole))


def names_of(policy: Mapping[str, Any]) -> set[str]:
    """Return the names of a policy's statements."""
    return {item["Sid"] for item in policy["Statement"]}


def _without(policy: Mapping[str, Any], sid: str) -> dict[str, Any]:
    """Return a policy without a statement; the one that stands for nothing at all allows nothing that anybody needs."""
    rest = [item for item in policy["Statement"] if item["Sid"] != sid]
    nothing = {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}
    return {**policy, "Statement": rest or [nothing]}
