"""Rights as the policy of a role, in IAM's own form: what Terraform plans, and as long as that."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from glacier_generators.plan.roles import Resource, Right

__all__ = ["policy_document", "policy_text"]


def policy_document(
    rights: Iterable[Right], physical: Callable[[Resource], str | None]
) -> dict[str, object]:
    """Write rights as a policy.

    Args:
        rights: In the order of their statements.
        physical: The ARN of each resource; None for what is not there, such as the key of a bucket without one.
    """
    statements: dict[tuple[str, str], list[Right]] = {}
    for right in rights:
        if physical(right.resource) is not None:
            # A condition holds for all resources of its statement, so prefixes of two buckets are two statements.
            is_own = right.condition is not None and right.condition.test == "StringLike"
            scope = str(right.resource) if is_own else ""
            statements.setdefault((right.statement, scope), []).append(right)
    seen: Counter[str] = Counter()
    written = []
    for (name, scope), members in statements.items():
        seen[name] += 1
        number = seen[name] if scope and not members[0].by_hand else ""
        written.append(_statement(f"{name}{number}", members, physical))
    return {"Version": "2012-10-17", "Statement": written}


def policy_text(policy: Mapping[str, object]) -> str:
    """Write a policy as short as it can be, as Terraform's `minified_json` does."""
    return json.dumps(policy, separators=(",", ":"))


def _statement(
    sid: str, members: Sequence[Right], physical: Callable[[Resource], str | None]
) -> dict[str, object]:
    arns = {physical(right.resource) or "" for right in members}
    said: dict[str, object] = {
        "Sid": sid,
        "Effect": "Allow",
        "Action": _listed(members[0].actions),
        "Resource": _listed(arns),
    }
    conditions = [right.condition for right in members if right.condition is not None]
    if conditions:
        values = _listed({condition.value for condition in conditions})
        said["Condition"] = {conditions[0].test: {conditions[0].variable: values}}
    return said


def _listed(values: Iterable[str]) -> str | list[str]:
    found = sorted(values)
    return found[0] if len(found) == 1 else found
