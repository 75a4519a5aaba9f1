"""A task on a machine, applied and run: what it is given, what its end means, and that no right of whoever starts it is idle.

Terraform waits half a minute for each queue and each environment that AWS Batch has, so that these are made without it, but in the long test.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import polars as pl
import pytest
from glacier_generators.terraform.aws.target import aws_files

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import AwsConfig, EC2Config
from tests.generators.trees import write_tree
from tests.terraform import emulator
from tests.terraform.emulated.policies import Need, applies
from tests.terraform.exits import IMAGE, Applied, applied_root, lay_image, network
from tests.terraform.harness import apply, init, plan_json
from tests.terraform.lacking import names_of, role_without, workflow_rights, workflow_without
from tests.terraform.roots import lay_out

pytestmark = pytest.mark.slow

JOB = f"arn:aws:batch:{emulator.REGION}:{emulator.ACCOUNT}:job/0f3c"


def numbers() -> Pipeline:
    """One task on a machine, which is tried twice more."""
    provider = Provider(config=AwsConfig(region=emulator.REGION))
    made = Dataset("made", storage=provider.bucket("lake").at("made.parquet"))

    @provider.vm(config=EC2Config(instance_type="m6i.large", timeout_s=30)).task(retries=2)
    def rank() -> Annotated[pl.LazyFrame, made]:
        return pl.LazyFrame({"n": [1]})

    return Pipeline(name="numbers", tasks=[rank])


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    images = tmp_path_factory.mktemp("images")
    folder = lay_out(tmp_path_factory.mktemp("applied"), "machines")

    def told(ours: Applied) -> dict[str, object]:
        return {"image": IMAGE, "queue_arn": queue(ours)}

    with applied_root(folder, numbers(), lay_image(images), told, images) as found:
        yield found


def queue(applied: Applied) -> str:
    """Make what the module of machines makes, and return the queue."""
    iam, batch, stands = applied.client("iam"), applied.client("batch"), network(applied)
    iam.create_role(RoleName="numbers.machine", AssumeRolePolicyDocument="{}")
    profile = iam.create_instance_profile(InstanceProfileName="numbers.machine")["InstanceProfile"]
    iam.add_role_to_instance_profile(
        InstanceProfileName="numbers.machine", RoleName="numbers.machine"
    )
    made = batch.create_compute_environment(
        computeEnvironmentName="numbers",
        type="MANAGED",
        computeResources={
            "type": "EC2",
            "minvCpus": 0,
            "maxvCpus": 2,
            "instanceTypes": ["m6i.large"],
            "instanceRole": profile["Arn"],
            "subnets": stands["subnet_ids"],
            "securityGroupIds": stands["security_group_ids"],
        },
    )
    order = [{"order": 1, "computeEnvironment": made["computeEnvironmentArn"]}]
    found = batch.create_job_queue(
        jobQueueName="numbers-m6i-large",
        state="ENABLED",
        priority=1,
        computeEnvironmentOrder=order,
    )
    arn: str = found["jobQueueArn"]
    return arn


def test_a_job_is_given_what_the_run_says(applied: Applied) -> None:
    said, seen = applied.run(applied.patient, 0)

    assert said["status"] == "SUCCEEDED", said
    assert seen == [
        {
            "--task": "rank",
            "--timeout-s": "30",
            "--run-id": said["name"],
            "--logical-date": "2026-01-05T05:00:00Z",
            "--params": '{"exits":[0]}',
            "environment": {"GLACIER_CLOUD": "aws", "GLACIER_TASK": "rank"},
            "beside": [],
        }
    ]


@pytest.mark.parametrize(("code", "error"), [(65, "Refused"), (70, "TaskFailed")])
def test_an_exit_code_is_an_error_by_name_that_says_where_the_log_is(
    applied: Applied, code: int, error: str
) -> None:
    said, _ = applied.run(applied.impatient, code)

    assert (said["status"], said["error"]) == ("FAILED", error)
    assert said["cause"].startswith(f"task rank: exit code {code}: ")
    stream = said["cause"].rpartition(" ")[2]
    assert f"its log is {applied.log_group}, " in said["cause"]
    logs = applied.client("logs")
    (line,) = logs.get_log_events(logGroupName=applied.log_group, logStreamName=stream)["events"]
    assert line["message"] == "it says something"


@pytest.mark.parametrize(
    ("code", "why"), [(75, "Essential container in task exited"), (143, "Host EC2 (instance")]
)
def test_what_is_nobodys_fault_may_be_tried_again(applied: Applied, code: int, why: str) -> None:
    said, _ = applied.run(applied.impatient, code)

    assert (said["status"], said["error"]) == ("FAILED", "TryAgain")
    assert said["cause"].startswith(f"task rank: {why}")
    assert f"its log is in {applied.log_group}, its job is " in said["cause"]


@pytest.mark.long
def test_it_is_tried_again_as_often_as_it_declares(applied: Applied) -> None:
    said, seen = applied.run(applied.patient, 70, 143, 0)

    assert said["status"] == "SUCCEEDED"
    assert len(seen) == 3


STARTS = ("SubmitJobs", "TagJobs", "LookAtJobs", "HearOfJobs")


@pytest.mark.parametrize("sid", STARTS)
def test_the_workflow_does_without_no_right_that_it_has_to_start_it(
    applied: Applied, sid: str
) -> None:
    assert names_of(workflow_rights(applied)[1]) == {*STARTS, "EndJobs"}

    with workflow_without(applied, sid):
        said, _ = applied.run(applied.impatient, 0)

    assert said["status"] == "FAILED"
    assert "not authorized" in said["cause"]


def test_the_workflow_ends_jobs_of_its_own_and_no_others(applied: Applied) -> None:
    _, whole = workflow_rights(applied)
    (end,) = [item for item in whole["Statement"] if item["Sid"] == "EndJobs"]

    def may(workflow: str) -> bool:
        return applies(end, Need("batch:TerminateJob", JOB, {"aws:resourcetag/workflow": workflow}))

    assert may("numbers")
    assert not may("letters")
    jobs = applied.client("batch").list_jobs(jobQueue="numbers-m6i-large", jobStatus="SUCCEEDED")
    job, *_ = jobs["jobSummaryList"]
    (described,) = applied.client("batch").describe_jobs(jobs=[job["jobId"]])["jobs"]
    assert described["tags"] == {"workflow": "numbers"}


def test_what_starts_it_does_without_no_right_that_it_has(applied: Applied) -> None:
    with role_without(applied, "numbers-rank.execution", "execution", "FetchImage"):
        said, seen = applied.run(applied.impatient, 0)

    # Nothing ever ran, so another attempt may help.
    assert (said["status"], said["error"]) == ("FAILED", "TryAgain")
    assert "ResourceInitializationError: numbers-rank.execution may not" in said["cause"]
    assert seen == []


@pytest.mark.long
def test_a_pipeline_on_a_machine_is_applied_runs_and_then_is_as_it_should_be(
    tmp_path: Path,
) -> None:
    images = tmp_path / "images"
    seen = lay_image(images)
    write_tree(tmp_path / "root", aws_files(numbers().manifest))
    folder = tmp_path / "root" / "infra"
    init(folder)
    code = {"image_uri": IMAGE, "sha256": "0" * 64, "runtime": "python3.11"}
    with emulator.running(Path(sys.executable), images) as endpoint:
        ours = Applied(endpoint, folder, seen)
        given = {"code": {**code, "architecture": "x86_64"}, "network": network(ours)}

        outputs = apply(folder, given, endpoint=endpoint)
        said, ran = ours.run(outputs["state_machine_arn"], 0)
        again = plan_json(folder, given, endpoint=endpoint)

    assert said["status"] == "SUCCEEDED", said
    assert len(ran) == 1
    assert again.changes == {}
