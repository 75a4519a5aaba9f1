"""What clouds refuse: resources, names and schedules beyond what their services offer."""

from __future__ import annotations

from typing import Any

import pytest

from glacier_runtime import Cron, Dataset, Pipeline, Provider
from glacier_runtime.checks.portability import portability_problems
from glacier_runtime.config import AzureFunctionConfig, ContainerConfig, EC2Config
from glacier_runtime.errors import Problem
from glacier_runtime.graph import build_graph
from glacier_runtime.tasks import AnyTask
from tests.unit.builders import codes, task

AWS = {"GLACIER_CLOUD": "aws", "AWS_REGION": "eu-west-1"}
GCP = {"GLACIER_CLOUD": "gcp", "GOOGLE_CLOUD_PROJECT": "my-project"}
AZURE = {
    "GLACIER_CLOUD": "azure",
    "AZURE_SUBSCRIPTION_ID": "00000000-0000-0000-0000-000000000000",
}
LOCAL = {"GLACIER_CLOUD": "local"}


def problems(*tasks: AnyTask) -> tuple[Problem, ...]:
    return tuple(portability_problems(build_graph(tasks)))


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


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        ({"instance_type": "r6i.4xlarge"}, None),
        ({"instance_type": "r6i.4xlarge", "cpu": 8, "memory_mib": 100_000}, None),
        ({"instance_type": "r6i.4xlarge", "cpu": 17}, "17 processors of r6i.4xlarge, which has 16"),
        (
            {"instance_type": "r6i.4xlarge", "memory_mib": 131_072},
            "a task surely gets 121209 of 131072",
        ),
        ({"instance_type": "x2idn.16xlarge"}, "of which is not known here what it has"),
        ({"instance_type": "x2idn.16xlarge", "cpu": 64}, "of which is not known here"),
        ({"instance_type": "x2idn.16xlarge", "cpu": 64, "memory_mib": 900_000}, None),
        ({"instance_type": "p5.48xlarge", "cpu": 192, "memory_mib": 2000}, "accelerator"),
        ({"instance_type": "mac2.metal", "cpu": 8, "memory_mib": 2000}, "accelerator or system"),
        ({"instance_type": "a1.xlarge", "cpu": 4, "memory_mib": 2000}, "Amazon Linux 2023"),
    ],
)
def test_a_task_takes_of_its_machine_what_that_surely_has(
    config: dict[str, Any], fault: str | None
) -> None:
    machine = Provider.from_env(AWS).vm(config=EC2Config(**config))

    found = problems(task("crunch", on=machine))

    assert codes(found) == (["GLC311"] if fault else [])
    assert [fault in problem.message for problem in found if fault] == [True] * len(found)


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


@pytest.mark.parametrize(
    ("environment", "asked", "fault"),
    [
        (GCP, {"memory_mib": 32_768, "timeout_s": 3600}, None),
        (GCP, {"memory_mib": 32_769}, "32769 MiB, and Cloud Run functions has 32768 at most"),
        (GCP, {"timeout_s": 3601}, "3601 s, and Cloud Run functions runs 3600 s at most"),
        (AZURE, {"memory_mib": 1536, "timeout_s": 600}, None),
        (AZURE, {"memory_mib": 1537}, "1537 MiB, and Azure's consumption plan has 1536 at most"),
        (AZURE, {"timeout_s": 601}, "601 s, and Azure's consumption plan runs 600 s at most"),
        (AZURE, {"config": AzureFunctionConfig(plan="flex_consumption", memory=4096)}, None),
        (
            AZURE,
            {"config": AzureFunctionConfig(plan="flex_consumption")},
            "1024 MiB, and the flex consumption plan has 512, 2048 and 4096",
        ),
        (
            AZURE,
            {
                "memory_mib": 2048,
                "timeout_s": 7200,
                "config": AzureFunctionConfig(plan="flex_consumption"),
            },
            None,
        ),
    ],
)
def test_a_function_keeps_the_limits_of_google_cloud_and_azure(
    environment: dict[str, str], asked: dict[str, Any], fault: str | None
) -> None:
    found = problems(task("crunch", on=Provider.from_env(environment).serverless(**asked)))

    assert codes(found) == ["GLC311"] * (fault is not None)
    assert all(problem.message == f"task 'crunch' asks for {fault}" for problem in found)


