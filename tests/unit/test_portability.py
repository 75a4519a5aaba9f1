"""What works here and would not work in a cloud."""

from __future__ import annotations

from typing import Any

import pytest

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.checks.portability import portability_problems, portability_warnings
from glacier_runtime.config import (
    AwsConfig,
    CloudFunctionConfig,
    CloudScope,
    GCSConfig,
    LambdaConfig,
    S3Config,
)
from glacier_runtime.errors import Code, DefinitionError, Problem
from glacier_runtime.graph import build_graph
from glacier_runtime.manifest_building import build_manifest
from glacier_runtime.tasks import AnyTask
from tests.unit.builders import codes, in_memory, stored, task

AWS = {"GLACIER_CLOUD": "aws", "AWS_REGION": "eu-west-1"}
GCP = {"GLACIER_CLOUD": "gcp", "GOOGLE_CLOUD_PROJECT": "my-project"}
AZURE = {
    "GLACIER_CLOUD": "azure",
    "AZURE_SUBSCRIPTION_ID": "00000000-0000-0000-0000-000000000000",
}
LOCAL = {"GLACIER_CLOUD": "local"}
EVERYWHERE = pytest.mark.parametrize(
    "environment", [LOCAL, AWS, GCP, AZURE], ids=lambda environment: environment["GLACIER_CLOUD"]
)


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


@EVERYWHERE
def test_one_module_is_good_for_every_cloud(environment: dict[str, str]) -> None:
    assert problems(*flights(environment)) == ()


@EVERYWHERE
def test_the_manifest_names_the_cloud(environment: dict[str, str]) -> None:
    manifest = Pipeline(name="flights", tasks=flights(environment)).manifest

    assert manifest.cloud == environment["GLACIER_CLOUD"]


MODULE = """
import polars as pl
from typing import Annotated
from pydantic import BaseModel
from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import (
    AzureBlobConfig, AzureFunctionConfig, AzureVmConfig, CloudFunctionConfig, CloudRunJobConfig, ComputeEngineConfig,
    ContainerAppsJobConfig, EC2Config, FargateConfig, GCSConfig, LambdaConfig, RayConfig, S3Config,
)

class Row(BaseModel):
    x: int

provider = Provider.from_env()
lake = provider.bucket("lake", config=[S3Config(versioning=True), GCSConfig(), AzureBlobConfig(tier="cool")])
small = provider.serverless(
    timeout_s=60, config=[LambdaConfig(memory=512), CloudFunctionConfig(memory=512), AzureFunctionConfig(memory=512)]
)
big = provider.container(
    image="analytics:1", cpu=2, memory_mib=4096,
    config=[FargateConfig(architecture="ARM64"), CloudRunJobConfig(), ContainerAppsJobConfig()],
)
own = provider.vm(
    config=[
        EC2Config(instance_type="t3.large"), ComputeEngineConfig(machine_type="e2-standard-4"),
        AzureVmConfig(size="Standard_D4s_v5"),
    ]
)
many = provider.cluster(config=RayConfig())

Raw = Annotated[pl.LazyFrame, Dataset("raw", storage=lake.at("raw.parquet"), schema=Row, source=True)]
A = Annotated[pl.LazyFrame, Dataset("aa", storage=lake.at("a.parquet"), schema=Row)]
B = Annotated[pl.LazyFrame, Dataset("bb", storage=lake.at("b.parquet"), schema=Row)]
C = Annotated[pl.LazyFrame, Dataset("cc", storage=lake.at("c.parquet"), schema=Row)]
D = Annotated[pl.LazyFrame, Dataset("dd", storage=lake.at("d.parquet"), schema=Row)]

@small.task()
def one(raw: Raw) -> A:
    return raw

@big.task()
def two(a: A) -> B:
    return a

@own.task()
def three(b: B) -> C:
    return b

@many.task()
def four(c: C) -> D:
    return c

pipeline = Pipeline(name="everywhere", tasks=[one, two, three, four])
"""


