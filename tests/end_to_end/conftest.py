"""One deployment for all tests here: rendered, generated, built, applied, and then run."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import polars as pl
import pytest

# Test folders are no packages; the modules beside this file are found from the repository's root.
sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.end_to_end.bootstrapping import Bootstrap
from tests.end_to_end.changes import IMAGE, KEY, WORKSPACE, add_task
from tests.end_to_end.deployments import (
    Deployment,
    Done,
    Execution,
    apply,
    glacier,
    read_outputs,
)
from tests.end_to_end.projects import FLIGHTS, PYTHON, Project, install_project, lambda_python
from tests.end_to_end.registry import docker_path
from tests.template.rendering import GIT_IDENTITY, render, snapshot
from tests.terraform import emulator
from tests.terraform.connections import connected
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
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where images are pushed to."""
    return tmp_path_factory.mktemp("images")


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory, images: Path) -> Iterator[str]:
    """The address of an emulated AWS in which functions, containers and workflows run."""
    python = lambda_python(tmp_path_factory.mktemp("lambda") / "runtime")
    with emulator.running(python, images) as address:
        yield address


@pytest.fixture(scope="session")
def bootstrap(project: Project) -> Bootstrap:
    """What an administrator is about to apply for the project: buckets for code and state, and roles for CI."""
    project.glacier("generate")
    return Bootstrap(project)


@pytest.fixture(scope="session")
def deployed(project: Project, bootstrap: Bootstrap, endpoint: str) -> Deployment:
    """The project, built, and applied by the role that CI deploys with, with the sample data in its bucket."""
    bootstrap.plan(endpoint)
    with ThreadPoolExecutor(1) as pool:
        applying = pool.submit(bootstrap.apply, endpoint)
        project.build()
        # Either apply waits a minute for its bucket's life cycle rules, so they wait together.
        bootstrap.wait(applying, endpoint)
        ci = bootstrap.taken("deploy", endpoint)
        init(project.infra, backend=ci)
        deployment = apply(project, endpoint, ci)
        applying.result()
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
def planned_change(deployed: Deployment, as_scheduled: Execution, bootstrap: Bootstrap) -> Plan:
    """What Terraform would do after tasks were added to the project that runs, one of them in bootstrap's network."""
    assert as_scheduled.status == "SUCCEEDED"
    connection = connected(deployed.client("events"), "flights", WORKSPACE)
    add_task(deployed.project, connection)
    deployed.project.glacier("generate")
    deployed.project.build("--image-uri", IMAGE)
    bootstrap.add_network(deployed.endpoint)
    init(deployed.project.infra, backend=emulator.credentials(deployed.endpoint))
    return plan_json(deployed.project.infra, endpoint=deployed.endpoint)


@pytest.fixture(scope="session")
def deploying(
    deployed: Deployment, planned_change: Plan, bootstrap: Bootstrap, images: Path
) -> Done:
    """What `glacier deploy` says of the change, under the role that CI deploys with."""
    assert planned_change.changes
    here = {
        "REGISTRY_KEY": KEY,  # as somebody has it who runs the pipeline on their machine, too
        "PATH": docker_path(images / "bin", images),
        **bootstrap.taken("deploy", deployed.endpoint),
    }
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