@pytest.mark.parametrize(
    ("environment", "cpu", "memory_mib", "fault"),
    [
        (AWS, 0.25, 512, None),
        (AWS, 0.25, 1024, None),
        (AWS, 0.25, 3072, "3072 MiB beside 0.25 processors, and Fargate has 512 to 2048 there"),
        (AWS, 0.25, 768, "768 MiB beside 0.25 processors"),
        (AWS, 1, 2048, None),
        (AWS, 1, 8192, None),
        (AWS, 1, 8193, "8193 MiB beside 1 processors"),
        (AWS, 4, 30_720, None),
        (AWS, 8, 20_480, None),
        (AWS, 8, 18_432, "in steps of 4096"),
        (AWS, 16, 122_880, None),
        (AWS, 3, 8192, "3 processors, and Fargate has 0.25, 0.5, 1, 2, 4, 8 and 16"),
        (GCP, 1, 4096, None),
        (GCP, 1, 4097, "4097 MiB beside 1 processors, and Cloud Run has 4096 at most there"),
        (GCP, 8, 32_768, None),
        (GCP, 0.5, 512, "0.5 processors, and Cloud Run has 1, 2, 4, 6 and 8"),
        (AZURE, 0.25, 512, None),
        (AZURE, 4, 8192, None),
        (AZURE, 1, 4096, "4096 MiB beside 1 processors, and Container Apps has 2048 there"),
        (AZURE, 4.25, 8704, "4.25 processors, and Container Apps has 0.25 to 4 in steps of 0.25"),
        (AZURE, 0.3, 614, "0.3 processors"),
        (LOCAL, 3, 999_999, None),
    ],
)
def test_a_container_has_the_processors_and_memory_that_its_cloud_sells(
    environment: dict[str, str], cpu: float, memory_mib: int, fault: str | None
) -> None:
    provider = Provider.from_env(environment)

    found = problems(task("crunch", on=provider.container(cpu=cpu, memory_mib=memory_mib)))

    assert codes(found) == ["GLC311"] * (fault is not None)
    assert all(fault is not None and fault in problem.message for problem in found)


def test_what_a_configuration_says_counts_for_limits() -> None:
    big = Provider.from_env(GCP).container(config=ContainerConfig(cpu=2, memory=9000))

    (found,) = problems(task("crunch", on=big))

    assert "9000 MiB beside 2 processors" in found.message


@pytest.mark.parametrize(
    ("environment", "kind", "longest"),
    [
        (AWS, "serverless", 64),
        (GCP, "serverless", 63),
        (GCP, "container", 49),
        (AZURE, "serverless", 60),
        (AZURE, "container", 32),
    ],
)
def test_names_of_tasks_fit_what_their_service_takes(
    environment: dict[str, str], kind: str, longest: int
) -> None:
    resource = getattr(Provider.from_env(environment), kind)()

    def faults(characters: int) -> list[str]:
        name = "t" * (characters // 2)
        pipeline = Pipeline(
            name="p" * (characters - 1 - len(name)), tasks=[task(name, on=resource)]
        )
        return codes(pipeline.validate(columns=False).problems)

    assert faults(longest) == []
    assert "GLC311" in faults(longest + 1)


@pytest.mark.parametrize("environment", [GCP, AZURE])
def test_google_cloud_and_azure_take_every_schedule(environment: dict[str, str]) -> None:
    pipeline = Pipeline(
        name="flights",
        tasks=[task("wash", on=Provider.from_env(environment).serverless())],
        schedule=Cron("0 5 1 * 1"),
    )

    assert pipeline.validate(columns=False).ok
