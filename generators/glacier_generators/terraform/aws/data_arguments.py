"""What a task may touch, as arguments of the module that runs it: the same for every such module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from glacier_generators.hcl.syntax import Attribute, Blank, Comment, Inline, Value
from glacier_generators.plan.model import Access, Plan, TaskPlan
from glacier_generators.terraform.aws.bucket.hcl import (
    bucket_arn,
    bucket_key,
    bucket_name,
    may_have_key,
)
from glacier_generators.terraform.aws.hand_rights import hand_attributes
from glacier_generators.terraform.aws.secret.hcl import secret_arn

__all__ = ["data_arguments"]


def data_arguments(task: TaskPlan, plan: Plan) -> Iterator[Attribute | Blank | Comment]:
    """Yield the datasets, secrets, buckets and keys of a task, and what it is granted by hand."""
    return chain(_grants(task), _keys(task, plan), hand_attributes(task))


def _grants(task: TaskPlan) -> Iterator[Attribute | Comment]:
    yield Attribute("reads", _accesses(task.reads))
    yield Attribute("writes", _accesses(task.writes))
    if task.secrets:
        yield Attribute("secrets", {name: secret_arn(name) for name in task.secrets})
    if task.buckets:
        yield Attribute("buckets", {name: bucket_name(name) for name in task.buckets})
    if task.home is not None:
        yield Attribute("home_bucket_arn", bucket_arn(task.home))
    if task.commits:
        yield Comment("Where tasks whose datasets it reads record which version is current.")
        yield Attribute("commit_bucket_arns", [bucket_arn(name) for name in task.commits])


def _keys(task: TaskPlan, plan: Plan) -> Iterator[Attribute]:
    keyed = {bucket.name for bucket in plan.buckets if may_have_key(bucket)}
    for name, touched in (
        ("decrypt_key_arns", task.buckets),
        ("encrypt_key_arns", task.buckets_written),
    ):
        if found := [bucket_key(bucket) for bucket in touched if bucket in keyed]:
            yield Attribute(name, found)


def _accesses(accesses: tuple[Access, ...]) -> Mapping[str, Value]:
    return {access.dataset: Inline(_access(access)) for access in accesses}


def _access(access: Access) -> Mapping[str, Value]:
    where: dict[str, Value] = {"bucket_arn": bucket_arn(access.bucket), "path": access.path}
    return where | {"source": True} if access.source else where
