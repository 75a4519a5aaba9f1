"""A pipeline with partition keys, its generated workflow to the letter, and functions that stand in and say what they were asked."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal
from zipfile import ZipFile

import polars as pl
import pytest
from glacier_generators.plan.planning import make_plan
from glacier_generators.plan.roles import Resource, Role
from glacier_generators.terraform.aws.policies import policy_document
from glacier_generators.terraform.aws.workflow.hcl import definitions
from glacier_generators.terraform.aws.workflow.role import workflow_roles
from glacier_generators.terraform.aws.workflow.states import state_machines
from pydantic import BaseModel

from glacier_runtime import Dataset, Partition, Pipeline, Previous, Provider, Window
from glacier_runtime.config import AwsConfig
from tests.terraform import emulator
from tests.terraform.machines import client, end_of, make_machine

__all__ = ["Deployed", "asked", "deploy", "keyed"]

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


def deploy(endpoint: str, name: str, pipeline: Pipeline) -> Deployed:
    """Make the generated state machines of a pipeline, each under the role that is generated for it, before functions that stand in."""
    pytest.importorskip("awslambdaric", reason="pip install 'awslambdaric>=4'")
    plan = make_plan(pipeline.manifest)
    machines = state_machines(plan)
    topic = client("sns", endpoint).create_topic(Name=f"{name}-failures")["TopicArn"]
    placed = {"${partition}": "aws", "${failure_topic}": topic}
    for task in pipeline.tasks:
        placed[f"${{functions.{task.name}}}"] = make_function(endpoint, f"{name}-{task.name}")
    roles = {role.name: make_role(endpoint, name, role) for role in workflow_roles(plan, machines)}
    texts = definitions(machines)
    whole = texts.pop("workflow.asl.json")
    for file, text in texts.items():
        part = file.removeprefix("workflow_").removesuffix(".asl.json")
        role = roles[f"workflow {part}"]
        arn = make_machine(endpoint, f"{name}-{part}", json.loads(with_values(text, placed)), role)
        placed[f"${{parts.{part}.arn}}"] = arn
        placed[f"${{parts.{part}.executions}}"] = arn.replace(":stateMachine:", ":execution:")
    definition = json.loads(with_values(whole, placed))
    machine = make_machine(endpoint, name, definition, roles["workflow"])
    return Deployed(endpoint, machine)


def with_values(text: str, placed: Mapping[str, str]) -> str:
    """Return a text with what stands for its placeholders."""
    for placeholder, value in placed.items():
        text = text.replace(placeholder, value)
    return text


def make_function(endpoint: str, name: str) -> str:
    """Make a function that stands in for a task, and where it writes its log; return its ARN."""
    content = io.BytesIO()
    with ZipFile(content, "w") as archive:
        archive.writestr("stand_in.py", STAND_IN)
    client("logs", endpoint).create_log_group(logGroupName=f"/aws/lambda/{name}")
    made = client("lambda", endpoint).create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=_role(
            endpoint, name, "lambda", {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
        ),
        Handler="stand_in.handle",
        Code={"ZipFile": content.getvalue()},
        Timeout=60,
    )
    return str(made["FunctionArn"])


def make_role(endpoint: str, name: str, role: Role) -> str:
    """Make a generated role that may do what it says and nothing else; return its ARN."""

    def physical(resource: Resource) -> str:
        here = f"{emulator.REGION}:{emulator.ACCOUNT}"
        return {
            "function": f"arn:aws:lambda:{here}:function:{name}-{resource.name}",
            "part": f"arn:aws:states:{here}:stateMachine:{name}-{resource.name}",
            "runs": f"arn:aws:states:{here}:execution:{name}-{resource.name}:*",
            "topic": f"arn:aws:sns:{here}:{name}-failures",
            "rule": f"arn:aws:events:{here}:rule/{resource.name}",
            "logs": f"arn:aws:logs:{here}:*",
        }.get(resource.kind, resource.name)

    statements: Any = policy_document(role.rights, physical)["Statement"]
    return _role(endpoint, f"{name}.{role.name.replace(' ', '.')}", "states", *statements)


def _role(endpoint: str, name: str, service: str, *statements: Mapping[str, Any]) -> str:
    principal = {"Service": f"{service}.amazonaws.com"}
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    iam = client("iam", endpoint)
    made = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]})
    )
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=document)
    return str(made["Role"]["Arn"])
