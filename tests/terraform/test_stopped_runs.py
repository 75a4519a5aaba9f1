"""Who is told of runs that end without a word: which runs those are, and what is said of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from tests.terraform.harness import Plan
from tests.terraform.machines import client, end_of, make_machine, make_role, planned_machine
from tests.terraform.state_machines import lint_state_machine

WORKFLOW = "arn:aws:states:eu-central-1:123456789012:stateMachine:flights"
STARTER = f"{WORKFLOW}-start"


def event(machine: str, status: str, **detail: object) -> dict[str, Any]:
    """Return what EventBridge says of the end of a run."""
    told = {
        "stateMachineArn": machine,
        "executionArn": f"{machine.replace('stateMachine', 'execution')}:run-1",
        "name": "run-1",
        "status": status,
        "input": '{"params": {"patient": "Jane Doe"}}',
        **detail,
    }
    kind = "Step Functions Execution Status Change"
    return {"source": "aws.states", "detail-type": kind, "detail": told}


@pytest.mark.parametrize(
    ("ended", "is_told"),
    [
        (event(WORKFLOW, "ABORTED"), True),
        (event(WORKFLOW, "TIMED_OUT"), True),
        (event(WORKFLOW, "FAILED", error="States.Runtime", cause="The input is too large"), True),
        (event(WORKFLOW, "FAILED", error=None, cause=None), True),
        (event(WORKFLOW, "FAILED"), True),
        (event(WORKFLOW, "FAILED", error="Refused", cause="task clean: GLC504 …"), False),
        (event(WORKFLOW, "SUCCEEDED"), False),
        (event(WORKFLOW, "RUNNING"), False),
        (event(STARTER, "FAILED", cause="task clean: no task of ours"), True),
        (event(STARTER, "TIMED_OUT"), True),
        (event(STARTER, "SUCCEEDED"), False),
        (event(f"{WORKFLOW}-of-others", "ABORTED"), False),
    ],
)
def test_whatever_no_catch_has_said_is_told_and_nothing_twice(
    plan: Plan, ended: dict[str, Any], *, is_told: bool
) -> None:
    rules = plan.resources("aws_cloudwatch_event_rule")
    rule = rules["module.stopped_runs.aws_cloudwatch_event_rule.this"]
    pattern = EventPattern.load(rule["event_pattern"])

    assert pattern.matches_event(ended) is is_told  # type: ignore[arg-type]


def test_it_is_what_aws_takes(plan: Plan) -> None:
    assert lint_state_machine(planned_machine(plan, "stopped_runs")) == []


@pytest.mark.parametrize("cause", [{}, {"error": "Mine", "cause": "stopped by hand"}])
def test_the_topic_hears_which_run_it_was_and_nothing_of_its_input(
    plan: Plan, executing: str, cause: dict[str, str]
) -> None:
    sns, sqs = client("sns", executing), client("sqs", executing)
    topic = sns.create_topic(Name="flights-failures")["TopicArn"]
    name = f"hears-{len(cause)}"
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:eu-central-1:123456789012:{name}"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    role = make_role(plan, executing, "stopped_runs.tell", name, {})
    machine = make_machine(executing, name, json.loads(planned_machine(plan, "stopped_runs")), role)
    states = client("stepfunctions", executing)
    heard = json.dumps(event(WORKFLOW, "ABORTED", **cause))

    run = states.start_execution(stateMachineArn=machine, name="one", input=heard)
    assert end_of(states, run["executionArn"])["status"] == "SUCCEEDED"

    (message,) = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    told = json.loads(message["Body"])
    assert told["Subject"] == "flights ABORTED"
    assert json.loads(told["Message"]) == {
        "run_id": "run-1",
        "execution": f"{WORKFLOW.replace('stateMachine', 'execution')}:run-1",
        "status": "ABORTED",
        "failure": {"Error": cause.get("error"), "Cause": cause.get("cause")},
    }
