"""Serverless tasks as calls of the module `lambda_task`."""

from __future__ import annotations

from collections.abc import Iterable

from glacier_generators.hcl.syntax import Attribute, Body, Reference
from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.terraform.aws.descriptions import LONGEST_DESCRIPTION, one_line
from glacier_generators.terraform.aws.task_call import task_call
from glacier_runtime.config.compute import ServerlessSpec
from glacier_runtime.config.functions import FunctionConfig, LambdaConfig

__all__ = ["function_call"]


def function_call(task: TaskPlan, plan: Plan) -> Body:
    """Write the call that makes a task's function, its role and its log group."""
    compute = task.entry.compute
    assert isinstance(compute, ServerlessSpec)
    asks: Body = [
        Attribute("description", one_line(task.entry.description, LONGEST_DESCRIPTION)),
        Attribute("memory_mib", compute.memory_mib),
        Attribute("timeout_s", compute.timeout_s),
        *_configured(compute.config),
    ]
    code = Attribute("code", Reference("local.code"))
    return task_call(task, plan, "lambda_task", asks, [code])


def _configured(config: FunctionConfig | None) -> Iterable[Attribute]:
    if not isinstance(config, LambdaConfig):
        return
    if config.ephemeral_storage_mib is not None:
        yield Attribute("ephemeral_storage_mib", config.ephemeral_storage_mib)
    if config.runtime is not None:
        yield Attribute("runtime", config.runtime)
    if config.layers:
        yield Attribute("layers", list(config.layers))