@EVERYWHERE
def test_the_environment_alone_decides_where_one_module_is_valid(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    namespace: dict[str, Any] = {"__name__": "everywhere"}

    exec(MODULE, namespace)
    pipeline: Pipeline = namespace["pipeline"]
    report = pipeline.validate(columns=False)

    assert report.problems == ()
    cloud = environment["GLACIER_CLOUD"]
    written = pipeline.manifest.model_dump(mode="json")
    configs = [item["compute"]["config"] for item in written["tasks"]] + [
        written["buckets"][0]["config"]
    ]
    kinds = {config["type"].partition(".")[0] for config in configs if config is not None}
    assert written["cloud"] == cloud
    assert kinds == (set() if cloud == "local" else {cloud, "ray"})


@pytest.mark.parametrize(
    ("scope", "memory_mib", "versioning"),
    [
        (CloudScope("aws", "eu-west-1"), 512, True),
        (CloudScope("gcp"), 256, False),
    ],
)
def test_a_local_pipeline_is_written_for_the_cloud_it_is_asked_for(
    scope: CloudScope, memory_mib: int, versioning: bool
) -> None:
    provider = Provider.from_env(LOCAL)
    lake = provider.bucket("lake", config=[S3Config(versioning=True), GCSConfig()])
    small = provider.serverless(config=[LambdaConfig(memory=512), CloudFunctionConfig(memory=256)])
    graph = build_graph(
        [task("wash", writes=[Dataset("clean", storage=lake.at("clean.parquet"))], on=small)]
    )

    written = build_manifest("flights", graph, "", None, scope)

    assert tuple(portability_problems(graph, scope=scope)) == ()
    assert written.tasks[0].compute.model_dump()["memory_mib"] == memory_mib
    assert written.buckets[0].versioning is versioning


def test_a_cloud_for_which_nothing_is_configured_is_refused_for_every_resource() -> None:
    provider = Provider.from_env(LOCAL)
    lake = provider.bucket("lake", config=S3Config())
    graph = build_graph(
        [
            task(
                "wash",
                writes=[Dataset("clean", storage=lake.at("clean.parquet"))],
                on=provider.serverless(config=LambdaConfig()),
            ),
            task("rent", on=provider.vm()),
        ]
    )

    found = tuple(portability_problems(graph, scope=CloudScope("gcp")))

    assert codes(found) == ["GLC108"] * 3
    assert [problem.task for problem in found] == ["wash", "rent", None]
    assert [problem.fix.partition("(")[0] for problem in found] == [
        "add config=CloudFunctionConfig",
        "add config=ComputeEngineConfig",
        "add config=GCSConfig",
    ]
    with pytest.raises(DefinitionError):
        build_manifest("flights", graph, "", None, CloudScope("gcp"))


@pytest.mark.parametrize(
    ("scope", "fault"),
    [
        (CloudScope("gcp"), "belong to cloud aws, and the pipeline is asked for in gcp"),
        (CloudScope("aws", "us-east-1"), "belong to region eu-west-1, and the pipeline is asked"),
        (CloudScope("aws", "eu-west-1", "123456789012"), None),
        (CloudScope("aws", None), None),
    ],
)
def test_resources_that_name_their_place_go_nowhere_else(
    scope: CloudScope, fault: str | None
) -> None:
    graph = build_graph(flights(AWS))

    found = [p for p in portability_problems(graph, scope=scope) if p.code is Code.MIXED_CLOUDS]

    assert len(found) == (fault is not None)
    assert all(fault is not None and fault in problem.message for problem in found)


def test_a_run_on_this_machine_needs_only_that_resources_belong_together() -> None:
    graph = build_graph([task("rent", on=Provider.from_env(AWS).local())])

    assert codes(portability_problems(graph)) == ["GLC310"]
    assert codes(portability_problems(graph, deploy=False)) == []


def test_the_provider_of_most_resources_is_named() -> None:
    here, there = Provider.from_env(LOCAL), Provider.from_env(AWS)

    (found,) = problems(
        task("one", on=there.serverless()),
        task("two", on=there.serverless()),
        task("odd", on=here.serverless()),
    )

    assert found.fix == "make all resources from one provider; most are of aws"


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
def test_data_without_storage_stays_in_one_process(makes: str, reads: str, crosses: bool) -> None:
    provider = Provider.from_env(AWS)
    (numbers,) = in_memory("numbers")

    found = [
        problem
        for problem in problems(
            task("make", writes=[numbers], on=getattr(provider, makes)()),
            task("use", reads=[numbers], on=getattr(provider, reads)()),
        )
        if problem.code.code != "GLC310"
    ]

    assert codes(found) == ["GLC309"] * crosses
    assert [(p.dataset, p.task) for p in found] == [("numbers", "use")] * crosses
    assert all("storage=bucket.at(path)" in p.fix for p in found)


def test_on_this_machine_one_process_runs_all_and_a_cloud_would_not() -> None:
    small = Provider.from_env(LOCAL).serverless()
    (numbers,) = in_memory("numbers")
    make, use = task("make", writes=[numbers], on=small), task("use", reads=[numbers], on=small)
    keep = task("keep", writes=[stored("kept")], on=small)

    in_memory_only = Pipeline([make, use], name="thinking")
    partly_stored = Pipeline([make, use, keep], name="working")

    assert list(portability_warnings(in_memory_only.graph)) == []
    assert codes(portability_warnings(partly_stored.graph)) == ["GLC309"]
    assert problems(make, use, keep) == ()


def test_data_without_storage_that_nobody_reads_crosses_nothing() -> None:
    (numbers,) = in_memory("numbers")

    assert problems(task("make", writes=[numbers], on=Provider.from_env(AWS).serverless())) == ()


def test_problems_of_structure_and_of_portability_are_reported_together() -> None:
    lost = Dataset("lost")
    pipeline = Pipeline(
        name="wrong", tasks=[task("find", reads=[lost], on=Provider.from_env(AWS).local())]
    )

    assert codes(pipeline.validate().problems) == ["GLC303", "GLC310"]
