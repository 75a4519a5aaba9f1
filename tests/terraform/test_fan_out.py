"""A run over partitions, as Step Functions goes through it: what is asked of which task, what one failure does, what it holds.

The workflow is the generated one to the letter. Its functions are stand-ins that say what they were asked.
"""

from __future__ import annotations

import io
import json
import time
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zipfile import ZipFile

import polars as pl
import pytest
from glacier_generators.plan.planning import make_plan
from glacier_generators.terraform.aws.kinds import KINDS
from glacier_generators.terraform.aws.workflow.fan_out import most_keys
from glacier_generators.terraform.aws.workflow.hcl import state_machine_text
from pydantic import BaseModel

from glacier_runtime import AwsExecutor, Dataset, Partition, Pipeline, Previous, Provider, Window
from glacier_runtime.config import AwsConfig
from glacier_runtime.errors import ExecutionError
from glacier_runtime.execution.events import Event, GroupFinished, RunStarted
from tests.terraform import emulator
from tests.terraform.machines import client, end_of, make_machine

STAND_IN = """
import json

class Refused(Exception):
    pass

def handle(event, context):
    print(json.dumps({"run_id": event["run_id"], "partition": event.get("partition"), "outcome": "", "traceback": "the way"}))
    if event.get("partition") and event["partition"] == event["params"].get("bad"):
        raise Refused("GLC504 task 'split' has no such day\\n  fix: mend it")
    return {}
"""


class Flight(BaseModel):
    """One flight."""

    day: date
    carrier: str


def keyed() -> Pipeline:
    """Three tasks that make a partition each time, one of them from the day before, and one that makes all."""
    provider = Provider(config=AwsConfig(region=emulator.REGION))
    lake, small = provider.bucket("lake"), provider.serverless(timeout_s=60)
    raw = Dataset("raw", storage=lake.at("raw.parquet"), schema=Flight, source=True)
    days, balances = (
        Dataset(name, storage=lake.at(f"{name}/"), schema=Flight, partition_by="day")
        for name in ("days", "balances")
    )
    sorted_days = Dataset(
        "sorted", storage=lake.at("sorted/"), schema=Flight, partition_by=["carrier", "day"]
    )
    everything = Dataset("everything", storage=lake.at("all.parquet"), schema=Flight)

    @small.task(dry_run=False)
    def split(
        rows: Annotated[pl.LazyFrame, raw], day: Partition[date], bad: str = ""
    ) -> Annotated[pl.LazyFrame, days]:
        del bad  # the stand-in knows it
        return rows.filter(pl.col("day") == day)

    @small.task(dry_run=False)
    def sort(
        rows: Annotated[pl.LazyFrame, days],
        carrier: Partition[Literal["AA", "UA"]],
        day: Partition[date],
    ) -> Annotated[pl.LazyFrame, sorted_days]:
        return rows.filter(carrier=carrier, day=day)

    @small.task(dry_run=False)
    def carry_on(
        rows: Annotated[pl.LazyFrame, days],
        before: Annotated[Previous[Annotated[pl.LazyFrame, balances]], Window(-1, -1)],
        day: Partition[date],
    ) -> Annotated[pl.LazyFrame, balances]:
        return pl.concat([before, rows]).filter(day=day)

    @small.task(dry_run=False)
    def total(rows: Annotated[pl.LazyFrame, balances]) -> Annotated[pl.LazyFrame, everything]:
        return rows

    return Pipeline(name="keyed", tasks=[split, sort, carry_on, total])


