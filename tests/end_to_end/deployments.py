"""A deployed project: what is done to it, and asked of it, through AWS's own interfaces."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3  # type: ignore[import-untyped]  # its stubs are a package of their own

from tests.end_to_end.projects import Project, inherited
from tests.terraform import emulator
from tests.terraform.harness import terraform

__all__ = [
    "Deployment",
    "Done",
    "Execution",
    "apply",
    "client",
    "glacier",
    "read_outputs",
    "succeed",
]

_PATIENCE_S = 120
_SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"


@dataclass(frozen=True)
class Execution:
    """A run of the workflow that has ended."""

    name: str
    status: str
    error: str
    cause: str
    events: tuple[Mapping[str, Any], ...]

    @property
    def states(self) -> set[str]:
        """The names of all states that were entered."""
        details = (event.get("stateEnteredEventDetails") for event in self.events)
        return {detail["name"] for detail in details if detail}

    def attempts(self, task: str) -> list[int]:
        """Return the numbers of the attempts of a task, in order."""
        details = (event.get("taskScheduledEventDetails") for event in self.events)
        asked = [
            json.loads(detail["parameters"]).get("Payload", {}) for detail in details if detail
        ]
        return [payload["attempt"] for payload in asked if payload.get("task") == task]


@dataclass(frozen=True)
class Done:
    """What a command did: its exit code, and what it printed."""

    code: int
    output: str
    errors: str

    @property
    def document(self) -> dict[str, Any]:
        """What it printed, as JSON."""
        assert self.output, self.errors
        found: dict[str, Any] = json.loads(self.output)
        return found


@dataclass(frozen=True)
class Deployment:
    """A project in an account.

    Attributes:
        project: What is deployed.
        endpoint: Where the account is.
        outputs: What Terraform says of it.
    """

    project: Project
    endpoint: str
    outputs: Mapping[str, Any]

    @property
    def lake(self) -> str:
        """The bucket's name in the account."""
        return str(self.outputs["bindings"]["buckets"]["lake"])

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which whoever may do everything here finds the deployment."""
        credentials = emulator.credentials(self.endpoint)
        return {**credentials, "GLACIER_CLOUD": "aws", "GLACIER_BINDINGS": "bindings.json"}

    def client(self, service: str, taken: Mapping[str, str] | None = None) -> Any:
        """Return a client of a service, for the administrator or under a role that was taken."""
        return client(service, self.endpoint, taken)

    def policy(self, task: str) -> dict[str, Any]:
        """Return what the role of a task may do."""
        named = {"RoleName": f"flights-{task}", "PolicyName": "task"}
        document: dict[str, Any] = self.client("iam").get_role_policy(**named)["PolicyDocument"]
        return document

    def set_policy(self, task: str, document: Mapping[str, Any]) -> None:
        """Change what the role of a task may do."""
        named = {"RoleName": f"flights-{task}", "PolicyName": "task"}
        self.client("iam").put_role_policy(**named, PolicyDocument=json.dumps(document))

    def logged(self, task: str, prefix: str = "/aws/lambda/") -> list[str]:
        """Return all lines of the log of a task's function, or of what else it runs on."""
        logs, group = self.client("logs"), f"{prefix}flights-{task}"
        streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
        names = [stream["logStreamName"] for stream in streams]
        pages = [logs.get_log_events(logGroupName=group, logStreamName=name) for name in names]
        return [event["message"] for page in pages for event in page["events"]]

    def take_role(self, name: str, service: str) -> dict[str, str]:
        """Take a role as the service of AWS that it trusts."""
        keys = {"AWS_ACCESS_KEY_ID": service, "AWS_SECRET_ACCESS_KEY": "of the service itself"}
        arn = f"arn:aws:iam::{emulator.ACCOUNT}:role/{name}"
        sts = self.client("sts", keys)
        session = sts.assume_role(RoleArn=arn, RoleSessionName=str(uuid4()))["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
        }

    def upload(self, content: Path | bytes, key: str) -> None:
        """Put data into the lake."""
        body = content if isinstance(content, bytes) else content.read_bytes()
        self.client("s3").put_object(Bucket=self.lake, Key=key, Body=body)

    def read(self, key: str) -> bytes:
        body: bytes = self.client("s3").get_object(Bucket=self.lake, Key=key)["Body"].read()
        return body

    def objects(self, prefix: str) -> dict[str, str]:
        """Return what lies below a prefix: the content's digest by key."""
        pages = self.client("s3").get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=self.lake, Prefix=prefix)
        return {item["Key"]: item["ETag"] for page in found for item in page.get("Contents", ())}

    def run(self, given: Mapping[str, Any]) -> Execution:
        """Run the workflow as somebody does who types its input, and wait for its end."""
        arn = self.outputs["state_machine_arn"]
        return self._run(self.client("stepfunctions"), arn, json.dumps(given))

    def run_on_schedule(self, moment: str) -> Execution:
        """Run the workflow as its schedule does, under the schedule's role, and wait for its end."""
        target = self.client("scheduler").get_schedule(Name="flights")["Target"]
        role = target["RoleArn"].rpartition("/")[2]
        scheduler = self.take_role(role, "scheduler.amazonaws.com")
        given = target["Input"].replace(_SCHEDULED_TIME, moment)
        asked = self._run(self.client("stepfunctions", scheduler), target["Arn"], given)
        assert asked.status == "SUCCEEDED", asked
        workflow = self.outputs["state_machine_arn"]
        name = f"flights-{moment.replace(':', '')}"
        return self._ended(f"{workflow.replace(':stateMachine:', ':execution:')}:{name}")

    def invoke(self, task: str, run_id: str = "by-hand") -> tuple[dict[str, Any], bool]:
        """Run one function, though what it publishes be current; return what it says, and whether that is a failure."""
        event = {"task": task, "run_id": run_id, "attempt": 0, "params": {}, "force": True}
        answer = self.client("lambda").invoke(
            FunctionName=f"flights-{task}", Payload=json.dumps(event).encode()
        )
        said = json.loads(answer["Payload"].read())
        return said, "FunctionError" in answer

    def result(self, execution: Execution, task: str) -> dict[str, Any]:
        """Return what a task has written down of its part of a run."""
        document: dict[str, Any] = json.loads(
            self.read(f"_glacier/runs/{execution.name}/{task}.json")
        )
        return document

    def run_as(self, machine: str, name: str, given: str) -> Execution:
        """Run a state machine under a name, and wait for its end."""
        started = self.client("stepfunctions").start_execution(
            stateMachineArn=machine, name=name, input=given
        )
        return self._ended(started["executionArn"])

    def _run(self, client: Any, arn: str, given: str) -> Execution:
        started = client.start_execution(stateMachineArn=arn, name=f"run-{uuid4()}", input=given)
        return self._ended(started["executionArn"])

    def _ended(self, execution: str) -> Execution:
        admin = self.client("stepfunctions")
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            said = admin.describe_execution(executionArn=execution)
            if said["status"] != "RUNNING":
                break
            time.sleep(0.1)
        history = admin.get_paginator("get_execution_history")
        pages = history.paginate(executionArn=execution)
        events = tuple(event for page in pages for event in page["events"])
        return Execution(
            said["name"], said["status"], said.get("error", ""), said.get("cause", ""), events
        )


