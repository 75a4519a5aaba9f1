"""A secret that a task used, raised in an error, and died with, and the one by which Databricks is called: in their stores, and in nothing else that can be read.

Late in its folder: the task with the secret is a change of the project, of which others look at the state before.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote
from zipfile import ZipFile, is_zipfile

import pytest

from tests.end_to_end.bootstrapping import Bootstrap
from tests.end_to_end.changes import KEY, NEW_TASK
from tests.end_to_end.deployments import Deployment, Done, Execution, glacier, succeed
from tests.terraform.emulated.databricks import SECRET

pytestmark = pytest.mark.slow

FORMS = {
    form.encode()
    for secret in (KEY, SECRET)
    for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1])
}
MASKED = b"the registry did not take ***"
Texts = Iterator[tuple[str, bytes]]


def files(deployed: Deployment, *_: object) -> Texts:
    """What is in the project's folder, and in archives there."""
    root = deployed.project.root
    for path in root.rglob("*"):
        if path.is_file() and ".venv" not in path.parts and ".terraform" not in path.parts:
            yield from _opened(path.relative_to(root).as_posix(), path.read_bytes())


def objects(deployed: Deployment, *_: object) -> Texts:
    """What is in every bucket, old versions too: Terraform's state, archives, data, what runs wrote down."""
    s3 = deployed.client("s3")
    for bucket in [it["Name"] for it in s3.list_buckets()["Buckets"]]:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for it in page.get("Versions", ()):
                named = {"Bucket": bucket, "Key": it["Key"], "VersionId": it["VersionId"]}
                yield from _opened(f"{bucket}/{it['Key']}", s3.get_object(**named)["Body"].read())


def logs(deployed: Deployment, *_: object) -> Texts:
    """Every line of every log group."""
    client = deployed.client("logs")
    for group in [it["logGroupName"] for it in client.describe_log_groups()["logGroups"]]:
        for stream in client.describe_log_streams(logGroupName=group)["logStreams"]:
            named = {"logGroupName": group, "logStreamName": stream["logStreamName"]}
            said = client.get_log_events(**named, startFromHead=True)["events"]
            yield group, "\n".join(event["message"] for event in said).encode()


def histories(deployed: Deployment, *_: object) -> Texts:
    """Every run of every state machine: input, output, errors, events."""
    states = deployed.client("stepfunctions")
    for machine in states.list_state_machines()["stateMachines"]:
        found = states.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
        for arn in [it["executionArn"] for it in found]:
            told = states.describe_execution(executionArn=arn)
            events = states.get_execution_history(executionArn=arn, maxResults=1000)["events"]
            yield arn, json.dumps([told, events], default=str).encode()


def plans(deployed: Deployment, bootstrap: Bootstrap, *_: object) -> Texts:
    """A plan that makes the task's function anew, as Terraform prints and keeps it."""
    infra, keys = deployed.project.infra, bootstrap.taken("plan", deployed.endpoint)
    replaced = f"-replace=module.task_{NEW_TASK}.aws_lambda_function.this"
    arguments = (replaced, "-lock=false", "-input=false", "-out=canary.tfplan")
    endpoint = deployed.endpoint
    yield "plan", succeed(infra, "plan", *arguments, endpoint=endpoint, keys=keys).encode()
    yield "plan.json", succeed(infra, "show", "-json", "canary.tfplan", endpoint=endpoint).encode()
    yield from _opened("plan file", (infra / "canary.tfplan").read_bytes())
    (infra / "canary.tfplan").unlink()


def commands(deployed: Deployment, _: Bootstrap, deploying: Done, tried_thrice: Execution) -> Texts:
    """What Glacier said of the deployment, and says of the run."""
    yield "glacier deploy", (deploying.output + deploying.errors).encode()
    here = {"REGISTRY_KEY": KEY, "GLACIER_BINDINGS": "bindings.json"}
    for arguments in (
        ("runs", "follow", tried_thrice.name, "--target", "aws"),
        ("iam",),
        ("analyze", "--json"),
    ):
        done = glacier(deployed.project, deployed.endpoint, *arguments, **here)
        assert done.code == 0, done.output + done.errors
        yield " ".join(("glacier", *arguments)), (done.output + done.errors).encode()


@pytest.mark.parametrize("gathered", [files, objects, logs, histories, plans, commands])
def test_a_secret_is_nowhere_but_in_its_store(
    gathered: Callable[..., Texts],
    redeployed: Deployment,
    bootstrap: Bootstrap,
    deploying: Done,
    tried_thrice: Execution,
) -> None:
    found = list(gathered(redeployed, bootstrap, deploying, tried_thrice))

    assert found
    assert [name for name, text in found if any(form in text for form in FORMS)] == []


def test_it_is_in_its_store_and_its_task_used_it(
    redeployed: Deployment, tried_thrice: Execution
) -> None:
    secret = redeployed.outputs["bindings"]["secrets"]["registry-key"]
    stored: dict[str, Any] = redeployed.client("secretsmanager").get_secret_value(SecretId=secret)
    assert stored["SecretString"] == KEY
    for gathered in (logs, histories):
        assert any(MASKED in text for _, text in gathered(redeployed))
    result = redeployed.read(f"_glacier/runs/{tried_thrice.name}/{NEW_TASK}.json")
    assert json.loads(result)["status"] == "done"


def _opened(name: str, content: bytes) -> Texts:
    yield name, content
    if is_zipfile(io.BytesIO(content)):
        with ZipFile(io.BytesIO(content)) as archive:
            for inner in archive.namelist():
                yield f"{name}!{inner}", archive.read(inner)