@dataclass(frozen=True)
class Deployed:
    """The workflow of that pipeline."""

    endpoint: str
    machine: str

    def run(self, **given: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Run it to its end; return what is said of that, and its history."""
        states = client("stepfunctions", self.endpoint)
        named = {"stateMachineArn": self.machine, "name": f"run-{time.monotonic_ns()}"}
        arn = states.start_execution(**named, input=json.dumps(given))["executionArn"]
        ended = end_of(states, arn)
        pages = states.get_paginator("get_execution_history").paginate(executionArn=arn)
        return ended, [event for page in pages for event in page["events"]]


def asked(events: list[dict[str, Any]], task: str) -> list[tuple[Any, Any]]:
    """Return of which partition and logical date a task was asked, in order."""
    told = (event.get("taskScheduledEventDetails", {}).get("parameters", "{}") for event in events)
    payloads = [json.loads(text).get("Payload", {}) for text in told]
    of_task = [it for it in payloads if it.get("task") == task]
    return [(it.get("partition"), it["logical_date"]) for it in of_task]


@pytest.fixture(scope="module")
def deployed(executing: str) -> Deployed:
    return Deployed(executing, make_workflow(executing, "keyed", keyed()))


def make_workflow(endpoint: str, name: str, pipeline: Pipeline) -> str:
    """Make the generated state machine of a pipeline, before functions that stand in; return its ARN."""
    role = made_role(endpoint, name)
    content = io.BytesIO()
    with ZipFile(content, "w") as archive:
        archive.writestr("stand_in.py", STAND_IN)
    text = state_machine_text(make_plan(pipeline.manifest))
    topic = client("sns", endpoint).create_topic(Name=f"{name}-failures")["TopicArn"]
    for task in pipeline.tasks:
        group = f"/aws/lambda/{name}-{task.name}"
        client("logs", endpoint).create_log_group(logGroupName=group)
        function = client("lambda", endpoint).create_function(
            FunctionName=f"{name}-{task.name}",
            Runtime="python3.12",
            Role=role,
            Handler="stand_in.handle",
            Code={"ZipFile": content.getvalue()},
            Timeout=60,
        )
        text = text.replace(f"${{functions.{task.name}}}", function["FunctionArn"])
    text = text.replace("${partition}", "aws").replace("${failure_topic}", topic)
    return make_machine(endpoint, name, json.loads(text), role)


def made_role(endpoint: str, name: str) -> str:
    """Make a role that functions and the workflow share: what roles may do is looked at elsewhere."""
    services = ["states.amazonaws.com", "lambda.amazonaws.com"]
    trust = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
    actions = ["lambda:InvokeFunction", "logs:*", "sns:Publish"]
    policy = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    iam = client("iam", endpoint)
    role = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]})
    )
    document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=document)
    return str(role["Role"]["Arn"])


def test_a_run_that_is_told_nothing_makes_the_partition_of_its_date(deployed: Deployed) -> None:
    moment = "2026-01-31T05:00:00Z[Europe/Berlin]"
    ended, events = deployed.run(logical_date=moment)

    assert ended["status"] == "SUCCEEDED", ended
    assert asked(events, "split") == asked(events, "carry_on") == [("day=logical_date", moment)]
    assert sorted(key for key, _ in asked(events, "sort")) == [
        "carrier=AA/day=logical_date",
        "carrier=UA/day=logical_date",
    ]
    assert asked(events, "total") == [(None, moment)]


def test_each_task_runs_for_the_keys_that_a_run_is_given_and_holds_few_events_of_each(
    deployed: Deployed,
) -> None:
    days = [f"day=2026-01-{day:02}" for day in range(1, 7)]
    few, short = deployed.run(partitions={"day": days[:1]})
    many, long = deployed.run(partitions={"day": days})

    assert (few["status"], many["status"]) == ("SUCCEEDED", "SUCCEEDED"), many
    assert sorted(key for key, _ in asked(long, "split")) == days
    assert [key for key, _ in asked(long, "carry_on")] == days  # in their order: it looks back
    assert len(asked(long, "sort")) == 2
    assert len(asked(long, "total")) == 1
    of_two_keys = (len(long) - len(short)) / (len(days) - 1)
    assert 10 < of_two_keys <= 2 * KINDS["serverless"].events


def test_the_failure_of_one_key_ends_the_run_and_says_which_it_was(deployed: Deployed) -> None:
    days = [f"day=2026-01-{day:02}" for day in (1, 2, 3)]
    ended, events = deployed.run(partitions={"day": days}, params={"bad": days[1]})

    assert (ended["status"], ended["error"]) == ("FAILED", "Refused")
    assert ended["cause"].startswith("task split: day=2026-01-02: {")
    assert asked(events, "total") == []


def test_more_keys_than_a_history_holds_are_refused_before_anything_runs(
    deployed: Deployed,
) -> None:
    most = most_keys(make_plan(keyed().manifest))
    ended, events = deployed.run(partitions={"day": ["day=2026-01-01"] * (most + 1)})

    assert (ended["status"], ended["error"]) == ("FAILED", "TooManyPartitions")
    assert f"at most {most:,} partitions" in ended["cause"]
    assert asked(events, "split") == []


@pytest.fixture
def here(deployed: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AwsExecutor:
    """What follows runs of the workflow from this machine."""
    for name, value in emulator.credentials(deployed.endpoint).items():
        monkeypatch.setenv(name, value)
    return AwsExecutor(emulator.REGION, state_machine=deployed.machine, root=tmp_path)


def test_who_follows_a_run_sees_every_key(here: AwsExecutor) -> None:
    seen: list[Event] = []
    days = ["day=2026-01-01", "day=2026-01-02"]

    of_run = replace(here, observer=seen.append, partitions=days).run(keyed())

    (begun,) = (event for event in seen if isinstance(event, RunStarted))
    done = [event.group for event in seen if isinstance(event, GroupFinished)]
    expected = [f"{task} {day}" for task in ("split", "carry_on") for day in days]
    expected += [f"sort carrier={carrier}/{day}" for day in days for carrier in ("AA", "UA")]
    assert sorted(group.label for group in begun.groups) == sorted([*expected, "total"])
    assert sorted(group.label for group in done) == sorted([*expected, "total"])
    assert {group.number for group in done} == set(range(1, 10))
    assert len(of_run.groups) == 9


def test_who_follows_a_run_is_told_which_key_failed_with_its_log(here: AwsExecutor) -> None:
    days = ["day=2026-01-01", "day=2026-01-02"]
    with pytest.raises(ExecutionError, match="GLC504 task 'split' has no such day") as caught:
        replace(here, partitions=days).run(keyed(), {"bad": days[0]})

    (note,) = caught.value.__notes__
    assert note.splitlines()[:2] == ["the log of task split day=2026-01-01:", "the way"]