def apply(project: Project, endpoint: str, keys: Mapping[str, str]) -> Deployment:
    """Apply the Terraform of a project with somebody's keys, and keep its bindings where its README says."""
    arguments = ("apply", "-auto-approve", "-input=false")
    succeed(project.infra, *arguments, endpoint=endpoint, keys=keys)
    return read_outputs(project, endpoint)


def read_outputs(project: Project, endpoint: str) -> Deployment:
    """Read what Terraform says of a project that is applied, and keep its bindings where its README says."""
    bindings = succeed(project.infra, "output", "-json", "bindings", endpoint=endpoint)
    (project.root / "bindings.json").write_text(bindings, encoding="utf-8")
    said = json.loads(succeed(project.infra, "output", "-json", endpoint=endpoint))
    return Deployment(project, endpoint, {name: item["value"] for name, item in said.items()})


def glacier(project: Project, endpoint: str, *arguments: str, **variables: str) -> Done:
    """Run a command of `glacier` that talks to the account, as CI does: without a terminal."""
    done = subprocess.run(
        [str(project.python), "-m", "glacier_runtime", *arguments],
        cwd=project.root,
        env={**inherited(), **emulator.credentials(endpoint), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def client(service: str, endpoint: str, taken: Mapping[str, str] | None = None) -> Any:
    """Return a client of a service, for the administrator or whoever's keys are given."""
    given = emulator.credentials(endpoint) if taken is None else taken
    keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    return _client(service, endpoint, *(given.get(key) for key in keys))


@cache  # making one takes longer than most calls
def _client(
    service: str, endpoint: str, key: str | None, secret: str | None, token: str | None
) -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=emulator.REGION,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
    )


def succeed(
    folder: Path, *arguments: str, endpoint: str, keys: Mapping[str, str] | None = None
) -> str:
    """Run Terraform in a folder as its README says, and return what it prints."""
    options = () if arguments[0] == "show" else ("-no-color",)
    done = terraform(folder, *arguments, *options, endpoint=endpoint, keys=keys)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout
