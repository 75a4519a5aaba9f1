"""Files that arrive: which of them start a run, for which minute and partition, and how many runs many files are."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from moto.events.models import EventPattern

from tests.terraform import emulator
from tests.terraform.emulated.arrivals import object_created
from tests.terraform.harness import Plan
from tests.terraform.machines import (
    client,
    end_of,
    make_machine,
    make_role,
    planned_machine,
    with_names,
)
from tests.terraform.state_machines import lint_state_machine

LAKE = "flights-lake-1a2b3c4d"
MOMENT = datetime(2026, 1, 31, 22, 59, 42, tzinfo=UTC)
_PATIENCE_S = 20


def pattern(plan: Plan, module: str) -> str:
    rules = plan.resources("aws_cloudwatch_event_rule")
    return str(rules[f"module.{module}.aws_cloudwatch_event_rule.this"]["event_pattern"])


@pytest.mark.parametrize(
    ("module", "bucket", "key", "starts"),
    [
        ("arrivals", LAKE, "inbox/a.parquet", True),
        ("arrivals", LAKE, "inbox/2026/01/a.pq", True),
        ("arrivals", LAKE, "manifest.json", True),
        ("arrivals", LAKE, "inbox/", False),
        ("arrivals", LAKE, "inbox/_SUCCESS", False),
        ("arrivals", LAKE, "inbox/a.parquet.tmp", False),
        ("arrivals", LAKE, "inbox-of-others/a.parquet", False),
        ("arrivals", LAKE, "manifest.json.bak", False),
        ("arrivals", LAKE, "clean/a.parquet", False),
        ("arrivals", LAKE, "_glacier/inbox/attempts/0/a.parquet", False),
        ("arrivals", LAKE, "_glacier/commits/clean.0.json", False),
        ("arrivals", f"{LAKE}-of-others", "inbox/a.parquet", False),
        ("arrivals_of_days", LAKE, "in/days/region=eu/day=2026-01-31/a.parquet", True),
        ("arrivals_of_days", LAKE, "in/days/day=2026-01-31/a.parquet", False),
        ("arrivals_of_days", LAKE, "in/days/a.parquet", False),
    ],
)
def test_what_a_task_would_read_starts_a_run_and_nothing_else(
    plan: Plan, module: str, bucket: str, key: str, *, starts: bool
) -> None:
    listening = EventPattern.load(pattern(plan, module))

    assert listening.matches_event(object_created(bucket, key, MOMENT)) is starts  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "kind", ["Object Deleted", "Object Tags Added", "Object Storage Class Changed"]
)
def test_what_else_happens_to_a_file_starts_nothing(plan: Plan, kind: str) -> None:
    event = object_created(LAKE, "inbox/a.parquet", MOMENT) | {"detail-type": kind}

    assert not EventPattern.load(pattern(plan, "arrivals")).matches_event(event)  # type: ignore[arg-type]


@pytest.mark.parametrize("module", ["arrivals", "arrivals_of_days"])
def test_it_is_what_aws_takes(plan: Plan, module: str) -> None:
    assert lint_state_machine(planned_machine(plan, module)) == []


def test_only_a_bucket_whose_files_start_runs_tells_of_them(plan: Plan) -> None:
    (told,) = plan.resources("aws_s3_bucket_notification").items()

    assert told[0] == "module.bucket_lake.module.settings.aws_s3_bucket_notification.this[0]"
    assert told[1]["eventbridge"] is True


@dataclass(frozen=True)
class Listening:
    """A bucket with the rule of a module, which starts a workflow through the starter; each under its planned role.

    Attributes:
        endpoint: The emulator.
        bucket: The bucket's name.
        machine: The state machine that the rule starts.
        starter: What that asks for a run.
        workflow: The workflow that is started in the end.
    """

    endpoint: str
    bucket: str
    machine: str
    starter: str
    workflow: str

    def tell(self, *keys: str, moment: datetime = MOMENT) -> None:
        """Tell of files, as the rule does, and wait until that has come to its end."""
        states = client("stepfunctions", self.endpoint)
        told = []
        for event in (object_created(self.bucket, key, moment) for key in keys):
            given = {"name": event["id"], "input": json.dumps(event)}
            told.append(states.start_execution(stateMachineArn=self.machine, **given))
        ends = [end_of(states, it["executionArn"])["status"] for it in told]
        assert set(ends) == {"SUCCEEDED"}

    def put(self, key: str) -> None:
        client("s3", self.endpoint).put_object(Bucket=self.bucket, Key=key, Body=b"rows")

    def heard(self, expected: int) -> list[dict[str, Any]]:
        """Return what the rule has passed on, once there is as much as expected and it is at its end."""
        return self._ended(self.machine, expected)

    def asked(self) -> list[dict[str, Any]]:
        """Return what the starter was asked for."""
        return self._ended(self.starter, 0)

    def runs(self, expected: int) -> list[dict[str, Any]]:
        """Return the runs of the workflow, the first first, once there are as many as expected."""
        return self._ended(self.workflow, expected)

    def _ended(self, machine: str, expected: int) -> list[dict[str, Any]]:
        states = client("stepfunctions", self.endpoint)
        until = time.monotonic() + _PATIENCE_S
        found = states.list_executions(stateMachineArn=machine)["executions"]
        while len(found) < expected and time.monotonic() < until:
            time.sleep(0.1)
            found = states.list_executions(stateMachineArn=machine)["executions"]
        described = [end_of(states, run["executionArn"]) for run in found]
        return sorted(described, key=lambda run: run["startDate"])


@pytest.fixture(scope="module")
def listening(plan: Plan, executing: str) -> Callable[[str, str], Listening]:
    def made(module: str, name: str) -> Listening:
        renamed = {
            "stateMachine:flights-days-arrived": f"stateMachine:{name}-arrived",
            "stateMachine:flights": f"stateMachine:{name}",
        }

        def machine(source: str, role: str, called: str) -> str:
            definition = json.loads(with_names(planned_machine(plan, source), renamed))
            for state in definition["States"].values():
                if state["Type"] == "Wait":
                    state["Seconds"] = 1
            made_role = make_role(plan, executing, role, called, renamed)
            return make_machine(executing, called, definition, made_role)

        work = {"StartAt": "work", "States": {"work": {"Type": "Succeed"}}}
        asks = machine(module, f"{module}.ask", f"{name}-arrived")
        starts = machine("starter", "starter.this", f"{name}-start")
        trust = make_role(plan, executing, "workflow.this", name, renamed)
        workflow = make_machine(executing, name, work, trust)
        where = {"LocationConstraint": emulator.REGION}
        bucket = f"{name}-lake"
        s3, events = client("s3", executing), client("events", executing)
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
        s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
        events.put_rule(Name=name, EventPattern=pattern(plan, module).replace(LAKE, bucket))
        hears = make_role(plan, executing, f"{module}.hear", f"{name}-hears", renamed)
        events.put_targets(Rule=name, Targets=[{"Id": "it", "Arn": asks, "RoleArn": hears}])
        return Listening(executing, bucket, asks, starts, workflow)

    return made


def test_a_file_that_is_put_starts_a_run_for_its_minute_and_one_put_elsewhere_none(
    listening: Callable[[str, str], Listening],
) -> None:
    it = listening("arrivals", "put")

    it.put("elsewhere/a.parquet")
    it.put("inbox/_temporary/a.parquet")
    (hidden,) = it.heard(1)
    assert json.loads(hidden["input"])["detail"]["object"]["key"] == "inbox/_temporary/a.parquet"
    assert it.asked() == []

    before = datetime.now(UTC)
    it.put("inbox/a.parquet")
    (run,) = it.runs(1)

    minutes = {moment.strftime("%Y-%m-%dT%H:%M:00Z") for moment in (before, datetime.now(UTC))}
    given = json.loads(run["input"])
    assert given["logical_date"].removesuffix("[Europe/Berlin]") in minutes
    assert given["params"] == {}


def test_all_files_of_a_minute_are_one_run_though_they_be_told_twice(
    listening: Callable[[str, str], Listening],
) -> None:
    it = listening("arrivals", "many")

    it.tell("inbox/a.parquet", "inbox/b.parquet", "inbox/a.parquet")
    (run,) = it.runs(1)
    it.tell("inbox/a.parquet")
    it.tell("inbox/c.parquet", moment=MOMENT.replace(hour=23))

    first, second = it.runs(2)
    assert first["executionArn"] == run["executionArn"]
    assert [it["name"] for it in (first, second)] == [
        *("flights-2026-01-31T2259Z", "flights-2026-01-31T2359Z"),
    ]
    assert json.loads(first["input"]) == {
        "logical_date": "2026-01-31T22:59:00Z[Europe/Berlin]",
        "params": {},
    }


def test_each_partition_is_a_run_that_is_told_which_it_is(
    listening: Callable[[str, str], Listening],
) -> None:
    it = listening("arrivals_of_days", "days")

    eu, us = "in/days/region=eu/day=2026-01-30", "in/days/region=us/day=2026-01-31"
    it.tell(f"{eu}/a.parquet", f"{eu}/b.parquet", f"{us}/a.parquet")

    given = [json.loads(run["input"])["params"] for run in it.runs(2)]
    assert sorted(given, key=str) == [
        {"day": "2026-01-30", "region": "eu"},
        {"day": "2026-01-31", "region": "us"},
    ]
