"""What works here and would not work in a cloud."""

from __future__ import annotations

from typing import Any

import pytest

from glacier_runtime import Cron, Dataset, Pipeline, Provider
from glacier_runtime.checks.portability import portability_problems
from glacier_runtime.config import AwsConfig
from glacier_runtime.errors import Code, Problem
from glacier_runtime.graph import build_graph
from glacier_runtime.tasks import AnyTask
from tests.unit.builders import codes, in_memory, task

AWS = {"GLACIER_CLOUD": "aws", "AWS_REGION": "eu-west-1"}
LOCAL = {"GLACIER_CLOUD": "local"}


def problems(*tasks: AnyTask) -> tuple[Problem, ...]:
    return tuple(portability_problems(build_graph(tasks)))


def flights(environment: dict[str, str]) -> list[AnyTask]:
    """Return the tasks of one module, as they are for the cloud that the environment names."""
    provider = Provider.from_env(environment)
    lake, small = provider.bucket("lake"), provider.serverless()
    raw = Dataset("raw", storage=lake.at("raw.parquet"), source=True)
    clean = Dataset("clean", storage=lake.at("clean.parquet"))
    report = Dataset("report", storage=lake.at("report.parquet"))
    return [
        task("wash", reads=[raw], writes=[clean], on=small),
        task("sum-up", reads=[clean], writes=[report], on=small),
    ]


@pytest.mark.parametrize("environment", [LOCAL, AWS], ids=["local", "aws"])
def test_one_module_is_good_for_every_cloud(environment: dict[str, str]) -> None:
    assert problems(*flights(environment)) == ()


@pytest.mark.parametrize(("environment", "cloud"), [(LOCAL, "local"), (AWS, "aws")])
def test_the_manifest_names_the_cloud(environment: dict[str, str], cloud: str) -> None:
    assert Pipeline(name="flights", tasks=flights(environment)).manifest.cloud == cloud


def test_resources_of_two_clouds_do_not_mix() -> None:
    here, there = Provider.from_env(LOCAL), Provider.from_env(AWS)
    clean = Dataset("clean", storage=there.bucket("lake").at("clean.parquet"))

    (found,) = problems(task("wash", writes=[clean], on=here.serverless()))

    assert found.code is Code.MIXED_CLOUDS
    assert "dataset 'clean' to aws, task 'wash' to local" in found.message
    assert found.fix == "make all resources from one provider"


@pytest.mark.parametrize(
    ("other", "shown"),
    [
        ({"region": "us-east-1"}, "us-east-1 (account any, tags {})"),
        (
            {"region": "eu-west-1", "account_id": "123456789012"},
            "eu-west-1 (account 123456789012, tags {})",
        ),
        (
            {"region": "eu-west-1", "tags": {"team": "data"}},
            "eu-west-1 (account any, tags {'team': 'data'})",
        ),
    ],
)
def test_two_configurations_of_one_cloud_do_not_mix(other: dict[str, Any], shown: str) -> None:
    here, there = Provider(config=AwsConfig(region="eu-west-1")), Provider(
        config=AwsConfig(**other)
    )
    clean = Dataset("clean", storage=there.bucket("lake").at("clean.parquet"))

    (found,) = problems(task("wash", writes=[clean], on=here.serverless()))

    assert found.code is Code.MIXED_CLOUDS
    assert "different configurations of aws" in found.message
    assert f"dataset 'clean' to {shown}" in found.message
    assert "task 'wash' to eu-west-1 (account any, tags {})" in found.message


def test_who_deploys_is_no_part_of_a_configuration_that_must_be_one() -> None:
    here = Provider(config=AwsConfig(region="eu-west-1", profile="work"))
    there = Provider(config=AwsConfig(region="eu-west-1"))
    clean = Dataset("clean", storage=there.bucket("lake").at("clean.parquet"))

    assert problems(task("wash", writes=[clean], on=here.serverless())) == ()


def test_a_task_bound_to_local_cannot_be_deployed() -> None:
    (found,) = problems(task("wash", on=Provider.from_env(AWS).local()))

    assert (found.code, found.task) == (Code.NOT_DEPLOYABLE, "wash")
    assert "nothing runs in aws" in found.message
    assert "provider.serverless()" in found.fix


