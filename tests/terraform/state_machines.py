"""State machines as CloudFormation would take them, so that cfn-lint, which knows their schema, can judge them.

What it does not look at, whether each transition leads to a state that is there, is judged here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from cfnlint.api import ManualArgs, lint  # type: ignore[import-untyped]  # it has no stubs

# What templatefile would put in the place of ${...}.
_PARTITION = "aws"
_ARN = "arn:aws:lambda:eu-central-1:123456789012:function:task"


def lint_state_machine(definition: str) -> list[str]:
    """Return what is wrong with a state machine; an empty list is good.

    Args:
        definition: The state machine as JSON; placeholders may stand where a partition and ARNs will.

    Raises:
        json.JSONDecodeError: If the definition is no JSON.
    """
    machine = json.loads(re.sub(r"\$\{([^}]*)\}", _placed, definition))
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {
            "Machine": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "RoleArn": "arn:aws:iam::123456789012:role/workflow",
                    "Definition": machine,
                },
            }
        },
    }
    findings = lint(json.dumps(template), config=ManualArgs(regions=["eu-central-1"]))
    return [*(f"{item.rule.id}: {item.message}" for item in findings), *_dead_ends(machine)]


def _dead_ends(machine: Mapping[str, Any]) -> Iterator[str]:
    states = machine["States"]
    for name, state in states.items():
        leads_to = [state, *state.get("Choices", ()), *state.get("Catch", ())]
        targets = [item["Next"] for item in leads_to if "Next" in item]
        targets += [state["Default"]] if "Default" in state else []
        yield from (
            f"{name!r} leads to {to!r}, no state here" for to in targets if to not in states
        )
        inner = [*state.get("Branches", ()), state.get("ItemProcessor"), state.get("Iterator")]
        for part in filter(None, inner):
            yield from _dead_ends(part)


def _placed(placeholder: re.Match[str]) -> str:
    return _PARTITION if placeholder[1] == "partition" else _ARN
