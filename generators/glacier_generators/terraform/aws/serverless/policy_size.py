"""How long the policy of a task's role gets, and its environment: `modules/lambda_task` in numbers.

The module refuses what is too long as well, but only when somebody plans. The figures are an upper bound: the statements of
`modules/lambda_task/policy.tf` with the longest names that this pipeline can have; a test holds them to what Terraform plans.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from glacier_generators.plan.model import Access, Plan, TaskPlan
from glacier_generators.terraform.aws.bucket.hcl import may_have_key

__all__ = ["LONGEST_BINDINGS", "LONGEST_POLICY", "bindings_length", "policy_length"]

LONGEST_POLICY: Final = 10_240  # inline, in one role: IAM quotas
LONGEST_BINDINGS: Final = 3_900  # of the 4 KiB that Lambda has for all variables

_LONGEST_SECRET_ARN: Final = (
    90  # arn:aws:secretsmanager:<region>:<account>:secret: and Secrets Manager's own suffix
)
_LONGEST_KEY_ARN: Final = 90
_LONGEST_BUCKET: Final = 63  # what somebody else made may be called anything
_SUFFIX: Final = 9  # of a bucket's name: names.tf
_SPARE: Final = 12  # for a prefix that is longer than the project's name, or for a workspace


def policy_length(task: TaskPlan, plan: Plan) -> int:
    """Return the most characters that the policy of a task's role can have."""
    length = 240 + len(plan.pipeline) + len(task.name) + _SPARE
    if task.home is not None:
        length += 380 + 3 * _bucket(task.home, plan) + len(task.name)
        if task.writes:
            length += 335 + _bucket(task.home, plan) + len(task.name)
    length += sum(195 + 2 * _bucket(name, plan) for name in task.buckets if name != task.home)
    length += sum(_read(access, plan) for access in task.reads)
    length += sum(_write(access, plan) for access in task.writes)
    if task.secrets:
        length += 96 + sum(_secret(name, plan) for name in task.secrets)
    return length + _keys(task.buckets, plan) + _keys(task.buckets_written, plan)


def bindings_length(task: TaskPlan, plan: Plan) -> int:
    """Return the most characters that the bindings of a task can have."""
    buckets = sum(len(name) + _bucket(name, plan) + 6 for name in task.buckets)
    secrets = sum(len(name) + _secret(name, plan) + 6 for name in task.secrets)
    return 80 + buckets + secrets


def _bucket(name: str, plan: Plan) -> int:
    if plan.bucket(name).existing is not None:
        return _LONGEST_BUCKET
    return len(plan.pipeline) + 1 + len(name) + _SUFFIX + _SPARE


def _secret(name: str, plan: Plan) -> int:
    return _LONGEST_SECRET_ARN + len(plan.pipeline) + 1 + len(name) + _SPARE


def _read(access: Access, plan: Plan) -> int:
    bucket, key = _bucket(access.bucket, plan), len(access.path.rstrip("/"))
    return 2 * bucket + 4 * key + 66 if access.source else bucket + 2 * key + 42


def _write(access: Access, plan: Plan) -> int:
    bucket, key = _bucket(access.bucket, plan), len(access.path.rstrip("/"))
    is_folder = access.path.endswith("/")
    return 6 * bucket + 8 * key + 160 if is_folder else 5 * bucket + 7 * key + 135


def _keys(buckets: Iterable[str], plan: Plan) -> int:
    keyed = sum(may_have_key(plan.bucket(name)) for name in buckets)
    return 180 + keyed * _LONGEST_KEY_ARN if keyed else 0
