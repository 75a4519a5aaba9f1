"""A task on a machine, deployed by the role of CI and run: Terraform waits long for what AWS Batch makes."""

from __future__ import annotations

import io
import json
from pathlib import Path

import polars as pl
import pytest

from tests.end_to_end.bootstrapping import Bootstrap
from tests.end_to_end.changes import MACHINE_TASK, add_machine_task
from tests.end_to_end.deployments import Deployment, glacier, read_outputs
from tests.end_to_end.projects import PYTHON
from tests.end_to_end.registry import docker_path

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def redeployed(deployed: Deployment, bootstrap: Bootstrap, images: Path) -> Deployment:
    """The project with one task more, and the network that its machine stands in."""
    add_machine_task(deployed.project)
    deployed.project.glacier("generate")
    bootstrap.add_network(deployed.endpoint)
    here = {
        "PATH": docker_path(images / "bin", images),
        **bootstrap.taken("deploy", deployed.endpoint),
    }
    arguments = ("deploy", "--yes", "--json", "--python", PYTHON)
    done = glacier(deployed.project, deployed.endpoint, *arguments, **here)
    assert done.code == 0, done.output + done.errors
    return read_outputs(deployed.project, deployed.endpoint)


def test_it_runs_beside_functions_under_its_own_role(redeployed: Deployment) -> None:
    run = redeployed.run({})

    assert (run.status, run.cause) == ("SUCCEEDED", "")
    assert redeployed.result(run, MACHINE_TASK)["status"] == "done"
    carriers = pl.read_parquet(io.BytesIO(redeployed.read("marts/carriers.parquet")))
    assert carriers["flights"].sum() > 10_000
    (line,) = [
        line for line in redeployed.logged(MACHINE_TASK, "/glacier/tasks/") if line.startswith("{")
    ]
    assert json.loads(line)["run_id"] == run.name


def test_a_plan_by_the_role_of_pull_requests_is_empty_again(
    redeployed: Deployment, bootstrap: Bootstrap
) -> None:
    arguments = ("plan", "--exit-code", "--json", "--python", PYTHON)
    ci = {**bootstrap.taken("plan", redeployed.endpoint), "TF_CLI_ARGS_plan": "-lock=false"}

    planned = glacier(redeployed.project, redeployed.endpoint, *arguments, **ci)

    assert planned.code == 0, planned.output + planned.errors
    assert not planned.document["changes"]


def test_every_role_of_it_has_the_boundary(redeployed: Deployment) -> None:
    iam = redeployed.client("iam")
    task = f"flights-{MACHINE_TASK}"
    (machine,) = [
        it["RoleName"] for it in iam.list_roles()["Roles"] if it["RoleName"].endswith(".machine")
    ]

    for name in (task, f"{task}.execution", machine):
        assert "PermissionsBoundary" in iam.get_role(RoleName=name)["Role"]
