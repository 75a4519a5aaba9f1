"""`glacier plan`, `deploy` and `destroy`, with real Terraform, on an account that is emulated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.end_to_end.changes import CONTAINER_TASK, JOBS, MACHINE_TASK, NEW_TASK, add_task
from tests.end_to_end.deployments import Deployment, Done, client, glacier
from tests.end_to_end.projects import PYTHON, Project, install_project
from tests.end_to_end.registry import docker_path
from tests.template.rendering import render, snapshot
from tests.terraform import emulator
from tests.terraform.harness import OVERRIDE, OVERRIDE_NAME

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def plan(deploying: Done) -> dict[str, Any]:
    """What was planned of the change, before it was applied."""
    assert deploying.code == 0, deploying.output + deploying.errors
    found: dict[str, Any] = deploying.document["plan"]
    return found


def test_a_change_is_compared_to_what_is_deployed(plan: dict[str, Any]) -> None:
    assert plan["compared_to"] == "what is deployed"
    added = [(it["name"], it["kind"]) for it in plan["tasks"]]
    assert sorted(added) == sorted((task, "added") for task in (NEW_TASK, *JOBS))
    assert plan["same_tasks"] == 6
    assert {it["role"] for it in plan["rights"]["gained"]} == {
        *(f"task {task}" for task in (NEW_TASK, *JOBS)),
        *(f"task {task}.execution" for task in (CONTAINER_TASK, MACHINE_TASK)),
        *("machine m6i-large", "workflow"),
    }
    assert plan["rights"]["lost"] == []
    actions = {it["address"]: it["action"] for it in plan["resources"]}
    assert actions[f"module.task_{NEW_TASK}.aws_lambda_function.this"] == "create"
    assert actions["module.task_clean.aws_lambda_function.this"] == "change"
    assert not [it for it in plan["resources"] if it["loses_data"]]


def test_what_it_costs_is_a_range_and_every_resource_is_in_it_or_named(
    plan: dict[str, Any],
) -> None:
    costs = plan["costs"]

    assert 0 < costs["low"] < costs["high"]
    assert {it["what"] for it in costs["lines"]} == {
        *("functions", "containers", "drivers on EMR Serverless", "machines"),
        "machines of Databricks, without what it asks itself",
        *("the workflow", "the schedule"),
        "1 of aws_cloudwatch_metric_alarm",
        "1 of aws_secretsmanager_secret",
    }
    assert not [line for line in costs["unknown"] if line.endswith("no price is known")]


def test_every_new_or_changed_task_was_loaded_where_it_runs_and_not_run(
    deploying: Done, plan: dict[str, Any], deployed: Deployment
) -> None:
    loaded = deploying.document["code"]

    assert (loaded["faults"], set(loaded["not_tried"])) == ({}, set(JOBS))
    assert len(loaded["loaded"]) == plan["same_tasks"] + 1
    assert NEW_TASK in loaded["loaded"]
    assert not deployed.objects(f"_glacier/commits/{NEW_TASK}.by-hand")


def test_the_image_of_containers_is_pushed_under_the_digest_of_its_content(
    deploying: Done, plan: dict[str, Any], redeployed: Deployment
) -> None:
    address, tag = plan["image"]["address"].split(":")
    assert not plan["image"]["pushed"]
    assert address == "123456789012.dkr.ecr.eu-central-1.amazonaws.com/flights-code"
    assert plan["code"].startswith(tag)
    assert f"pushing image {address}:{tag}" in deploying.errors
    described = redeployed.client("ecs").describe_task_definition(
        taskDefinition=f"flights-{CONTAINER_TASK}"
    )
    (container,) = described["taskDefinition"]["containerDefinitions"]
    assert container["image"] == f"{address}:{tag}"


def test_who_deploys_is_told_what_is_left_to_do(deploying: Done) -> None:
    secret, start = deploying.document["next"]

    assert "registry-key" in secret
    assert "start-execution --state-machine-arn arn:aws:states:" in start


def test_what_was_done_is_told_while_it_is_done(deploying: Done) -> None:
    assert f"created module.task_{NEW_TASK}.aws_lambda_function.this" in deploying.errors
    assert "+ " + NEW_TASK in deploying.errors


def test_nothing_is_destroyed_where_nobody_can_be_asked(redeployed: Deployment) -> None:
    refused = glacier(redeployed.project, redeployed.endpoint, "destroy")

    assert refused.code == 1
    assert "GLC812" in refused.errors
    assert f"{redeployed.lake}  (aws_s3_bucket: protected)" in refused.errors
    assert "secretsmanager_secret: it holds data" in refused.errors
    assert "!!!" not in refused.errors
    assert redeployed.client("lambda").list_functions()["Functions"]


def test_data_is_not_deleted_under_another_name(redeployed: Deployment) -> None:
    arguments = ("destroy", "--delete-data", "--confirm", "lights")
    refused = glacier(redeployed.project, redeployed.endpoint, *arguments)

    assert refused.code == 1
    assert "GLC817" in refused.errors


class Account:
    """A project, and an account of its own to deploy it to."""

    def __init__(self, project: Project, endpoint: str, path: str) -> None:
        self.project = project
        self.endpoint = endpoint
        self.path = path

    def glacier(self, *arguments: str, expects: int = 0) -> Done:
        done = glacier(self.project, self.endpoint, *arguments, PATH=self.path)
        assert done.code == expects, done.output + done.errors
        return done

    def functions(self) -> set[str]:
        found = client("lambda", self.endpoint).list_functions()["Functions"]
        return {it["FunctionName"] for it in found}

    def buckets(self) -> dict[str, int]:
        """Return how many objects each bucket holds, versions not counted."""
        s3 = client("s3", self.endpoint)
        names = [it["Name"] for it in s3.list_buckets()["Buckets"]]
        return {name: s3.list_objects_v2(Bucket=name)["KeyCount"] for name in names}

    def secrets(self) -> list[str]:
        found = client("secretsmanager", self.endpoint).list_secrets()["SecretList"]
        return [it["Name"] for it in found]

    def find_bucket(self, name: str) -> str:
        (found,) = [bucket for bucket in self.buckets() if f"-{name}-" in bucket]
        return found

    def put(self, bucket: str) -> None:
        for content in (b"old", b"new"):
            client("s3", self.endpoint).put_object(Bucket=bucket, Key="kept.txt", Body=content)


@pytest.fixture(scope="module")
def account(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """A project with a task of each kind, a bucket that is not protected and a secret, not deployed yet."""
    assert project.python.exists()
    folder = tmp_path_factory.mktemp("undeployed")
    rendered = install_project(
        render(snapshot(folder / "glacier", tag="v0.1.0"), folder / "project")
    )
    add_task(rendered)
    rendered.replace(
        "provider.py",
        "lake = provider",
        'scratch = provider.bucket("scratch", protected=False)\nlake = provider',
    )
    rendered.replace("fleet.py", "import lake, provider,", "import lake, provider, scratch,")
    rendered.replace("fleet.py", 'lake.at("marts/fleet', 'scratch.at("marts/fleet')
    rendered.glacier("generate")
    for root in (rendered.infra, rendered.infra / "bootstrap"):
        (root / OVERRIDE_NAME).write_text(OVERRIDE, encoding="utf-8")
    (folder / "images").mkdir()
    # With a Python, applications of EMR can be made; nothing is run here.
    with emulator.running(project.python, folder / "images") as endpoint:
        path = docker_path(folder / "images" / "bin", folder / "images")
        yield Account(rendered, endpoint, path)


@pytest.mark.long
def test_from_nothing_to_a_deployment_and_back_and_data_is_never_lost(account: Account) -> None:
    deploy = ("deploy", "--yes", "--json", "--no-load", "--python", PYTHON)
    plan = ("plan", "--exit-code", "--json", "--python", PYTHON)

    # A role of that name is there already: Terraform fails half way, and goes on once it is gone. (For a function, its provider tries ten
    # minutes before it says so.)
    roles = client("iam", account.endpoint)
    stranger = "flights-clean"
    roles.create_role(RoleName=stranger, AssumeRolePolicyDocument=json.dumps({"Statement": []}))
    failed = account.glacier(*deploy, expects=1).document
    assert {it["code"] for it in failed["problems"]} == {"GLC814"}
    assert "stand" in failed["problems"][0]["message"]
    told = account.glacier(*plan, expects=2).document
    assert told["compared_to"].startswith("what is deployed has no record")
    roles.delete_role(RoleName=stranger)
    first = account.glacier(*deploy).document
    assert first["applied"]
    assert len(account.functions()) == 7
    assert not account.glacier(*plan).document["changes"]

    lake, scratch = account.find_bucket("lake"), account.find_bucket("scratch")
    for bucket in (lake, scratch):
        account.put(bucket)
    gone = account.glacier("destroy", "--yes", "--json").document
    assert {it["name"] for it in gone["kept"]} >= {lake, scratch, "flights-registry-key"}
    assert gone["data_gone"] == []
    assert account.functions() == set()
    assert (account.buckets()[lake], account.buckets()[scratch]) == (1, 1)

    told = account.glacier(*plan, expects=2).document
    assert told["compared_to"] == "nothing is deployed but what holds data"
    assert not [it for it in told["resources"] if it["loses_data"]]
    account.glacier(*deploy)
    assert len(account.functions()) == 7
    assert (account.buckets()[lake], account.buckets()[scratch]) == (1, 1)

    arguments = ("destroy", "--delete-data", "--confirm", "flights", "--json")
    gone = account.glacier(*arguments).document
    assert gone["data_gone"] == [scratch, "flights-registry-key"]
    assert gone["objects_deleted"] >= 1
    assert scratch not in account.buckets()
    assert account.buckets()[lake] == 1
    assert {it["name"] for it in gone["kept"]} == {lake, account.find_bucket("artefacts")}
    state = json.loads((account.project.infra / "terraform.tfstate").read_text("utf-8"))
    managed = {it.get("module") for it in state["resources"] if it["mode"] == "managed"}
    assert {str(module).split(".")[1] for module in managed} == {"bucket_lake"}
