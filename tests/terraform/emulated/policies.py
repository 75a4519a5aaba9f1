"""Policies of IAM, judged: effect, action, resource and conditions, as far as Glacier's modules use them.

An operator, or an element of a policy, that is not known here is a `KeyError`: better than an answer that may be wrong.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Need", "allows", "applies", "matches", "trusts", "trusts_token"]

Context = Mapping[str, str]

_CONDITIONS: dict[str, Callable[[str, str], bool]] = {
    "ArnLike": lambda actual, expected: matches(expected, actual),
    "Bool": lambda actual, expected: actual.lower() == expected.lower(),
    "StringEquals": lambda actual, expected: actual == expected,
    "StringLike": lambda actual, expected: matches(expected, actual),
}


@dataclass(frozen=True)
class Need:
    """What a request needs permission for.

    Attributes:
        action: Such as `s3:GetObject`.
        resource: The ARN of what it is done to.
        context: What conditions may ask about, by keys in lower case.
    """

    action: str
    resource: str
    context: Context = field(default_factory=dict[str, str])


def allows(policies: Iterable[Mapping[str, Any]], need: Need) -> bool:
    """Say whether policies allow something: one of them does, and none denies it."""
    effects = {
        statement["Effect"]
        for policy in policies
        for statement in _statements(policy)
        if applies(statement, need)
    }
    return effects == {"Allow"}


def trusts(policy: Mapping[str, Any], service: str, context: Context) -> bool:
    """Say whether a role's trust policy lets a service of AWS take the role."""
    need = Need("sts:AssumeRole", "", context)
    return any(
        service in _listed(statement["Principal"].get("Service", []))
        for statement in _statements(policy)
        if applies({**statement, "Resource": "*"}, need)
    )


def trusts_token(policy: Mapping[str, Any], provider: str, context: Context) -> bool:
    """Say whether a role's trust policy lets the bearer of a provider's token take the role."""
    need = Need("sts:AssumeRoleWithWebIdentity", "", context)
    return any(
        provider in _listed(statement["Principal"].get("Federated", []))
        for statement in _statements(policy)
        if applies({**statement, "Resource": "*"}, need)
    )


def applies(statement: Mapping[str, Any], need: Need) -> bool:
    """Say whether a statement speaks of something, be it to allow or to deny it."""
    return (
        any(matches(one.lower(), need.action.lower()) for one in _listed(statement["Action"]))
        and any(matches(one, need.resource) for one in _listed(statement["Resource"]))
        and _holds(statement.get("Condition", {}), need.context)
    )


def matches(pattern: str, text: str) -> bool:
    """Say whether a text is one that IAM's pattern means, with its wildcards * and ?."""
    return re.fullmatch(fnmatch.translate(pattern.replace("[", "[[]")), text) is not None


def _holds(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Say whether all conditions hold; one about what the request does not say never does."""
    return all(
        key.lower() in context
        and any(_CONDITIONS[operator](context[key.lower()], one) for one in _listed(expected))
        for operator, tests in conditions.items()
        for key, expected in tests.items()
    )


def _statements(policy: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    found = policy["Statement"]
    yield from [found] if isinstance(found, dict) else found


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
