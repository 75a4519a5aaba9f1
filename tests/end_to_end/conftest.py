"""One deployment for all tests here: rendered, generated, built, applied, and then run."""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import polars as pl
import pytest

# Test folders are no packages; the modules beside this file are found from the repository's root.
sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.end_to_end.changes import KEY, add_task
from tests.end_to_end.deployments import (
    Deployment,
    Done,
    Execution,
    apply,
    client,
    glacier,
    read_outputs,
    succeed,
)
from tests.end_to_end.projects import FLIGHTS, PYTHON, Project, install_project, lambda_python
from tests.template.rendering import GIT_IDENTITY, render, snapshot
from tests.terraform import emulator
from tests.terraform.harness import Plan, find_terraform, init, plan_json


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The template with its defaults, rendered and installed."""
    find_terraform()
    folder = tmp_path_factory.mktemp("rendered")
    (folder / "settings.yml").write_text("{}", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in GIT_IDENTITY.items():
            patch.setenv(name, value)
        patch.setenv("COPIER_SETTINGS_PATH", str(folder / "settings.yml"))
        patch.setenv("COPIER_CACHE_DIR", str(folder / "mirrors"))
        template = snapshot(folder / "glacier", tag="v0.1.0")
        rendered = render(template, folder / "project")
    return install_project(rendered)


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an emulated AWS in which functions and workflows run."""
    python = lambda_python(tmp_path_factory.mktemp("lambda") / "runtime")
    with emulator.running(python) as address:
        yield address


@pytest.fixture(scope="session")
def deployed(project: Project, endpoint: str) -> Deployment:
    """The project, built and applied by the commands of its README, with the sample data in its bucket."""
    project.glacier("generate")
    with ThreadPoolExecutor(1) as pool:
        bootstrap = pool.submit(_bootstrap, project.infra / "bootstrap", endpoint)
        project.build()
        init(project.infra)
        # Either apply waits a minute for its bucket's life cycle rules, so they wait together.
        _wait_for_bucket(bootstrap, endpoint)
        deployment = apply(project, endpoint)
        bootstrap.result()
    lake = project.root / "data" / "lake"
    for path in sorted((lake / "raw").iterdir()):
        deployment.upload(path, path.relative_to(lake).as_posix())
    return deployment


@pytest.fixture(scope="session")
def as_scheduled(deployed: Deployment) -> Execution:
    """The first run, started by the schedule."""
    return deployed.run_on_schedule("2013-02-01T05:00:00Z")


@pytest.fixture
def failures(deployed: Deployment) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What subscribers of the failure topic are told from now on."""
    sqs = deployed.client("sqs")
    queue = sqs.create_queue(QueueName=f"hears-{uuid4()}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    topic = deployed.outputs["failure_topic_arn"]
    sns = deployed.client("sns")
    heard = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])

    def told() -> list[dict[str, Any]]:
        messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", ())
        return [json.loads(message["Body"]) for message in messages]

    yield told
    sns.unsubscribe(SubscriptionArn=heard["SubscriptionArn"])


@pytest.fixture(scope="session")
def planned_change(deployed: Deployment, as_scheduled: Execution) -> Plan:
    """What Terraform would do after a task was added to the project that runs."""
    assert as_scheduled.status == "SUCCEEDED"
    add_task(deployed.project)
    deployed.project.glacier("generate")
    deployed.project.build()
    init(deployed.project.infra)
    return plan_json(deployed.project.infra, endpoint=deployed.endpoint)


@pytest.fixture(scope="session")
def deploying(deployed: Deployment, planned_change: Plan) -> Done:
    """What `glacier deploy` says of the change."""
    assert planned_change.changes
    here = {"REGISTRY_KEY": KEY}  # as somebody has it who runs the pipeline on their machine, too
    arguments = ("deploy", "--yes", "--json", "--python", PYTHON)
    return glacier(deployed.project, deployed.endpoint, *arguments, **here)


@pytest.fixture(scope="session")
def redeployed(deployed: Deployment, deploying: Done) -> Deployment:
    """The project with one task more, and the secret that the task needs."""
    assert deploying.code == 0, deploying.output + deploying.errors
    changed = read_outputs(deployed.project, deployed.endpoint)
    secret = changed.outputs["bindings"]["secrets"]["registry-key"]
    changed.client("secretsmanager").put_secret_value(SecretId=secret, SecretString=KEY)
    return changed


@pytest.fixture(scope="session")
def tried_thrice(redeployed: Deployment) -> Execution:
    """A run in which the new task raises, then dies, and then succeeds."""
    return redeployed.run({})


@pytest.fixture
def edited_flights(deployed: Deployment) -> Iterator[Callable[[pl.DataFrame], None]]:
    """Put other flights into the source, until the test ends."""

    def _edit(frame: pl.DataFrame) -> None:
        content = io.BytesIO()
        frame.write_parquet(content)
        deployed.upload(content.getvalue(), FLIGHTS)

    yield _edit
    deployed.upload(deployed.project.root / "data" / "lake" / FLIGHTS, FLIGHTS)


def _bootstrap(folder: Path, endpoint: str) -> None:
    init(folder)
    arguments = ("-auto-approve", "-input=false", "-var-file=../terraform.tfvars")
    succeed(folder, "apply", *arguments, endpoint=endpoint)


def _wait_for_bucket(bootstrap: Future[None], endpoint: str) -> None:
    s3 = client("s3", endpoint)
    while not bootstrap.done() and not s3.list_buckets()["Buckets"]:
        time.sleep(0.2)