@pytest.mark.parametrize(
    ("makes", "reads", "crosses"),
    [
        ("local", "local", False),
        ("serverless", "local", True),
        ("local", "serverless", True),
        ("serverless", "serverless", True),
    ],
)
def test_data_without_storage_stays_in_one_local_process(
    makes: str, reads: str, crosses: bool
) -> None:
    provider = Provider.from_env(LOCAL)
    (numbers,) = in_memory("numbers")

    found = problems(
        task("make", writes=[numbers], on=getattr(provider, makes)()),
        task("use", reads=[numbers], on=getattr(provider, reads)()),
    )

    assert codes(found) == ["GLC309"] * crosses
    assert [(p.dataset, p.task) for p in found] == [("numbers", "use")] * crosses
    assert all("storage=bucket.at(path)" in p.fix for p in found)


def test_data_without_storage_that_nobody_reads_crosses_nothing() -> None:
    (numbers,) = in_memory("numbers")

    assert problems(task("make", writes=[numbers], on=Provider.from_env(AWS).serverless())) == ()


@pytest.mark.parametrize(
    ("memory_mib", "timeout_s", "faults"),
    [
        (10_240, 900, []),
        (10_241, 900, ["asks for 10241 MiB, and AWS Lambda has 10240 at most"]),
        (10_240, 901, ["asks for 901 s, and AWS Lambda runs 900 s at most"]),
        (
            99_999,
            9_999,
            [
                "asks for 99999 MiB, and AWS Lambda has 10240 at most",
                "asks for 9999 s, and AWS Lambda runs 900 s at most",
            ],
        ),
    ],
)
def test_a_serverless_task_keeps_the_limits_of_its_cloud(
    memory_mib: int, timeout_s: int, faults: list[str]
) -> None:
    big = Provider.from_env(AWS).serverless(memory_mib=memory_mib, timeout_s=timeout_s)

    found = problems(task("crunch", on=big))

    assert codes(found) == ["GLC311"] * len(faults)
    assert [problem.message for problem in found] == [f"task 'crunch' {fault}" for fault in faults]


def on_aws(
    *, pipeline: str = "flights", task_name: str = "wash", bucket: str = "lake", cron: str = ""
) -> Pipeline:
    provider = Provider.from_env(AWS)
    clean = Dataset("clean", storage=provider.bucket(bucket).at("clean.parquet"))
    return Pipeline(
        name=pipeline,
        tasks=[task(task_name, writes=[clean], on=provider.serverless())],
        schedule=Cron(cron) if cron else None,
    )


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        ({"pipeline": "p" * 30, "task_name": "t" * 33}, None),
        ({"pipeline": "p" * 31, "task_name": "t" * 33}, "function name of 65 characters"),
        ({"pipeline": "p" * 30, "bucket": "b" * 23}, None),
        ({"pipeline": "p" * 31, "bucket": "b" * 23}, "name of 64 characters, and S3 takes 63"),
        ({"pipeline": "p" * 40}, None),
        ({"cron": "0 5 * * 1-5"}, None),
        ({"cron": "0 5 1,15 * *"}, None),
        ({"cron": "0 5 1-31 * 1"}, None),
        ({"cron": "0 5 */1 * 1"}, None),
        ({"cron": "0 5 1 * 0-6"}, None),
        ({"cron": "0 5 1 * 1-7"}, None),
        ({"cron": "0 5 1 * 1"}, "restricts the day of the month and the day of the week"),
        ({"cron": "0 5 */2 * 1"}, "restricts the day of the month and the day of the week"),
        ({"cron": "0 5 5/10 * 1"}, "restricts the day of the month and the day of the week"),
    ],
)
def test_names_and_schedules_that_aws_would_refuse_are_refused_before(
    names: dict[str, str], fault: str | None
) -> None:
    found = on_aws(**names).validate(columns=False).problems

    assert codes(found) == ["GLC311"] * (fault is not None)
    assert all(fault is not None and fault in problem.message for problem in found)


def test_names_and_schedules_are_free_on_this_machine() -> None:
    provider = Provider.from_env(LOCAL)
    clean = Dataset("clean", storage=provider.bucket("b" * 40).at("clean.parquet"))
    pipeline = Pipeline(
        name="p" * 40,
        tasks=[task("t" * 40, writes=[clean], on=provider.serverless())],
        schedule=Cron("0 5 1 * 1"),
    )

    assert pipeline.validate(columns=False).ok


def test_the_limits_of_a_cloud_do_not_hold_on_this_machine() -> None:
    big = Provider.from_env(LOCAL).serverless(memory_mib=99_999, timeout_s=9_999)

    assert problems(task("crunch", on=big)) == ()


def test_problems_of_structure_and_of_portability_are_reported_together() -> None:
    lost = Dataset("lost")
    pipeline = Pipeline(
        name="wrong", tasks=[task("find", reads=[lost], on=Provider.from_env(AWS).local())]
    )

    assert codes(pipeline.validate().problems) == ["GLC303", "GLC310"]
