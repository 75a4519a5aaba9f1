"""What a task is granted by hand, as statements of its role's policy: `grants=[Grant(...)]` in the code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from glacier_generators.hcl.syntax import Attribute, Blank, Comment, Reference, Value
from glacier_generators.plan.model import TaskPlan
from glacier_generators.plan.roles import Because, Cause, Condition, Resource, Right
from glacier_generators.terraform.aws.bucket.hcl import bucket_arn
from glacier_runtime.manifest import GrantedPlace, GrantEntry

__all__ = ["granted_causes", "hand_attributes", "hand_rights"]

_LIST: Final = "s3:ListBucket"


@dataclass(frozen=True, slots=True)
class _Statement:
    """One statement; listing is about a bucket, and so one of its own, with the prefixes that may be listed."""

    sid: str
    reason: str
    actions: tuple[str, ...]
    resources: tuple[Resource, ...]
    prefixes: tuple[str, ...] = ()


def hand_rights(task: TaskPlan) -> Iterator[Right]:
    """Yield what a task is granted by hand, with the reason that was given for it."""
    for item in _statements(task):
        cause = _cause(task, item.reason)
        conditions: list[Condition | None] = [
            Condition("StringLike", "s3:prefix", prefix) for prefix in item.prefixes
        ]
        for resource in item.resources:
            for condition in conditions or [None]:
                yield Right(item.sid, item.actions, resource, (cause,), condition, by_hand=True)


def hand_attributes(task: TaskPlan) -> Iterator[Attribute | Blank | Comment]:
    """Yield the argument of `modules/lambda_task` that says the same."""
    statements: list[Value] = [
        {
            "sid": item.sid,
            "reason": item.reason,
            "actions": list(item.actions),
            "resources": list(map(_arn, item.resources)),
            **({"prefixes": list(item.prefixes)} if item.prefixes else {}),
        }
        for item in _statements(task)
    ]
    if statements:
        yield Blank()
        yield Comment("Granted by hand, in the code: no signature can say it.")
        yield Attribute("grants", statements)


def granted_causes(task: TaskPlan, bucket: str) -> tuple[Cause, ...]:
    """Return what grants a task, by hand, places in a bucket."""
    return tuple(
        _cause(task, grant.reason)
        for grant in task.entry.grants
        if any(place.bucket == bucket for place in _places(grant))
    )


def _statements(task: TaskPlan) -> Iterator[_Statement]:
    for number, grant in enumerate(task.entry.grants, start=1):
        sid, reason, places = f"GrantedByHand{number}", grant.reason, _places(grant)
        arns = [Resource("arn", item) for item in grant.resources if isinstance(item, str)]
        objects = [Resource("object", place.bucket, _key(place)) for place in places]
        on_objects = tuple(action for action in grant.actions if arns or action != _LIST)
        if on_objects:
            yield _Statement(sid, reason, on_objects, (*objects, *arns))
        if _LIST in grant.actions:
            for index, bucket in enumerate(sorted({place.bucket for place in places}), start=1):
                prefixes = tuple(_key(place) for place in places if place.bucket == bucket)
                only = (Resource("bucket", bucket),)
                yield _Statement(f"{sid}List{index}", reason, (_LIST,), only, prefixes)


def _cause(task: TaskPlan, reason: str) -> Cause:
    return Cause(Because.GRANT, reason, f"granted by hand: {reason}", task.name)


def _places(grant: GrantEntry) -> list[GrantedPlace]:
    return [item for item in grant.resources if isinstance(item, GrantedPlace)]


def _key(place: GrantedPlace) -> str:
    return f"{place.path}*" if place.path.endswith("/") else place.path


def _arn(resource: Resource) -> Value:
    match resource.kind:
        case "bucket":
            return bucket_arn(resource.name)
        case "object":
            bucket = bucket_arn(resource.name).text
            return Reference(f'"${"{"}{bucket}{"}"}/{resource.key}"')
        case _:
            return resource.name
