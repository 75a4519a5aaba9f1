"""A task on EMR Serverless, applied and run: what its launcher makes of what it is given, what its end means, and that no right of the workflow
or of the task is idle.

What runs is no Glacier, but a script in its place that ends as its parameters say, started by the launcher itself. Making an application takes
Terraform half a minute, whatever answers, so all of this is long.
"""

from __future__ import annotations

import json
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, cast
from uuid import uuid4

import boto3  # type: ignore[import-untyped]  # its stubs are a package of their own
import polars as pl
import pytest
from glacier_generators.plan.planning import make_plan
from glacier_generators.terraform.aws.workflow.hcl import state_machine_text

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.cloud_runs.aws.clients import Account
from glacier_runtime.cloud_runs.aws.process_ends import process_end
from glacier_runtime.cloud_runs.aws.process_logs import job_run_log_lines
from glacier_runtime.cloud_runs.happenings import Failed, Unit
from glacier_runtime.config import AwsConfig, EmrConfig
from tests.terraform import emulator
from tests.terraform.harness import apply, init, plan_json
from tests.terraform.roots import lay_out

pytestmark = [pytest.mark.slow, pytest.mark.long]

# Ends with the exit code that is next, and writes down what it was given.
STAND_IN = """
import json, os, sys
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
given["environment"] = {name: os.environ[name] for name in ("GLACIER_BINDINGS", "GLACIER_CLOUD", "AWS_REGION")}
given["beside"] = os.path.exists("glacier_plan.json")
with open(%r, "a") as file:
    file.write(json.dumps(given) + "\\n")
print("it says something")
exits = json.loads(given["--params"])["exits"]
tried = sum(json.loads(line)["--run-id"] == given["--run-id"] for line in open(%r))
sys.exit(exits[tried - 1])
"""


@dataclass(frozen=True)
class Applied:
    """The workflow, applied.

    Attributes:
        endpoint: Where the emulator is.
        folder: Where Terraform is.
        seen: What drivers wrote down.
        patient: The state machine as it is generated.
        impatient: The same, that never tries again.
        log_group: Where drivers write.
    """

    endpoint: str
    folder: Path
    seen: Path
    patient: str
    impatient: str
    log_group: str

    def client(self, service: str) -> Any:
        keys = {
            name.lower(): value
            for name, value in emulator.credentials(self.endpoint).items()
            if name.startswith(("AWS_ACCESS", "AWS_SECRET"))
        }
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name=emulator.REGION, **keys
        )

    def run(self, machine: str, *exits: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Run the workflow to its end; return what is said of it, and what its drivers were given."""
        states, name = self.client("stepfunctions"), f"run-{uuid4()}"
        given = json.dumps({"logical_date": "2026-01-05T05:00:00Z", "params": {"exits": exits}})
        started = states.start_execution(stateMachineArn=machine, name=name, input=given)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            said = states.describe_execution(executionArn=started["executionArn"])
            if said["status"] != "RUNNING":
                break
            time.sleep(0.1)
        lines = self.seen.read_text().splitlines() if self.seen.exists() else []
        seen = [line for line in map(json.loads, lines) if line["--run-id"] == name]
        return said, seen


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
    with zipfile.ZipFile(folder / "code.zip", "w") as archive:
        archive.writestr("glacier_runtime/__init__.py", "")
        archive.writestr("glacier_runtime/run_task.py", STAND_IN % (str(seen), str(seen)))
        archive.writestr("glacier_plan.json", "{}")
    (folder / "workflow.asl.json").write_text(state_machine_text(make_plan(numbers().manifest)))
    init(folder)
    with emulator.running(Path(sys.executable)) as endpoint:
        ours = Applied(endpoint, folder, seen, "", "", "")
        outputs = apply(folder, {"network": network(ours)}, endpoint=endpoint)
        machine = outputs["state_machine_arn"]
        yield Applied(
            endpoint, folder, seen, machine, without_retries(ours, machine), outputs["log_group"]
        )


def network(applied: Applied) -> dict[str, list[str]]:
    """Return the network that every account has."""
    ec2 = applied.client("ec2")
    group, *_ = ec2.describe_security_groups()["SecurityGroups"]
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
    return {"subnet_ids": subnets[:2], "security_group_ids": [group["GroupId"]]}


def without_retries(applied: Applied, machine: str) -> str:
    states = applied.client("stepfunctions")
    described = states.describe_state_machine(stateMachineArn=machine)
    definition = json.loads(
        described["definition"],
        object_hook=lambda it: {key: value for key, value in it.items() if key != "Retry"},
    )
    made = states.create_state_machine(
        name="impatient", definition=json.dumps(definition), roleArn=described["roleArn"]
    )
    arn: str = made["stateMachineArn"]
    return arn


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
        "beside": True,
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
    iam = applied.client("iam")
    (policy,) = iam.list_attached_role_policies(RoleName="numbers.workflow")["AttachedPolicies"]
    arn = policy["PolicyArn"]
    whole = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
    assert {item["Sid"] for item in whole["Statement"]} == set(STARTS)
    made = iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=json.dumps(without(whole, sid)), SetAsDefault=True
    )
    try:
        said, _ = applied.run(applied.impatient, 0)
    finally:
        iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
        iam.delete_policy_version(PolicyArn=arn, VersionId=made["PolicyVersion"]["VersionId"])

    assert said["status"] == "FAILED"
    assert "not authorized" in said["cause"]


@pytest.mark.parametrize("sid", [*OWN, "WriteOwnLog"])
def test_the_task_does_without_no_right_that_emr_needs_of_its_role(
    applied: Applied, sid: str
) -> None:
    iam = applied.client("iam")
    name = "start" if sid in OWN else "task"
    named = {"RoleName": "numbers-rank", "PolicyName": name}
    whole = iam.get_role_policy(**named)["PolicyDocument"]
    assert {item["Sid"] for item in whole["Statement"]} == (
        set(OWN) if name == "start" else {"WriteOwnLog"}
    )
    iam.put_role_policy(**named, PolicyDocument=json.dumps(without(whole, sid)))
    try:
        said, seen = applied.run(applied.impatient, 0)
    finally:
        iam.put_role_policy(**named, PolicyDocument=json.dumps(whole))

    # No driver was ever there, so another attempt may help.
    assert (said["status"], said["error"]) == ("FAILED", "TryAgain")
    assert "numbers-rank may not" in said["cause"]
    assert seen == []


def without(policy: Mapping[str, Any], sid: str) -> dict[str, Any]:
    """Return a policy without a statement; the one that stands for nothing at all allows nothing that anybody needs."""
    rest = [item for item in policy["Statement"] if item["Sid"] != sid]
    nothing = {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}
    return {**policy, "Statement": rest or [nothing]}
