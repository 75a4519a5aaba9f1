"""A task on EMR Serverless, applied and run: what its launcher makes of what it is given, what its end means, and that no right of the workflow
or of the task is idle.

What runs is no Glacier, but a script in its place that ends as its parameters say, started by the launcher itself. Making an application takes
Terraform half a minute, whatever answers, so all of this is long.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, cast

import polars as pl
import pytest

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.cloud_runs.aws.clients import Account
from glacier_runtime.cloud_runs.aws.process_ends import process_end
from glacier_runtime.cloud_runs.aws.process_logs import job_run_log_lines
from glacier_runtime.cloud_runs.happenings import Failed, Unit
from glacier_runtime.config import AwsConfig, EmrConfig
from tests.terraform import emulator
from tests.terraform.exits import Applied, applied_root, network, stand_in
from tests.terraform.harness import plan_json
from tests.terraform.lacking import names_of, role_without, workflow_rights, workflow_without
from tests.terraform.roots import lay_out

pytestmark = [pytest.mark.slow, pytest.mark.long]

ENVIRONMENT = ("GLACIER_BINDINGS", "GLACIER_CLOUD", "AWS_REGION")


def numbers() -> Pipeline:
    """One task on EMR, which is tried twice more."""
    provider = Provider(config=AwsConfig(region=emulator.REGION))
    made = Dataset("made", storage=provider.bucket("lake").at("made.parquet"))
    config = EmrConfig(
        release="emr-7.5.0",
        image=f"{emulator.ACCOUNT}.dkr.ecr.{emulator.REGION}.amazonaws.com/spark:1",
        driver_cpu=1,
        driver_memory_mib=2048,
        timeout_s=30,
    )

    @provider.cluster(config=config).task(retries=2)
    def rank() -> Annotated[pl.LazyFrame, made]:
        return pl.LazyFrame({"n": [1]})

    return Pipeline(name="numbers", tasks=[rank])


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    folder = lay_out(tmp_path_factory.mktemp("applied"), "clusters")
    seen = folder / "seen.jsonl"
    script = stand_in(str(seen), ENVIRONMENT, ["glacier_plan.json"])
    with zipfile.ZipFile(folder / "code.zip", "w") as archive:
        archive.writestr("glacier_runtime/__init__.py", "")
        archive.writestr("glacier_runtime/run_task.py", script)
        archive.writestr("glacier_plan.json", "{}")
    with applied_root(folder, numbers(), seen, lambda ours: {"network": network(ours)}) as found:
        yield found


def test_what_is_applied_is_then_as_planned(applied: Applied) -> None:
    given = {"network": network(applied)}

    assert plan_json(applied.folder, given, endpoint=applied.endpoint).changes == {}


def test_the_launcher_finds_the_code_and_passes_on_what_the_run_says(applied: Applied) -> None:
    said, seen = applied.run(applied.patient, 0)

    assert (said["status"], said.get("cause")) == ("SUCCEEDED", None)
    (given,) = seen
    bindings = json.loads(given["environment"].pop("GLACIER_BINDINGS"))
    assert bindings == {
        "version": 1,
        "cloud": "aws",
        "region": emulator.REGION,
        "buckets": {},
        "secrets": {},
    }
    assert given == {
        "environment": {"GLACIER_CLOUD": "aws", "AWS_REGION": emulator.REGION},
        "--task": "rank",
        "--timeout-s": "30",
        "--run-id": said["name"],
        "--logical-date": "2026-01-05T05:00:00Z",
        "--params": '{"exits":[0]}',
        "beside": ["glacier_plan.json"],
    }


@pytest.mark.parametrize(
    ("code", "error"),
    [(65, "Refused"), (70, "TaskFailed"), (75, "TryAgain"), (1, "TaskFailed"), (139, "TaskFailed")],
)
def test_an_exit_code_is_an_error_by_name_that_says_where_the_log_is(
    applied: Applied, code: int, error: str
) -> None:
    said, _ = applied.run(applied.impatient, code)

    assert (said["status"], said["error"]) == ("FAILED", error)
    assert said["cause"].startswith(f"task rank: its log is {applied.log_group}, {said['name']}: ")
    described = said["cause"].partition(f"{said['name']}: ")[2]
    kind, cause = process_end("States.TaskFailed", described)
    failed = Failed(Unit("rank"), datetime.now(UTC), 1, kind, cause)
    account = cast("Account", applied)  # all that is asked of it is a client
    assert kind == error
    assert f"ended with exit code {code}" in cause
    assert job_run_log_lines(account, applied.log_group, failed, said["name"]) == [
        "it says something"
    ]


def test_it_is_tried_again_as_often_as_it_declares(applied: Applied) -> None:
    said, seen = applied.run(applied.patient, 70, 0)

    assert said["status"] == "SUCCEEDED"
    assert len(seen) == 2


def test_what_is_refused_is_not_tried_again(applied: Applied) -> None:
    said, seen = applied.run(applied.patient, 65, 0)

    assert (said["status"], said["error"]) == ("FAILED", "Refused")
    assert len(seen) == 1


STARTS = ("StartJobRuns", "FollowJobRuns", "GiveRolesToJobRuns", "HearOfJobRuns")
OWN = ("FetchCode", "FindLog", "FindStreams")


@pytest.mark.parametrize("sid", STARTS)
def test_the_workflow_does_without_no_right_that_it_has_to_start_it(
    applied: Applied, sid: str
) -> None:
    assert names_of(workflow_rights(applied)[1]) == set(STARTS)

    with workflow_without(applied, sid):
        said, _ = applied.run(applied.impatient, 0)

    assert said["status"] == "FAILED"
    assert "not authorized" in said["cause"]


@pytest.mark.parametrize("sid", [*OWN, "WriteOwnLog"])
def test_the_task_does_without_no_right_that_emr_needs_of_its_role(
    applied: Applied, sid: str
) -> None:
    policy = "start" if sid in OWN else "task"
    with role_without(applied, "numbers-rank", policy, sid) as had:
        said, seen = applied.run(applied.impatient, 0)

    assert had == (set(OWN) if policy == "start" else {"WriteOwnLog"})
    # No driver was ever there, so another attempt may help.
    assert (said["status"], said["error"]) == ("FAILED", "TryAgain")
    assert "numbers-rank may not" in said["cause"]
    assert seen == []
