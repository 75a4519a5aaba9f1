"""Planned state machines, made in an emulator that runs them, under the roles that are planned for them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import boto3  # type: ignore[import-untyped]  # its stubs are a package of their own
import pytest

from tests.terraform import emulator
from tests.terraform.harness import Plan

__all__ = ["client", "end_of", "make_machine", "make_role", "planned_machine", "with_names"]

_PATIENCE_S = 60


def client(service: str, endpoint: str) -> Any:
    """Return a client of a service for who may do everything."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=emulator.REGION,
        aws_access_key_id="emulated",
        aws_secret_access_key="emulated",
    )


def planned_machine(plan: Plan, module: str) -> str:
    """Return the definition of the state machine of a module."""
    machines = plan.resources("aws_sfn_state_machine")
    return str(machines[f"module.{module}.aws_sfn_state_machine.this"]["definition"])


def make_role(
    plan: Plan, endpoint: str, address: str, name: str, renamed: Mapping[str, str]
) -> str:
    """Make a planned role by another name, whose policy is about things of other names; return its ARN.

    Args:
        plan: What is planned.
        endpoint: Where to make it.
        address: Module and name of the role: `starter.this`.
        name: What to call it.
        renamed: Parts of ARNs, and what stands in their place.
    """
    module, _, kind = address.partition(".")
    role = plan.resources("aws_iam_role")[f"module.{module}.aws_iam_role.{kind}"]
    policy = json.dumps(plan.policies()[f"module.{module}.aws_iam_role_policy.{kind}"])
    iam = client("iam", endpoint)
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=role["assume_role_policy"])
    iam.put_role_policy(
        RoleName=name, PolicyName="planned", PolicyDocument=with_names(policy, renamed)
    )
    return str(made["Role"]["Arn"])


def with_names(text: str, renamed: Mapping[str, str]) -> str:
    """Return a text with other names in it."""
    for old, new in renamed.items():
        text = text.replace(old, new)
    return text


def make_machine(endpoint: str, name: str, definition: Mapping[str, Any], role: str) -> str:
    """Make a state machine, and return its ARN."""
    made = client("stepfunctions", endpoint).create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=role
    )
    return str(made["stateMachineArn"])


def end_of(states: Any, execution: str) -> dict[str, Any]:
    """Wait for the end of an execution, and return what is said of it."""
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        said: dict[str, Any] = states.describe_execution(executionArn=execution)
        if said["status"] != "RUNNING":
            return said
        time.sleep(0.1)
    pytest.fail(f"{execution} still runs")
