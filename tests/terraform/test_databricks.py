"""A task on Databricks, applied and run: the calls of its API, what its launcher makes of what it is given, what its end means, and that no right of the
workflow or of the task is idle.

What runs is no Glacier, but a script in its place that ends as its parameters say, started by the launcher itself; what answers is a stand-in for the
workspace, over HTTP. Waits between questions are left out, but for one run of the workflow as it is generated.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, cast

import polars as pl
import pytest
from glacier_generators.plan.planning import make_plan
from glacier_generators.terraform.aws.databricks.polling import attempt_events, polls

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.cloud_runs.aws.clients import Account
from glacier_runtime.cloud_runs.aws.execution_history import HistoryReader
from glacier_runtime.cloud_runs.aws.process_ends import STREAM
from glacier_runtime.cloud_runs.aws.process_logs import container_log_lines
from glacier_runtime.cloud_runs.happenings import Began, Failed, Unit
from glacier_runtime.config import AwsConfig, DatabricksConfig
from tests.terraform import emulator
from tests.terraform.connections import connected
from tests.terraform.exits import Applied, applied_root, stand_in
from tests.terraform.harness import plan_json
from tests.terraform.lacking import names_of, role_without, workflow_rights, workflow_without
from tests.terraform.roots import lay_out

pytestmark = [pytest.mark.slow, pytest.mark.long]

HOST = "https://numbers.cloud.databricks.com"
ENVIRONMENT = ("GLACIER_BINDINGS", "GLACIER_CLOUD", "AWS_REGION")


def numbers() -> Pipeline:
    """One task on Databricks, which is tried twice more."""
    provider = Provider(config=AwsConfig(region=emulator.REGION))
    made = Dataset("made", storage=provider.bucket("lake").at("made.parquet"))
    config = DatabricksConfig(
        workspace=HOST,
        connection=f"arn:aws:events:{emulator.REGION}:{emulator.ACCOUNT}:connection/numbers/1",
        spark_version="16.4.x-scala2.12",
        instance_type="m6i.large",
        timeout_s=30,
    )

    @provider.cluster(config=config).task(retries=2)
    def rank() -> Annotated[pl.LazyFrame, made]:
        return pl.LazyFrame({"n": [1]})

    return Pipeline(name="numbers", tasks=[rank])


def told(applied: Applied) -> dict[str, str]:
    """Make the connection, as docs/databricks.md says, unless it is there; return what Terraform is told."""
    arn = connected(applied.client("events"), "numbers", HOST)
    here = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return {"connection_arn": arn, "runtime": here}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    """The workflow as it is generated."""
    folder = lay_out(tmp_path_factory.mktemp("applied"), "databricks")
    seen = folder / "seen.jsonl"
    script = stand_in(str(seen), ENVIRONMENT, ["glacier_plan.json"])
    with zipfile.ZipFile(folder / "code.zip", "w") as archive:
        archive.writestr("glacier_runtime/__init__.py", "")
        archive.writestr("glacier_runtime/run_task.py", script)
        archive.writestr("glacier_plan.json", "{}")
    with applied_root(folder, numbers(), seen, told) as found:
        yield found


@pytest.fixture(scope="module")
def applied(generated: Applied) -> Applied:
    """The same, that does not wait between questions, and asks as often as it takes."""
    patient = changed(generated, "patient", patience=10**6)
    impatient = changed(generated, "impatient", ("Retry",), patience=10**6)
    return replace(generated, patient=patient, impatient=impatient)


def changed(
    applied: Applied, name: str, without: tuple[str, ...] = (), patience: int | None = None
) -> str:
    """Return a machine that does not wait, lacks something, and asks as often as is said; its role is that of the other, and good for parts."""
    states = applied.client("stepfunctions")
    described = states.describe_state_machine(stateMachineArn=applied.patient)

    def change(it: dict[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in it.items() if key not in without}
        if kept.pop("SecondsPath", None):
            kept["Seconds"] = 0
        if patience and "NumericGreaterThanEquals" in kept:
            kept["NumericGreaterThanEquals"] = patience
        return kept

    definition = json.loads(described["definition"], object_hook=change)
    made = states.create_state_machine(
        name=f"numbers-from_{name}",
        definition=json.dumps(definition),
        roleArn=described["roleArn"],
    )
    return str(made["stateMachineArn"])


def test_what_is_applied_is_then_as_planned(generated: Applied) -> None:
    planned = plan_json(generated.folder, told(generated), endpoint=generated.endpoint)

    assert planned.changes == {}


def test_the_launcher_fetches_the_code_and_passes_on_what_the_run_says(applied: Applied) -> None:
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
    [(65, "Refused"), (70, "TaskFailed"), (75, "TryAgain"), (1, "TaskFailed"), (-9, "TaskFailed")],
)
def test_an_exit_code_is_an_error_by_name_that_says_where_the_log_is(
    applied: Applied, code: int, error: str
) -> None:
    said, _ = applied.run(applied.impatient, code)

    assert (said["status"], said["error"]) == ("FAILED", error), said
    found = STREAM.search(said["cause"])
    assert found is not None
    assert said["cause"].startswith(f"task rank: its log is {applied.log_group}, {found[0]}; ")
    assert f"TaskEndedError: ExitCode: {code % 256}" in said["cause"]
    account = cast("Account", applied)  # all that is asked of it is a client
    failed = Failed(Unit("rank"), datetime.now(UTC), 1, error, said["cause"])
    assert container_log_lines(account, applied.log_group, failed) == ["it says something"]


def test_it_is_tried_again_as_often_as_it_declares(applied: Applied) -> None:
    said, seen = applied.run(applied.patient, 70, 0)

    assert said["status"] == "SUCCEEDED"
    assert len(seen) == 2


def test_what_is_refused_is_not_tried_again(applied: Applied) -> None:
    said, seen = applied.run(applied.patient, 65, 0)

    assert (said["status"], said["error"]) == ("FAILED", "Refused")
    assert len(seen) == 1


def test_calls_that_are_repeated_start_no_second_run_and_lose_none(applied: Applied) -> None:
    faults = {"submit": 2, "get": 3, "get-output": 1}

    said, seen = applied.run(applied.patient, params={"exits": [65], "faults": faults})

    assert (said["status"], said["error"]) == ("FAILED", "Refused")
    assert "ExitCode: 65" in said["cause"]
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("CLUSTER_ERROR", "TryAgain"),
        ("INTERNAL_ERROR", "TryAgain"),
        ("WORKSPACE_RUN_LIMIT_EXCEEDED", "TryAgain"),
        ("CANCELED", "TaskFailed"),
        ("DRIVER_ERROR", "TaskFailed"),
        ("USER_CANCELED", "Refused"),
        ("INVALID_CLUSTER_REQUEST", "Refused"),
    ],
)
def test_a_run_that_never_reached_its_task_ends_as_databricks_says(
    applied: Applied, how: str, error: str
) -> None:
    said, seen = applied.run(applied.impatient, params={"ends": how})

    assert (said["status"], said["error"]) == ("FAILED", error)
    assert f'"code":"{how}"' in said["cause"]
    assert "Databricks run 998877665544" in said["cause"]  # its number, whole
    assert seen == []


def happenings(applied: Applied, said: Mapping[str, Any]) -> list[Any]:
    """Return what a run's history tells of it."""
    states = applied.client("stepfunctions")
    pages = states.get_paginator("get_execution_history").paginate(
        executionArn=said["executionArn"]
    )
    reader = HistoryReader(frozenset({"rank"}))
    return [it for page in pages for it in reader.read(page["events"])]


