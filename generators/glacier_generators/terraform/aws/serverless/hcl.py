"""Serverless tasks as calls of the module `lambda_task`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from glacier_generators.hcl.syntax import (
    Attribute,
    Blank,
    Block,
    Body,
    Comment,
    Inline,
    Reference,
    Value,
)
from glacier_generators.plan.model import Access, Plan, TaskPlan
from glacier_generators.terraform.aws.bucket.hcl import (
    bucket_arn,
    bucket_key,
    bucket_name,
    may_have_key,
)
from glacier_generators.terraform.aws.descriptions import LONGEST_DESCRIPTION, one_line
from glacier_generators.terraform.aws.hand_rights import hand_attributes
from glacier_generators.terraform.aws.secret.hcl import secret_arn
from glacier_runtime.config.compute import ServerlessSpec
from glacier_runtime.config.functions import FunctionConfig, LambdaConfig

__all__ = ["function_call"]


def function_call(task: TaskPlan, plan: Plan) -> Body:
    """Write the call that makes a task's function, its role and its log group."""
    compute = task.entry.compute
    assert isinstance(compute, ServerlessSpec)
    body: Body = [
        Attribute("source", "./modules/lambda_task"),
        Blank(),
        Attribute("name", Reference('"${local.name}-' + task.lasting_name + '"')),
        Attribute("task", task.name),
        Attribute("description", one_line(task.entry.description, LONGEST_DESCRIPTION)),
        Attribute("memory_mib", compute.memory_mib),
        Attribute("timeout_s", compute.timeout_s),
        *_configured(compute.config),
        Blank(),
        *_grants(task),
        *_keys(task, plan),
        *hand_attributes(task),
        Blank(),
        Attribute("code", Reference("local.code")),
        Attribute("region", Reference("var.region")),
        Attribute("log_retention_days", Reference("var.log_retention_days")),
        Blank(),
        Attribute("permissions_boundary", Reference("var.permissions_boundary")),
    ]
    return [Comment(task.entry.identity), Block("module", (f"task_{task.name}",), body)]


def _grants(task: TaskPlan) -> Iterable[Attribute | Comment]:
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


def _keys(task: TaskPlan, plan: Plan) -> Iterable[Attribute]:
    keyed = {bucket.name for bucket in plan.buckets if may_have_key(bucket)}
    for name, touched in (
        ("decrypt_key_arns", task.buckets),
        ("encrypt_key_arns", task.buckets_written),
    ):
        if found := [bucket_key(bucket) for bucket in touched if bucket in keyed]:
            yield Attribute(name, found)


def _configured(config: FunctionConfig | None) -> Iterable[Attribute]:
    if not isinstance(config, LambdaConfig):
        return
    if config.ephemeral_storage_mib is not None:
        yield Attribute("ephemeral_storage_mib", config.ephemeral_storage_mib)
    if config.runtime is not None:
        yield Attribute("runtime", config.runtime)
    if config.layers:
        yield Attribute("layers", list(config.layers))


def _accesses(accesses: Iterable[Access]) -> Mapping[str, Value]:
    return {access.dataset: Inline(_access(access)) for access in accesses}


def _access(access: Access) -> Mapping[str, Value]:
    where: dict[str, Value] = {"bucket_arn": bucket_arn(access.bucket), "path": access.path}
    return where | {"source": True} if access.source else where
