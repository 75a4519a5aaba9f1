"""The linter of state machines finds what is wrong, so that its silence means something."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.terraform.state_machines import lint_state_machine

CLEAN: dict[str, Any] = {
    "Type": "Task",
    "Resource": "arn:${partition}:states:::lambda:invoke",
    "Parameters": {"FunctionName": "${functions.clean}", "Payload.$": "$"},
    "Retry": [{"ErrorEquals": ["TryAgain"], "MaxAttempts": 2}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "failed"}],
    "End": True,
}
FAILED: dict[str, Any] = {"Type": "Fail"}


NOWHERE = [{"ErrorEquals": ["States.ALL"], "Next": "nowhere"}]


def machine(clean: dict[str, Any], failed: dict[str, Any], start: str = "clean") -> str:
    return json.dumps({"StartAt": start, "States": {"clean": clean, "failed": failed}})


def test_nothing_is_found_in_a_good_machine() -> None:
    assert lint_state_machine(machine(CLEAN, FAILED)) == []


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (machine(CLEAN, FAILED, start="nowhere"), "nowhere"),
        (machine({**CLEAN, "Next": "failed"}, FAILED), "Next"),
        (machine({**CLEAN, "Catch": NOWHERE}, FAILED), "nowhere"),
        (machine({**CLEAN, "Retry": [], "Catch": []}, {"Type": "Pass", "Next": "gone"}), "gone"),
        (machine({**CLEAN, "Retries": 2}, FAILED), "Retries"),
        (machine(CLEAN, {"Type": "Failure"}), "Failure"),
        (machine({**CLEAN, "Retry": [{"MaxAttempts": 2}]}, FAILED), "ErrorEquals"),
        (machine({**CLEAN, "TimeoutSeconds": "soon"}, FAILED), "soon"),
    ],
)
def test_what_is_wrong_is_found(broken: str, fault: str) -> None:
    findings = lint_state_machine(broken)
    assert any(fault in finding for finding in findings), findings
