"""The roles of a deployed pipeline: enough for every task, nothing of its neighbours, and no right too many."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # its stubs are a package of their own

from tests.end_to_end.changes import (
    CLUSTER_TASK,
    CONTAINER_TASK,
    DATABRICKS_TASK,
    JOBS,
    MACHINE_TASK,
    NEW_TASK,
)
from tests.end_to_end.deployments import Deployment
from tests.end_to_end.projects import FLIGHTS, sample
from tests.end_to_end.rights import needless, rights, statements

pytestmark = pytest.mark.slow

REPORTER = "flights-report_carriers"
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:flights-clean"


@pytest.mark.parametrize(
    ("service", "call", "named"),
    [
        ("s3", "get_object", {"Key": FLIGHTS}),
        ("s3", "get_object", {"Key": "marts/weather_impact.parquet"}),
        (
            "s3",
            "get_object",
            {"Key": "_glacier/marts/weather_impact.parquet/versions/0000000001.json"},
        ),
        ("s3", "put_object", {"Key": "marts/weather_impact.parquet"}),
        ("s3", "put_object", {"Key": "raw/airlines.csv"}),
        ("s3", "put_object", {"Key": "_glacier/commits/clean.run-0-abcd.json"}),
        ("s3", "put_object", {"Key": "_glacier/runs/run/clean.json"}),
        ("s3", "delete_object", {"Key": "clean/rejected.parquet"}),
        ("s3", "delete_object", {"Key": "marts/carrier_report.parquet"}),
        ("s3", "list_objects_v2", {"Prefix": ""}),
        ("s3", "list_objects_v2", {"Prefix": "raw/"}),
        ("lambda", "invoke", {"FunctionName": FUNCTION}),
    ],
)
@pytest.mark.usefixtures("as_scheduled")
def test_a_task_is_refused_what_is_its_neighbours(
    deployed: Deployment, service: str, call: str, named: dict[str, str]
) -> None:
    taken = deployed.client(service, deployed.take_role(REPORTER, "lambda.amazonaws.com"))
    where = {"Bucket": deployed.lake} if service == "s3" else {}

    with pytest.raises(ClientError, match=r"AccessDenied|Forbidden"):
        getattr(taken, call)(**where, **named)


SERVICES = {
    CONTAINER_TASK: "ecs-tasks.amazonaws.com",
    MACHINE_TASK: "ecs-tasks.amazonaws.com",
    CLUSTER_TASK: "emr-serverless.amazonaws.com",
    DATABRICKS_TASK: "ec2.amazonaws.com",
}
NEIGHBOURS = "marts/carrier_report.parquet"  # of none of these tasks


@pytest.mark.usefixtures("tried_thrice")
@pytest.mark.parametrize(
    "task",
    [
        *("clean", "label_weather", "baseline_routes", "attach_weather", "measure_weather"),
        NEW_TASK,
        *JOBS,
    ],
)
def test_no_task_reads_writes_deletes_or_lists_what_is_its_neighbours(
    redeployed: Deployment, task: str
) -> None:
    service = SERVICES.get(task, "lambda.amazonaws.com")
    s3 = redeployed.client("s3", redeployed.take_role(f"flights-{task}", service))

    for call, named in (
        ("get_object", {"Key": NEIGHBOURS}),
        ("put_object", {"Key": NEIGHBOURS}),
        ("delete_object", {"Key": NEIGHBOURS}),
        ("list_objects_v2", {"Prefix": NEIGHBOURS}),
    ):
        with pytest.raises(ClientError, match=r"AccessDenied|Forbidden"):
            getattr(s3, call)(Bucket=redeployed.lake, **named)


@pytest.mark.usefixtures("as_scheduled")
def test_a_task_is_allowed_what_is_its_own(deployed: Deployment) -> None:
    s3 = deployed.client("s3", deployed.take_role(REPORTER, "lambda.amazonaws.com"))

    assert s3.get_object(Bucket=deployed.lake, Key="raw/airlines.csv")["ContentLength"] > 0
    assert (
        s3.list_objects_v2(Bucket=deployed.lake, Prefix="_glacier/clean/flights/")["KeyCount"] > 0
    )


@pytest.mark.parametrize(
    ("role", "service"),
    [(REPORTER, "states.amazonaws.com"), ("flights.workflow", "lambda.amazonaws.com")],
)
def test_a_role_is_taken_by_nobody_but_the_service_it_is_for(
    deployed: Deployment, role: str, service: str
) -> None:
    with pytest.raises(ClientError, match=r"AccessDenied"):
        deployed.take_role(role, service)


# Rights of `clean` that a run on whole, unchanged data does without, and when it does not.
RARELY_NEEDED = {
    "WriteDatasets s3:AbortMultipartUpload": "a large upload fails",
    "ReadDatasets _glacier/raw/flights.parquet/*": "a task of another pipeline has made the source",
    "ReadDatasets clean/flights/*": "another tool has written to the stable path",
    "RemoveOldVersions clean/flights/*": "a day is gone from the data",
    "ListBucket1 raw/flights.parquet": "the source is not there",
    "ListBucket1 clean/rejected.parquet": "nothing was published before",
}


@pytest.mark.usefixtures("tried_thrice")
@pytest.mark.parametrize(
    "task",
    [
        NEW_TASK,
        pytest.param("clean", marks=pytest.mark.long),
        pytest.param("report_carriers", marks=pytest.mark.long),
        *(pytest.param(task, marks=pytest.mark.long) for task in JOBS),
    ],
)
def test_every_statement_of_a_role_is_needed(redeployed: Deployment, task: str) -> None:
    policy = redeployed.policy(task)

    # Of containers and machines, what starts them writes the log.
    without_log = task in {CONTAINER_TASK, MACHINE_TASK}
    assert len(policy["Statement"]) == 7 + (task == NEW_TASK) - without_log
    assert needless(redeployed, task, statements(policy)) == set()


@pytest.mark.long
@pytest.mark.usefixtures("tried_thrice")
def test_every_right_within_the_statements_is_needed_at_least_rarely(
    redeployed: Deployment, edited_flights: Callable[[pl.DataFrame], None]
) -> None:
    edited_flights(sample(redeployed.project).filter(pl.col("day") == 18))

    found = needless(redeployed, "clean", rights(redeployed.policy("clean")))

    assert {name.replace(f"{redeployed.lake}/", "") for name in found} == set(RARELY_NEEDED)