def test_a_history_tells_of_attempts_and_not_of_calls(applied: Applied) -> None:
    said, _ = applied.run(
        applied.patient, params={"exits": [70, 0], "faults": {"submit": 1, "get": 2}}
    )

    first, failed, second, done, _ = happenings(applied, said)
    assert (first, second) == (Began(first.unit, first.at, 1), Began(first.unit, second.at, 2))
    assert (failed.attempt, failed.kind) == (1, "TaskFailed")
    assert "ended with exit code 70; its log is run/databricks/" in failed.cause
    assert failed.retry_in_s is not None
    assert (done.unit, done.attempt) == (Unit("rank"), 2)
    account = cast("Account", applied)
    assert container_log_lines(account, applied.log_group, failed) == ["it says something"]


def test_a_run_that_databricks_does_not_end_is_given_up(generated: Applied) -> None:
    said, _ = generated.run(changed(generated, "hasty", ("Retry",)), params={"ends": "NEVER"})

    assert (said["status"], said["error"]) == ("FAILED", "TaskFailed")
    assert '{"state":"PENDING"}' in said["cause"]
    states = generated.client("stepfunctions")
    pages = states.get_paginator("get_execution_history").paginate(
        executionArn=said["executionArn"]
    )
    events = [event for page in pages for event in page["events"]]
    (task,) = make_plan(numbers().manifest).tasks
    around = 20  # of the run itself: what a function's history has as well
    asked = sum(event["type"] == "WaitStateEntered" for event in events)
    assert asked == polls(30)
    assert len(events) <= attempt_events(task) + around


STARTS = ("CallDatabricks", "UseConnection", "ReadTokens")


@pytest.mark.parametrize("sid", STARTS)
def test_the_workflow_does_without_no_right_that_it_has_to_start_it(
    applied: Applied, sid: str
) -> None:
    assert names_of(workflow_rights(applied)[1]) == set(STARTS)

    with workflow_without(applied, sid):
        said, _ = applied.run(applied.impatient, 0)

    assert said["status"] == "FAILED"
    assert "not authorized" in said["cause"]


@pytest.mark.parametrize("call", ["get", "get-output", "submit"])
def test_the_workflow_needs_each_of_its_calls(applied: Applied, call: str) -> None:
    with workflow_without_address(applied, f"{HOST}/api/2.2/jobs/runs/{call}"):
        said, _ = applied.run(applied.impatient, 65)

    # Without the right to ask why, nobody learns the exit code, and all that is known is that the run failed.
    assert (said["error"] == "TaskFailed") is (call == "get-output")
    assert ("not authorized" in said["cause"]) is (call != "get-output")


@contextmanager
def workflow_without_address(applied: Applied, address: str) -> Iterator[None]:
    """Let the workflow call something else in place of an address, for a while."""
    iam, (arn, whole) = applied.client("iam"), workflow_rights(applied)
    text = json.dumps(whole)
    assert text.count(f'{address}"') == 1
    other = text.replace(f'{address}"', f'{HOST}/api/2.2/jobs/runs/cancel"')
    made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=other, SetAsDefault=True)
    try:
        yield
    finally:
        iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
        iam.delete_policy_version(PolicyArn=arn, VersionId=made["PolicyVersion"]["VersionId"])


@pytest.mark.parametrize(
    ("policy", "sid", "error"),
    [("start", "FetchCode", "Refused"), ("task", "WriteOwnLog", "TaskFailed")],
)
def test_the_task_does_without_no_right_that_its_launcher_needs(
    applied: Applied, policy: str, sid: str, error: str
) -> None:
    with role_without(applied, "numbers-rank", policy, sid) as had:
        said, seen = applied.run(applied.impatient, 0)

    assert had == {sid}
    assert (said["status"], said["error"]) == ("FAILED", error)
    assert seen == []
