"""What Lambda and IAM refuse: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from glacier_generators.plan.model import Plan, TaskPlan
from glacier_generators.terraform.aws.policy_size import (
    LONGEST_BINDINGS,
    bindings_length,
    policy_faults,
)
from glacier_generators.terraform.aws.serverless.role import function_role
from glacier_runtime.config.clusters import DatabricksConfig
from glacier_runtime.config.compute import ServerlessSpec
from glacier_runtime.config.functions import LambdaConfig

__all__ = ["RUNTIMES", "function_faults", "function_summary", "runtime_of"]

_LONGEST_NAME: Final = 64  # of a function, and of the role that carries its name
_MEMORY_MIB: Final = (128, 10_240)
_LONGEST_RUN_S: Final = 900
RUNTIMES: Final = ("python3.11", "python3.12", "python3.13", "python3.14")  # what can be built for


def runtime_of(task: TaskPlan) -> str | None:
    """Return the Python that a task asks for, or that what it runs on has, if anybody says."""
    config = getattr(task.entry.compute, "config", None)
    return config.runtime if isinstance(config, LambdaConfig | DatabricksConfig) else None


def function_faults(task: TaskPlan, plan: Plan) -> list[tuple[str, str]]:
    """Return what AWS would refuse of a serverless task, each with the way out."""
    compute = task.entry.compute
    assert isinstance(compute, ServerlessSpec)
    low, high = _MEMORY_MIB
    name = f"{plan.pipeline}-{task.lasting_name}"
    found = []
    if len(name) > _LONGEST_NAME:
        fault = (
            f"would be function {name!r}, {len(name)} characters long; Lambda takes {_LONGEST_NAME}"
        )
        found.append((fault, "shorten the name of the task or of the pipeline"))
    if not low <= compute.memory_mib <= high:
        fault = f"asks for {compute.memory_mib} MiB; Lambda gives {low} to {high:,}"
        found.append((fault, f"set memory_mib within {low} and {high}"))
    if compute.timeout_s > _LONGEST_RUN_S:
        fault = f"asks for {compute.timeout_s} s; Lambda gives {_LONGEST_RUN_S}"
        found.append((fault, f"set timeout_s to {_LONGEST_RUN_S} or less, or split the task"))
    if compute.config is not None and not isinstance(compute.config, LambdaConfig):
        found.append(
            (
                f"is configured by {compute.config.type}, which is not Lambda",
                "give it a LambdaConfig",
            )
        )
    if (python := runtime_of(task)) not in {None, *RUNTIMES}:
        fault = f"asks for {python}, which cannot be built for"
        found.append((fault, f"choose one of {', '.join(RUNTIMES)}, or leave it to glacier build"))
    return [*found, *_role_faults(task, plan)]


def _role_faults(task: TaskPlan, plan: Plan) -> Iterator[tuple[str, str]]:
    yield from policy_faults(function_role(task, plan), plan)
    length = bindings_length(task, plan)
    if length > LONGEST_BINDINGS:
        fault = (
            f"touches so many buckets and secrets that their names could have {length:,} characters"
        )
        yield f"{fault}; a function's environment takes {LONGEST_BINDINGS:,}", "split the task"


def function_summary(task: TaskPlan) -> str:
    """Say what a serverless task runs on."""
    compute = task.entry.compute
    assert isinstance(compute, ServerlessSpec)
    return f"Lambda, {compute.memory_mib} MiB, at most {compute.timeout_s} s"
