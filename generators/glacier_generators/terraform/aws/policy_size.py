"""How long the policy of a task's role gets, and a function's environment: the modules that run tasks, in numbers.

The modules refuse what is too long as well, but only when somebody plans. The figures are an upper bound: the policy of the role
with the longest names that this pipeline can have; a test holds them to what Terraform plans.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.plan.roles import Resource, Role
from glacier_generators.terraform.aws.policies import policy_document, policy_text

__all__ = [
    "LONGEST_BINDINGS",
    "LONGEST_POLICY",
    "bindings_length",
    "policy_faults",
    "policy_length",
]

LONGEST_POLICY: Final = 10_240  # inline, in one role: IAM quotas
LONGEST_BINDINGS: Final = 3_900  # of the 4 KiB that Lambda has for all variables

_LONGEST_SECRET_ARN: Final = (
    90  # arn:aws:secretsmanager:<region>:<account>:secret: and Secrets Manager's own suffix
)
_LONGEST_KEY_ARN: Final = 90
_LONGEST_BUCKET: Final = 63  # what somebody else made may be called anything
_LONGEST_OF_CODE: Final = 130  # the deployment's name, and a digest in a folder
_SUFFIX: Final = 9  # of a bucket's name: names.tf
_SPARE: Final = 12  # for a prefix that is longer than the project's name, or for a workspace
_PARTITION: Final = {"cn": "aws-cn", "us-gov": "aws-us-gov"}


def policy_faults(role: Role, plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield that the policy of a task's role gets too long for IAM, and the way out."""
    length = policy_length(role, plan)
    if length > LONGEST_POLICY:
        yield (
            f"touches so much that its role's policy could have {length:,} characters; IAM takes {LONGEST_POLICY:,}",
            "split the task, or keep datasets that belong together in one folder",
        )


def policy_length(role: Role, plan: Plan) -> int:
    """Return the most characters that the policy of a task's role can have."""
    partition = next((p for start, p in _PARTITION.items() if plan.region.startswith(start)), "aws")

    def longest(resource: Resource) -> str:
        match resource.kind:
            case "object" | "bucket":
                key = f"/{resource.key}" if resource.key else ""
                return f"arn:{partition}:s3:::{resource.name:x<{_bucket(resource.name, plan)}}{key}"
            case "secret":
                return f"{resource.name:x<{_secret(resource.name, plan)}}"
            case "key":
                return f"{resource.name:x<{_LONGEST_KEY_ARN}}"
            case "log" | "task_log":
                length = len(plan.pipeline) + 1 + len(resource.name) + _SPARE
                group = f"{resource.name:x<{length}}"
                folder = "/aws/lambda" if resource.kind == "log" else "/glacier/tasks"
                return f"arn:{partition}:logs:{plan.region}:{'0' * 12}:log-group:{folder}/{group}:*"
            case "archive" | "launcher":
                return f"arn:{partition}:s3:::{'x' * _LONGEST_BUCKET}/{'x' * _LONGEST_OF_CODE}"
            case _:
                return resource.name

    return len(policy_text(policy_document(role.rights, longest)))


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
