"""A deployed pipeline, run from the laptop: its workflow started and followed, and a run of which a part is done here."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import polars as pl
import pytest

from tests.end_to_end.deployments import Deployment
from tests.end_to_end.projects import Project, sample

pytestmark = pytest.mark.slow


def glacier(
    deployed: Deployment, *arguments: str, expects: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run `glacier` in the project, as somebody who may do everything in the account."""
    left_out = {"VIRTUAL_ENV", "PYTHONPATH", "FORCE_COLOR", "GLACIER_CLOUD"}
    inherited = {name: value for name, value in os.environ.items() if name not in left_out}
    # Which cloud it is follows from --target.
    variables = {k: v for k, v in deployed.environment.items() if k != "GLACIER_CLOUD"}
    done = subprocess.run(
        [str(deployed.project.python), "-m", "glacier_runtime", *arguments],
        cwd=deployed.project.root,
        env=inherited | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == expects, f"{done.stdout}\n{done.stderr}"
    return done


def said(deployed: Deployment, *arguments: str) -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads(glacier(deployed, *arguments, "--json").stdout)
    return document


def rows(document: Mapping[str, Any]) -> dict[str, int]:
    return {name: made["rows"] for name, made in document["datasets"].items()}


def test_a_run_from_here_ends_as_one_on_this_machine(deployed: Deployment) -> None:
    since = ("--param", "since=2013-01-20")
    here = json.loads(deployed.project.glacier("run", "--force", "--json", *since))

    there = said(deployed, "run", "--target", "aws", "--run-id", "from-here", *since)

    assert there["run"] == "from-here"
    assert rows(there) == rows(here)
    addresses = [made["path"] for made in there["datasets"].values()]
    assert all(address.startswith(f"s3://{deployed.lake}/") for address in addresses)
    result = json.loads(deployed.read("_glacier/runs/from-here/report_carriers.json"))
    assert result["status"] == "done"
    shown = said(deployed, "runs", "show", "from-here")
    assert shown["status"] == "done"
    assert shown["execution"].endswith(":execution:flights:from-here")
    assert {group["outcome"] for group in shown["groups"]} == {"ran"}
    assert {name: made["rows"] for name, made in shown["datasets"].items()} == rows(there)


@pytest.mark.long
def test_a_run_that_is_left_can_be_followed_by_others(deployed: Deployment) -> None:
    started = said(deployed, "run", "--target", "aws", "--detach")

    followed = glacier(deployed, "runs", "follow", started["run"])

    assert "weather_impact" in followed.stdout
    assert glacier(deployed, "runs", "stop", started["run"]).stdout.endswith("had ended before\n")


@pytest.mark.long
def test_bad_data_is_told_with_the_name_of_the_task_and_its_log(
    deployed: Deployment, edited_flights: Callable[[pl.DataFrame], None]
) -> None:
    is_broken = pl.int_range(pl.len()) == 4711
    broken = pl.when(is_broken).then(-1).otherwise("distance").cast(pl.Int64)
    edited_flights(sample(deployed.project).with_columns(distance=broken))

    told = glacier(deployed, "run", "--target", "aws", expects=1).stderr

    reason = "GLC504 1 of 11,664 rows of dataset 'clean_flights' break rules: distance: gt=0 (1)"
    assert reason in told
    assert "the log of task clean:" in told


@pytest.mark.long
def test_what_is_not_there_and_who_may_not_are_told(
    deployed: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = deployed.outputs["state_machine_arn"]
    monkeypatch.setenv("GLACIER_STATE_MACHINE", f"{machine}-of-nobody")
    told = glacier(deployed, "run", "--target", "aws", expects=1).stderr
    assert f"GLC635 nothing is deployed as {machine}-of-nobody" in told

    monkeypatch.setenv("GLACIER_STATE_MACHINE", machine)
    told = glacier(deployed, "run", "--target", "aws", "--only", "clean", expects=1).stderr
    assert "GLC628 the deployed workflow flights runs all of its tasks" in told


@pytest.fixture
def with_local_task(deployed: Deployment) -> Iterator[Project]:
    """The project, in which one task is declared to run on this machine; nothing is deployed anew."""
    project = deployed.project
    before = "@small.task\ndef label_weather("
    project.replace("provider.py", "small = ", "here = provider.local()\n\nsmall = ")
    project.replace("tasks.py", "import small\n", "import here, small\n")
    project.replace("tasks.py", before, before.replace("small", "here"))
    yield project
    project.replace("tasks.py", before.replace("small", "here"), before)
    project.replace("tasks.py", "import here, small\n", "import small\n")
    project.replace("provider.py", "here = provider.local()\n\nsmall = ", "small = ")


@pytest.mark.long
@pytest.mark.usefixtures("with_local_task")
def test_a_hybrid_run_does_local_tasks_here_and_warns_that_the_code_differs(
    deployed: Deployment,
) -> None:
    before = len(deployed.logged("label_weather")), len(deployed.logged("measure_weather"))

    arguments = ("--hybrid", "--only", "label_weather", "--only", "measure_weather", "--force")
    done = glacier(deployed, "run", "--target", "aws", *arguments, "--run-id", "half")

    assert "hourly_weather" in done.stdout
    assert "weather_impact" in done.stdout
    assert "warning GLC639 changed since flights was built and deployed: flights/" in done.stderr
    after = len(deployed.logged("label_weather")), len(deployed.logged("measure_weather"))
    assert after[0] == before[0]
    assert after[1] > before[1]
    for task in ("label_weather", "measure_weather"):
        assert json.loads(deployed.read(f"_glacier/runs/half/{task}.json"))["status"] == "done"
