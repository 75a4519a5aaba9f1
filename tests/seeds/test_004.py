"""Document 004, the summary of the correct architecture: the same patterns, composed."""

from __future__ import annotations

from pathlib import Path, PurePath

import polars as pl

from glacier_runtime import Provider
from glacier_runtime.config import (
    AwsConfig,
    AzureConfig,
    DatabricksConfig,
    EC2Config,
    GcpConfig,
    LambdaConfig,
    LocalConfig,
    S3Config,
    SparkConfig,
)
from tests.run_task.emulated_s3 import EmulatedS3
from tests.seeds.stories import Story, edges, names

AWS = 'provider = Provider(config=AwsConfig(region="us-east-1"))'


def test_injected_configuration_is_all_that_differs(story: Story) -> None:
    told = story("004/1")

    assert type(told.aws_provider) is type(told.local_provider) is Provider
    assert (told.aws_provider.cloud, told.local_provider.cloud) == ("aws", "local")


def test_resources_compose_into_a_pipeline_of_four_kinds_of_compute(
    story: Story, s3: dict[str, str], emulator: EmulatedS3
) -> None:
    pl.DataFrame({"value": [-1, 2]}).write_parquet("file.parquet")
    emulator.put(s3["my-data"], "file.parquet", Path("file.parquet").read_bytes())

    told = story(AWS, "004/2", "004/3", "004/4", "004/5")

    assert told.bucket.spec.config_for("aws").versioning
    assert told.ec2_exec.spec.kind == "vm"
    assert edges(told.my_pipeline) == {("load_data", "process"), ("process", "ml_inference")}
    assert [task.compute.kind for task in told.my_pipeline.tasks] == [
        "local",
        "serverless",
        "cluster",
    ]
    assert told.result.collect().rows() == [(2, 0.85)]


def test_resources_bind_tasks_before_anything_is_composed(story: Story) -> None:
    told = story("004/6", "004/7")

    assert names([told.extract, told.transform, told.ml_predict]) == [
        "extract",
        "transform",
        "ml_predict",
    ]
    assert [task.compute.kind for task in (told.extract, told.transform, told.ml_predict)] == [
        "local",
        "serverless",
        "cluster",
    ]


def test_a_pipeline_function_says_what_flows_where(story: Story) -> None:
    told = story(
        """
from glacier_runtime import pipeline

bucket = Provider(config=AwsConfig(region="us-east-1")).bucket(bucket="my-data", path="in.parquet")

@task
def extract(source): ...

@task
def transform(df): ...

@task
def ml_predict(df): ...
""",
        "004/6",
        "004/8",
    )

    assert edges(told.etl_pipeline) == {("extract", "transform"), ("transform", "ml_predict")}


def test_the_desired_form_of_the_gap_is_the_one_that_works(story: Story) -> None:
    told = story(AWS, "004/10")

    assert told.my_task() is None
    assert told.my_task.compute.kind == "local"


def test_configurations_have_the_fields_that_section_seven_lists() -> None:
    """None of these raises for a name that is unknown."""
    assert AwsConfig(
        region="us-east-1",
        profile="data",
        account_id="123456789012",
        assume_role_arn="arn:aws:iam::123456789012:role/deploy",
        session_duration=1800,
        tags={"team": "data"},
    ).tags == {"team": "data"}
    assert GcpConfig(
        project_id="my-project",
        region="europe-west1",
        labels={"team": "data"},
        credentials_path="k",
    ).labels == {"team": "data"}
    assert (
        AzureConfig(
            subscription_id="00000000-0000-0000-0000-000000000000",
            resource_group="data",
            location="westeurope",
            tags={},
        ).location
        == "westeurope"
    )
    assert LocalConfig(base_path="./data").base_path == PurePath("data")
    assert S3Config(storage_class="STANDARD", encryption="AES256", versioning=True).versioning
    assert (
        LambdaConfig(
            memory=512, timeout=60, runtime="python3.11", layers=[], ephemeral_storage=1024
        ).ephemeral_storage_mib
        == 1024
    )
    assert (
        DatabricksConfig(
            cluster_id="c", instance_type="i3.xlarge", num_workers=2, spark_version="15.4.x"
        ).num_workers
        == 2
    )
    assert SparkConfig(master="yarn", num_executors=2, executor_memory="4g").num_executors == 2
    assert EC2Config(instance_type="t3.large", ami="ami-12345", security_group="sg-12345").ami


def test_resources_of_one_kind_differ_by_configuration() -> None:
    provider = Provider(config=AwsConfig(region="us-east-1"))

    small = provider.serverless(config=LambdaConfig(memory=512))
    large = provider.serverless(config=LambdaConfig(memory=4096))
    asked = [made.spec.resolved("aws").model_dump()["memory_mib"] for made in (small, large)]

    assert asked == [512, 4096]
