"""State machines as CloudFormation would take them, so that cfn-lint, which knows their schema, can judge them."""

from __future__ import annotations

import json
import re

from cfnlint.api import ManualArgs, lint  # type: ignore[import-untyped]  # it has no stubs

# What templatefile would put in the place of ${...}.
_PARTITION = "aws"
_ARN = "arn:aws:lambda:eu-central-1:123456789012:function:task"


def lint_state_machine(definition: str) -> list[str]:
    """Return what cfn-lint has against a state machine; an empty list is good.

    Args:
        definition: The state machine as JSON; placeholders may stand where a partition and ARNs will.

    Raises:
        json.JSONDecodeError: If the definition is no JSON.
    """
    filled = re.sub(r"\$\{([^}]*)\}", _placed, definition)
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {
            "Machine": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "RoleArn": "arn:aws:iam::123456789012:role/workflow",
                    "Definition": json.loads(filled),
                },
            }
        },
    }
    findings = lint(json.dumps(template), config=ManualArgs(regions=["eu-central-1"]))
    return [f"{finding.rule.id}: {finding.message}" for finding in findings]


def _placed(placeholder: re.Match[str]) -> str:
    return _PARTITION if placeholder[1] == "partition" else _ARN
