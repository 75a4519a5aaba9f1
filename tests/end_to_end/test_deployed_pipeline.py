"""From an empty folder to marts in S3: rendered, built, applied, and run by functions under roles that are enforced."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.end_to_end.bootstrapping import Bootstrap
from tests.end_to_end.changes import (
    CLUSTER_TASK,
    CONTAINER_TASK,
    DATABRICKS_TASK,
    JOBS,
    KEY,
    MACHINE_TASK,
    NEW_TASK,
)
from tests.end_to_end.deployments import Deployment, Execution, glacier
from tests.end_to_end.projects import PYTHON, Project, sample
from tests.terraform.harness import Plan, terraform

pytestmark = pytest.mark.slow

MARTS = ("weather_impact", "carrier_report")
TASKS = (
    *("clean", "label_weather", "baseline_routes", "attach_weather"),
    *("measure_weather", "report_carriers"),
)
SINCE = "2013-01-25"

_READ_BY_GLACIER = """
import sys
from pathlib import Path
from flights import datasets
from glacier_runtime.execution.inputs import pin, scan
for name in sys.argv[2:]:
    pinned = pin(getattr(datasets, name), Path.cwd())
    scan(pinned).collect().write_parquet(f"{sys.argv[1]}/{name}.parquet")
"""


# An exit code of 0 says that outputs stay as well.
PLAN = ("plan", "-detailed-exitcode", "-input=false", "-no-color")


def test_a_second_plan_by_the_role_of_pull_requests_is_empty(
    deployed: Deployment, bootstrap: Bootstrap
) -> None:
    ci = bootstrap.taken("plan", deployed.endpoint)

    planned = terraform(deployed.project.infra, *PLAN, "-lock=false", keys=ci)

    assert planned.returncode == 0, planned.stdout + planned.stderr


def test_a_second_plan_of_what_the_administrator_applied_is_empty(deployed: Deployment) -> None:
    folder = deployed.project.infra / "bootstrap"

    planned = terraform(folder, *PLAN, "-var-file=../terraform.tfvars", endpoint=deployed.endpoint)

    assert planned.returncode == 0, planned.stdout + planned.stderr


def test_the_files_that_ci_needs_are_what_bootstrap_says(deployed: Deployment) -> None:
    folder = deployed.project.infra / "bootstrap"
    for name, file in {"backend": "backend.tf", "variables": "bootstrap.auto.tfvars"}.items():
        said = terraform(folder, "output", "-raw", name, endpoint=deployed.endpoint)
        assert said.stdout == (deployed.project.infra / file).read_text(encoding="utf-8")
        # They are committed, and CI looks at how files are laid out.
        assert terraform(deployed.project.infra, "fmt", "-check", "-diff", file).stdout == ""


def test_the_state_is_in_its_bucket_and_nowhere_else(deployed: Deployment) -> None:
    assert not (deployed.project.infra / "terraform.tfstate").exists()
    s3 = deployed.client("s3")
    (bucket,) = [it["Name"] for it in s3.list_buckets()["Buckets"] if "-tfstate-" in it["Name"]]
    keys = {it["Key"] for it in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    assert keys == {"infra.tfstate"}  # and the lock is gone


def test_a_run_as_scheduled_succeeds_within_the_rights_of_its_roles(
    deployed: Deployment, as_scheduled: Execution
) -> None:
    assert (as_scheduled.status, as_scheduled.cause) == ("SUCCEEDED", "")
    assert as_scheduled.name == "flights-2013-02-01T050000Z"
    for task in TASKS:
        result = deployed.result(as_scheduled, task)
        assert result["status"] == "done"
        assert result["logical_date"] == "2013-02-01T05:00:00Z"


def test_a_schedule_that_fires_twice_starts_one_run(
    deployed: Deployment, as_scheduled: Execution
) -> None:
    again = deployed.run_on_schedule("2013-02-01T05:00:00Z")

    assert again.events == as_scheduled.events


@pytest.fixture(scope="module")
def local_marts(deployed: Deployment) -> dict[str, pl.DataFrame]:
    """What a run of the same project on this machine makes."""
    return made_here(deployed.project)


def made_here(project: Project, *arguments: str) -> dict[str, pl.DataFrame]:
    project.glacier("run", *arguments)
    marts = project.root / "data" / "lake" / "marts"
    return {name: pl.read_parquet(marts / f"{name}.parquet") for name in MARTS}


@pytest.mark.usefixtures("as_scheduled")
def test_its_marts_are_those_of_a_run_on_this_machine_to_any_tool(
    deployed: Deployment, local_marts: dict[str, pl.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in deployed.environment.items():
        monkeypatch.setenv(name, value)
    for name, made in local_marts.items():
        address = f"s3://{deployed.lake}/marts/{name}.parquet"
        found = pl.read_parquet(address, credential_provider=None)
        assert_frame_equal(found, made)
        assert found.height > 0


@pytest.mark.usefixtures("as_scheduled")
def test_its_marts_are_those_of_a_run_on_this_machine_to_glacier(
    deployed: Deployment,
    local_marts: dict[str, pl.DataFrame],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("read")
    deployed.project.call("-c", _READ_BY_GLACIER, str(folder), *MARTS, **deployed.environment)
    for name, made in local_marts.items():
        assert_frame_equal(pl.read_parquet(folder / f"{name}.parquet"), made)


def test_a_run_by_hand_need_not_say_anything(deployed: Deployment) -> None:
    run = deployed.run({})

    assert (run.status, run.cause) == ("SUCCEEDED", "")
    result = deployed.result(run, "clean")
    assert 0 <= _seconds_between(result["logical_date"], result["started_at"]) < 60


def test_a_run_parameter_reaches_the_task_that_declares_it(deployed: Deployment) -> None:
    expected = made_here(deployed.project, "--param", f"since={SINCE}")["carrier_report"]

    run = deployed.run({"params": {"since": SINCE}})

    assert run.status == "SUCCEEDED"
    report = pl.read_parquet(io.BytesIO(deployed.read("marts/carrier_report.parquet")))
    assert_frame_equal(report, expected)
    deployed.run({})
    again = pl.read_parquet(io.BytesIO(deployed.read("marts/carrier_report.parquet")))
    assert again["scheduled"].sum() > report["scheduled"].sum()


@pytest.mark.usefixtures("as_scheduled")
def test_bad_data_ends_a_run_with_a_report_and_publishes_nothing(
    deployed: Deployment,
    edited_flights: Callable[[pl.DataFrame], None],
    failures: Callable[[], list[dict[str, Any]]],
) -> None:
    is_broken = pl.int_range(pl.len()) == 4711
    broken = pl.when(is_broken).then(-1).otherwise("distance").cast(pl.Int64)
    edited_flights(sample(deployed.project).with_columns(distance=broken))
    before = deployed.objects("")

    run = deployed.run({})

    assert (run.status, run.error) == ("FAILED", "Refused")
    reason = "GLC504 1 of 11,664 rows of dataset 'clean_flights' break rules: distance: gt=0 (1)"
    assert run.cause.startswith("task clean: ")
    assert reason in run.cause
    (told,) = failures()
    message = json.loads(told["Message"])
    assert told["Subject"] == "flights failed"
    assert message["run_id"] == run.name
    assert message["failure"] == {"Error": run.error, "Cause": run.cause}
    assert any(reason in line and run.name in line for line in deployed.logged("clean"))
    # It is not tried again, nothing follows it, and nothing of it is to be seen.
    assert run.attempts("clean") == [0]
    assert not run.states & {"attach_weather", "report_carriers"}
    changed = set(deployed.objects("").items()) ^ set(before.items())
    made_beside = (
        "_glacier/commits/label_weather.",
        "_glacier/clean/weather.parquet/",
        "clean/weather.parquet",
    )
    leases = {key for key, _ in changed if key.endswith("/lease.json")}
    assert {key for key, _ in changed if not key.startswith(made_beside)} - leases == {
        f"_glacier/runs/{run.name}/clean.json",
        f"_glacier/runs/{run.name}/label_weather.json",
    }


@pytest.mark.usefixtures("as_scheduled")
def test_a_day_that_is_gone_from_the_data_goes_from_the_stable_path(
    deployed: Deployment, edited_flights: Callable[[pl.DataFrame], None]
) -> None:
    edited_flights(sample(deployed.project).filter(pl.col("day") != 31))

    assert deployed.run({}).status == "SUCCEEDED"

    days = {key.split("/")[2] for key in deployed.objects("clean/flights/")}
    assert "day=2013-01-30" in days
    assert "day=2013-01-31" not in days


def test_what_no_task_declares_is_refused_once(deployed: Deployment) -> None:
    run = deployed.run({"params": {"sinc": SINCE}})

    assert (run.status, run.error) == ("FAILED", "Refused")
    assert "run parameter 'sinc' is declared by no task" in run.cause
    assert run.attempts("clean") == [0]


@pytest.fixture
def broken_function(deployed: Deployment) -> Iterator[str]:
    """A task whose function cannot even start, until the test ends."""
    functions, name = deployed.client("lambda"), "flights-label_weather"
    handler = functions.get_function_configuration(FunctionName=name)["Handler"]
    functions.update_function_configuration(FunctionName=name, Handler="nowhere.handle")
    yield "label_weather"
    functions.update_function_configuration(FunctionName=name, Handler=handler)


def test_what_only_lambda_can_say_is_said_with_the_name_of_the_task(
    deployed: Deployment, broken_function: str
) -> None:
    run = deployed.run({})

    assert (run.status, run.error) == ("FAILED", "Runtime.ImportModuleError")
    assert run.cause.startswith(f"task {broken_function}: ")
    assert "No module named 'nowhere'" in run.cause


def test_a_task_more_changes_nothing_but_the_code_of_the_others(planned_change: Plan) -> None:
    changes = {
        address: actions
        for address, actions in planned_change.changes.items()
        if actions != ["read"]
    }
    made = {address for address, actions in changes.items() if actions == ["create"]}
    updated = {address for address, actions in changes.items() if actions == ["update"]}

    assert {address.split(".")[1] for address in made} == {
        f"task_{NEW_TASK}",
        "secret_registry-key",
        *(f"task_{task}" for task in JOBS),
        *("containers", "emr_7_5_0", "machine_m6i_large", "databricks_flights"),
        "workflow",  # a policy more, for what starting what is no function takes
    }
    assert updated == {
        *(f"module.task_{task}.aws_lambda_function.this" for task in TASKS),
        "module.workflow.aws_iam_role_policy.this",
        "module.workflow.aws_sfn_state_machine.this",
        "terraform_data.deployed",
    }
    # New code is a new object, uploaded before the old one goes.
    assert set(changes) - made - updated == {"aws_s3_object.code[0]"}
    assert changes["aws_s3_object.code[0]"] == ["create", "delete"]


def test_a_task_is_tried_as_often_as_it_declares(
    redeployed: Deployment, tried_thrice: Execution
) -> None:
    assert (tried_thrice.status, tried_thrice.cause) == ("SUCCEEDED", "")
    assert tried_thrice.attempts(NEW_TASK) == [0, 1, 2]
    errors = [
        event["taskFailedEventDetails"]
        for event in tried_thrice.events
        if event["type"] == "TaskFailed"
    ]
    assert [error["error"] for error in errors] == ["TaskFailed", "Runtime.ExitError"]
    assert redeployed.result(tried_thrice, NEW_TASK)["attempt"] == 2
    fleet = pl.read_parquet(io.BytesIO(redeployed.read("marts/fleet.parquet")))
    assert fleet["flights"].sum() > 10_000


def test_a_container_runs_beside_functions_under_its_own_role(
    redeployed: Deployment, tried_thrice: Execution
) -> None:
    result = redeployed.result(tried_thrice, CONTAINER_TASK)
    assert (result["status"], result["attempt"]) == ("done", 0)

    fleet = pl.read_parquet(io.BytesIO(redeployed.read("marts/fleet.parquet")))
    ranked = pl.read_parquet(io.BytesIO(redeployed.read("marts/ranked_fleet.parquet")))
    most = fleet.sort("flights", "tail_number", descending=[True, False]).head(100)
    assert_frame_equal(ranked, most)
    (line,) = [
        line
        for line in redeployed.logged(CONTAINER_TASK, "/glacier/tasks/")
        if line.startswith("{")
    ]
    assert json.loads(line)["run_id"] == tried_thrice.name


def test_tasks_on_emr_on_a_machine_and_on_databricks_run_beside_them_under_their_own_roles(
    redeployed: Deployment, tried_thrice: Execution
) -> None:
    for task in (CLUSTER_TASK, MACHINE_TASK, DATABRICKS_TASK):
        assert redeployed.result(tried_thrice, task)["status"] == "done"
        lines = redeployed.logged(task, "/glacier/tasks/")
        (line,) = [line for line in lines if line.startswith("{")]
        assert json.loads(line)["run_id"] == tried_thrice.name

    ranked, charted, carriers, days = (
        pl.read_parquet(io.BytesIO(redeployed.read(f"marts/{name}.parquet")))
        for name in ("ranked_fleet", "charted_fleet", "carriers", "flown_days")
    )
    assert days["flights"].sum() == carriers["flights"].sum()
    assert_frame_equal(charted, ranked.head(10))
    fleet = pl.read_parquet(io.BytesIO(redeployed.read("marts/fleet.parquet")))
    assert carriers["flights"].sum() >= fleet["flights"].sum() > 10_000


def test_every_role_of_the_pipeline_has_the_boundary(redeployed: Deployment) -> None:
    iam = redeployed.client("iam")
    names = [it["RoleName"] for it in iam.list_roles()["Roles"] if it["Path"] == "/"]
    roles = [iam.get_role(RoleName=name)["Role"] for name in names]

    bound = {it["RoleName"] for it in roles if "PermissionsBoundary" in it}

    of_jobs = {f"flights-{task}" for task in JOBS}
    of_jobs |= {f"flights-{task}.execution" for task in (CONTAINER_TASK, MACHINE_TASK)}
    of_jobs |= {"flights-m6i-large.machine"}
    assert bound > of_jobs
    assert len(bound - of_jobs) >= len(TASKS) + 6
    assert bound == set(names)


@pytest.mark.usefixtures("tried_thrice")
def test_a_run_that_is_followed_from_here_tells_of_containers_as_of_functions(
    redeployed: Deployment,
) -> None:
    run = ("run", "--target", "aws", "--param")
    here = {"GLACIER_BINDINGS": "bindings.json"}
    done = glacier(redeployed.project, redeployed.endpoint, *run, "most=3", "--json", **here)
    assert done.code == 0, done.errors
    rows = {name: it["rows"] for name, it in done.document["datasets"].items()}
    assert rows["ranked_fleet"] == 3  # and a parameter reaches a container with its type

    failed = glacier(redeployed.project, redeployed.endpoint, *run, "most=0", **here)
    assert failed.code == 1
    assert "ValueError: nobody is named" in failed.errors
    assert f"the log of task {CONTAINER_TASK}:" in failed.errors


@pytest.mark.usefixtures("tried_thrice")
def test_after_the_change_a_plan_by_the_role_of_pull_requests_is_empty_again(
    redeployed: Deployment, bootstrap: Bootstrap
) -> None:
    arguments = ("plan", "--exit-code", "--json", "--python", PYTHON)
    ci = {**bootstrap.taken("plan", redeployed.endpoint), "TF_CLI_ARGS_plan": "-lock=false"}
    planned = glacier(redeployed.project, redeployed.endpoint, *arguments, REGISTRY_KEY=KEY, **ci)

    assert planned.code == 0, planned.output + planned.errors
    assert KEY not in planned.output + planned.errors
    assert not planned.document["changes"]
    assert planned.document["tasks"] == []


def _seconds_between(one: str, other: str) -> float:
    return (datetime.fromisoformat(other) - datetime.fromisoformat(one)).total_seconds()
