"""Who is told of runs that do not come."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from glacier_generators.terraform.aws.late_runs.patience import LONGEST_H, patience_h
from moto.events.models import EventPattern

from glacier_runtime import Cron
from tests.generators.crontab import crontab_fires
from tests.terraform.harness import Plan
from tests.terraform.machines import client, end_of, make_machine, make_role, planned_machine

ALARM = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:flights-late"


def changed(state: str, alarm: str = ALARM) -> dict[str, Any]:
    """Return what EventBridge says of an alarm."""
    return {
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "resources": [alarm],
        "time": "2026-01-31T08:00:00Z",
        "detail": {"alarmName": alarm.rpartition(":")[2], "state": {"value": state}},
    }


def only(plan: Plan, kind: str) -> Any:
    (found,) = [
        values for address, values in plan.resources(kind).items() if "late_runs" in address
    ]
    return found


def test_an_hour_in_which_nothing_ended_counts_as_one_without_success(plan: Plan) -> None:
    alarm = only(plan, "aws_cloudwatch_metric_alarm")

    assert (alarm["period"], alarm["evaluation_periods"], alarm["datapoints_to_alarm"]) == (
        *(3600, 27, 27),
    )
    assert alarm["treat_missing_data"] == "breaching"
    assert (alarm["comparison_operator"], alarm["threshold"]) == ("LessThanThreshold", 1)
    assert list(alarm["dimensions"]) == ["StateMachineArn"]


def told(plan: Plan, event: dict[str, Any]) -> dict[str, Any]:
    """Return what EventBridge makes of an event for its target."""
    (transformer,) = only(plan, "aws_cloudwatch_event_target")["input_transformer"]
    text = str(transformer["input_template"])
    assert transformer["input_paths"] == {"alarm": "$.resources[0]", "since": "$.time"}
    text = text.replace("<alarm>", event["resources"][0]).replace("<since>", event["time"])
    found: dict[str, Any] = json.loads(text)
    return found


def test_the_topic_hears_that_no_run_came(plan: Plan, executing: str) -> None:
    sns, sqs = client("sns", executing), client("sqs", executing)
    topic = sns.create_topic(Name="flights-failures")["TopicArn"]
    queue = sqs.create_queue(QueueName="hears-late")["QueueUrl"]
    arn = "arn:aws:sqs:eu-central-1:123456789012:hears-late"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    role = make_role(plan, executing, "stopped_runs.tell", "late", {})
    teller = json.loads(planned_machine(plan, "stopped_runs"))
    machine = make_machine(executing, "late", teller, role)
    states = client("stepfunctions", executing)

    given = json.dumps(told(plan, changed("ALARM")))
    run = states.start_execution(stateMachineArn=machine, name="one", input=given)
    assert end_of(states, run["executionArn"])["status"] == "SUCCEEDED"

    (message,) = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    heard = json.loads(message["Body"])
    assert heard["Subject"] == "flights LATE"
    assert json.loads(heard["Message"]) == {
        "run_id": "none",
        "execution": ALARM,
        "status": "LATE",
        "failure": {
            "Error": "NoRunSucceeded",
            "Cause": "No run of flights has succeeded in 27 hours, said at 2026-01-31T08:00:00Z",
        },
    }


@pytest.mark.parametrize(
    ("event", "is_told"),
    [
        (changed("ALARM"), True),
        (changed("OK"), False),
        (changed("INSUFFICIENT_DATA"), False),
        (changed("ALARM", f"{ALARM}-of-others"), False),
    ],
)
def test_only_this_alarm_is_heard_and_only_when_it_goes_off(
    plan: Plan, event: dict[str, Any], *, is_told: bool
) -> None:
    pattern = EventPattern.load(only(plan, "aws_cloudwatch_event_rule")["event_pattern"])

    assert pattern.matches_event(event) is is_told  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expression", "hours"),
    [
        ("0 5 * * *", 24 + 3),
        ("*/15 * * * *", 1 + 3),
        ("0 */6 * * *", 6 + 3),
        ("0 8-18 * * *", 14 + 3),
        ("0 5 * * 1-5", 72 + 3),
        ("0 5 * * 1,3", 120 + 3),
        ("0 5 1,4,7,10,13,16,19,22,25,28 * *", 96 + 3),
        ("0 5 * * 0", None),
        ("0 5 1 * *", None),
        ("0 5 29 2 *", None),
        ("0 5 * 6 *", None),
    ],
)
def test_it_waits_for_the_longest_pause_and_three_hours(expression: str, hours: int | None) -> None:
    assert patience_h(expression) == hours


@pytest.mark.parametrize("expression", ["7 3,17 * * *", "*/40 9 * * 2,4,6", "0 0 */2 * *"])
def test_no_pause_of_a_month_is_longer(expression: str) -> None:
    hours = patience_h(Cron(expression).expression)
    assert hours is not None
    assert hours <= LONGEST_H
    moment, last, longest = datetime(2027, 1, 28, tzinfo=UTC), None, timedelta()
    while moment < datetime(2027, 2, 12, tzinfo=UTC):
        if crontab_fires(expression, moment):
            longest = max(longest, moment - (last or moment))
            last = moment
        moment += timedelta(minutes=1)

    assert longest <= timedelta(hours=hours - 3) < longest + timedelta(hours=1)
