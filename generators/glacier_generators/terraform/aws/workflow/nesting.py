"""Parts of a workflow as states of it: a part is started, followed to its end, and fails as the task did that failed in it.

    starts ─► done
     └─ failed: its end is looked up ─► ended

Of a part that failed, Step Functions gives a description with all that it was given, cut off where that is long. So what it failed of is
looked up. It runs under the name of the run: so its tasks are told the same run, and a start that had no answer starts nothing twice.
https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
"""

from __future__ import annotations

from typing import Final

from pydantic import JsonValue

from glacier_generators.terraform.aws.retrying import PASSING_ATTEMPTS, retry
from glacier_generators.terraform.aws.workflow.parts import Part

__all__ = ["part_states"]

_Object = dict[str, JsonValue]

# Of the start, and nothing of the part: no task has run.
_PASSING: Final = (
    "StepFunctions.AWSStepFunctionsException",
    "StepFunctions.ExecutionLimitExceededException",
    "StepFunctions.SdkClientException",
    "StepFunctions.ThrottlingException",
)


def part_states(part: Part, *, has_keys: bool) -> dict[str, _Object]:
    """Return the states that run a part, by name; the first is the one to go to.

    Args:
        part: The part.
        has_keys: Whether runs are told of partitions.
    """
    failed, ended = f"{part.title} failed", f"{part.title} ended"
    caught: _Object = {"ErrorEquals": ["States.ALL"]}
    return {
        part.title: {
            **_start(part, has_keys=has_keys),
            "Retry": [retry(_PASSING, attempts=PASSING_ATTEMPTS)],
            "Catch": [{**caught, "ResultPath": "$.failure", "Next": failed}],
        },
        failed: {
            "Type": "Task",
            "Resource": "arn:${partition}:states:::aws-sdk:sfn:describeExecution",
            "Parameters": {
                "ExecutionArn.$": "States.Format('${parts."
                + part.name
                + ".executions}:{}', $$.Execution.Name)"
            },
            "ResultSelector": {"Error.$": "$.Error", "Cause.$": "$.Cause"},
            "ResultPath": "$.failure",
            # Where nothing is to be found, it never began, or nobody said why it ended: then the first failure stands.
            "Catch": [{**caught, "ResultPath": None, "Next": ended}],
            "Next": ended,
        },
        ended: {"Type": "Fail", "ErrorPath": "$.failure.Error", "CausePath": "$.failure.Cause"},
    }


def _start(part: Part, *, has_keys: bool) -> _Object:
    keys = {"partitions.$": "$.partitions"} if has_keys else {}
    return {
        "Type": "Task",
        "Resource": "arn:${partition}:states:::states:startExecution.sync:2",
        "Parameters": {
            "StateMachineArn": "${parts." + part.name + ".arn}",
            "Name.$": "$$.Execution.Name",
            "Input": {
                "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$": "$$.Execution.Id",
                "logical_date.$": "$.logical_date",
                "params.$": "$.params",
                **keys,
            },
        },
        "ResultPath": None,
    }
