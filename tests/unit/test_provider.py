"""One provider for every cloud: what the environment asks for, and what it makes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from glacier_runtime import Provider
from glacier_runtime.config import (
    AwsConfig,
    AzureBlobConfig,
    AzureConfig,
    AzureFunctionConfig,
    AzureVmConfig,
    CloudFunctionConfig,
    CloudRunJobConfig,
    CloudScope,
    ComputeEngineConfig,
    ContainerAppsJobConfig,
    ContainerConfig,
    DaskConfig,
    DatabricksConfig,
    DataprocConfig,
    EC2Config,
    EmrConfig,
    FargateConfig,
    GcpConfig,
    GCSConfig,
    LambdaConfig,
    LocalConfig,
    RayConfig,
    S3Config,
    SparkConfig,
)
from glacier_runtime.config.clouds import CloudConfig
from glacier_runtime.config.compute import ClusterSpec, ServerlessSpec
from glacier_runtime.config.stores import BucketConfig
from glacier_runtime.errors import DefinitionError, Problem
from glacier_runtime.storage import S3, ObjectStorage

REGION = {"AWS_REGION": "eu-west-1"}


@pytest.mark.parametrize(
    ("environment", "config"),
    [
        ({}, LocalConfig(base_path="data")),
        ({"GLACIER_CLOUD": ""}, LocalConfig(base_path="data")),
        ({"GLACIER_CLOUD": "local"}, LocalConfig(base_path="data")),
        ({"GLACIER_DATA": "/mnt/lake"}, LocalConfig(base_path="/mnt/lake")),
        ({"GLACIER_CLOUD": "local", **REGION}, LocalConfig(base_path="data")),
        ({"GLACIER_CLOUD": "aws", **REGION}, AwsConfig(region="eu-west-1")),
        (
            {"GLACIER_CLOUD": "aws", "AWS_DEFAULT_REGION": "us-east-2"},
            AwsConfig(region="us-east-2"),
        ),
        (
            {"GLACIER_CLOUD": "aws", "AWS_DEFAULT_REGION": "us-east-2", **REGION},
            AwsConfig(region="eu-west-1"),
        ),
        (
            {"GLACIER_CLOUD": "aws", "AWS_PROFILE": "work", **REGION},
            AwsConfig(region="eu-west-1", profile="work"),
        ),
        ({"GLACIER_CLOUD": "aws", "AWS_PROFILE": "", **REGION}, AwsConfig(region="eu-west-1")),
    ],
)
def test_the_environment_names_the_cloud(environment: dict[str, str], config: CloudConfig) -> None:
    provider = Provider.from_env(environment)

    assert provider.config == config
    assert provider.cloud == config.cloud


def test_without_arguments_the_environment_of_the_process_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Provider.from_env().cloud == "local"

    monkeypatch.setenv("GLACIER_CLOUD", "aws")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")

    assert Provider.from_env().cloud == "aws"


@pytest.mark.parametrize(
    ("environment", "fault", "fix"),
    [
        ({"GLACIER_CLOUD": "AWS"}, "GLACIER_CLOUD='AWS' is no cloud", "one of local, aws"),
        ({"GLACIER_CLOUD": "mars"}, "GLACIER_CLOUD='mars' is no cloud", "one of local, aws"),
        ({"GLACIER_CLOUD": "{{ cloud }}\n"}, "'{{ cloud }}\\n' is no cloud", "one of local, aws"),
        ({"GLACIER_CLOUD": "aws"}, "GLACIER_CLOUD=aws needs a region", "set AWS_REGION"),
        ({"GLACIER_CLOUD": "aws", "AWS_REGION": ""}, "needs a region", "set AWS_REGION"),
        ({"GLACIER_CLOUD": "aws", "AWS_REGION": "EU"}, "aws: region='EU'", "set AWS_REGION"),
        (
            {"GLACIER_CLOUD": "aws", "AWS_REGION": "eu-west-1\n"},
            "region='eu-west-1\\n'",
            "AWS_REGION",
        ),
        ({"GLACIER_CLOUD": "aws", "AWS_REGION": "${region}"}, "region='${region}'", "AWS_REGION"),
    ],
)
def test_an_environment_that_names_no_usable_cloud_is_refused(
    environment: dict[str, str], fault: str, fix: str
) -> None:
    with pytest.raises(DefinitionError) as caught:
        Provider.from_env(environment)

    (problem,) = caught.value.problems
    assert problem.code.code == "GLC107"
    assert fault in problem.message
    assert fix in problem.fix


@pytest.mark.parametrize(
    "region", ["eu-west-1", "us-gov-west-1", "us-iso-east-1", "ap-southeast-4"]
)
def test_every_form_of_an_aws_region_is_accepted(region: str) -> None:
    assert AwsConfig(region=region).region == region


@pytest.mark.parametrize(
    "options",
    [
        {"region": "eu-west"},
        {"region": "eu-west-1a"},
        {"region": "eu-west-\N{ARABIC-INDIC DIGIT ONE}"},
        {"region": "eu-west-1", "account_id": "123"},
        {"region": "eu-west-1", "account_id": "\N{ARABIC-INDIC DIGIT ONE}" * 12},
        {"region": "eu-west-1", "assume_role_arn": "role/deploy"},
        {"region": "eu-west-1", "session_duration_s": 899},
        {"region": "eu-west-1", "session_duration_s": 43_201},
        {"region": "eu-west-1", "access_key": "AKIA"},
        {"region": "eu-west-1", "tags": {"": "x"}},
        {"region": "eu-west-1", "tags": {"a${b}": "x"}},
        {"region": "eu-west-1", "tags": {"a": "x\n"}},
        {},
    ],
)
def test_a_cloud_is_configured_with_values_it_can_have(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AwsConfig.model_validate(options)


def test_a_provider_shows_its_configuration() -> None:
    assert repr(Provider(config=LocalConfig())).startswith("Provider(config=LocalConfig(base_path=")


def test_a_local_bucket_is_a_folder_below_the_base_path() -> None:
    spec = Provider(config=LocalConfig(base_path="somewhere")).bucket("lake").spec

    assert (spec.name, spec.cloud, spec.base_path) == ("lake", "local", PurePath("somewhere"))


def test_a_bucket_of_a_cloud_has_no_path_here() -> None:
    bucket = Provider(config=AwsConfig(region="eu-west-1")).bucket("lake", versioning=True)

    assert bucket.name == "lake"
    assert (bucket.spec.cloud, bucket.spec.base_path, bucket.spec.versioning) == ("aws", None, True)
    assert bucket.spec.scope == CloudScope("aws", "eu-west-1")


@pytest.mark.parametrize("protected", [True, False])
def test_a_bucket_is_protected_on_request_and_by_default(protected: bool) -> None:
    provider = Provider(config=LocalConfig())

    assert provider.bucket("lake", protected=protected).spec.protected is protected
    assert provider.bucket("lake").spec.protected


def test_compute_asks_for_the_same_in_every_cloud() -> None:
    here = Provider(config=LocalConfig()).serverless(memory_mib=512, timeout_s=60)
    there = Provider(config=AwsConfig(region="eu-west-1")).serverless(memory_mib=512, timeout_s=60)

    assert here.spec == there.spec
    assert (here.cloud, there.cloud) == ("local", "aws")


def test_compute_has_defaults_that_work() -> None:
    spec = Provider(config=LocalConfig()).serverless().spec

    assert spec.model_dump() == {
        "kind": "serverless",
        "memory_mib": 1024,
        "timeout_s": 300,
        "config": None,
    }


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"memory_mib": 127}, "serverless: memory_mib=127"),
        ({"memory_mib": 0}, "serverless: memory_mib=0"),
        ({"timeout_s": 0}, "serverless: timeout_s=0"),
        ({"timeout_s": -1}, "serverless: timeout_s=-1"),
    ],
)
def test_compute_that_no_cloud_has_is_refused(options: dict[str, Any], fault: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        Provider(config=LocalConfig()).serverless(**options)

    (problem,) = caught.value.problems
    assert problem.code.code == "GLC107"
    assert problem.message.startswith(fault)


AZURE_ID = "00000000-0000-0000-0000-000000000000"
GCP = {"GLACIER_CLOUD": "gcp"}
AZURE = {"GLACIER_CLOUD": "azure"}


@pytest.mark.parametrize(
    ("environment", "config"),
    [
        ({**GCP, "GOOGLE_CLOUD_PROJECT": "my-project"}, GcpConfig(project_id="my-project")),
        ({**GCP, "GCLOUD_PROJECT": "my-project"}, GcpConfig(project_id="my-project")),
        (
            {
                **GCP,
                "CLOUDSDK_CORE_PROJECT": "my-project",
                "CLOUDSDK_COMPUTE_REGION": "us-east1",
                "GOOGLE_APPLICATION_CREDENTIALS": "/keys/me.json",
            },
            GcpConfig(project_id="my-project", region="us-east1", credentials_path="/keys/me.json"),
        ),
        (
            {**GCP, "GOOGLE_CLOUD_PROJECT": "first-one", "CLOUDSDK_CORE_PROJECT": "second-one"},
            GcpConfig(project_id="first-one"),
        ),
        ({**AZURE, "AZURE_SUBSCRIPTION_ID": AZURE_ID}, AzureConfig(subscription_id=AZURE_ID)),
        (
            {
                **AZURE,
                "ARM_SUBSCRIPTION_ID": AZURE_ID,
                "AZURE_DEFAULTS_GROUP": "analytics",
                "AZURE_DEFAULTS_LOCATION": "westeurope",
            },
            AzureConfig(
                subscription_id=AZURE_ID, resource_group="analytics", location="westeurope"
            ),
        ),
    ],
)
def test_the_variables_of_the_clouds_own_tools_configure_them(
    environment: dict[str, str], config: CloudConfig
) -> None:
    assert Provider.from_env(environment).config == config


@pytest.mark.parametrize(
    ("environment", "fault", "fix"),
    [
        (GCP, "GLACIER_CLOUD=gcp needs a project_id", "set GOOGLE_CLOUD_PROJECT, such as"),
        ({**GCP, "GOOGLE_CLOUD_PROJECT": "No"}, "project_id='No'", "set GOOGLE_CLOUD_PROJECT"),
        (
            {**GCP, "GOOGLE_CLOUD_PROJECT": "my-project", "GOOGLE_CLOUD_REGION": "Mars"},
            "region='Mars'",
            "set GOOGLE_CLOUD_REGION",
        ),
        (AZURE, "needs a subscription_id", "set AZURE_SUBSCRIPTION_ID, such as"),
        (
            {**AZURE, "AZURE_SUBSCRIPTION_ID": AZURE_ID, "AZURE_LOCATION": "West Europe"},
            "location='West Europe'",
            "set AZURE_LOCATION",
        ),
    ],
)
def test_what_is_missing_for_a_cloud_is_said(
    environment: dict[str, str], fault: str, fix: str
) -> None:
    (problem,) = refused(lambda: Provider.from_env(environment))

    assert problem.code.code == "GLC107"
    assert fault in problem.message
    assert fix in problem.fix


def test_credentials_in_place_of_their_path_are_not_repeated() -> None:
    environment = {
        **GCP,
        "GOOGLE_CLOUD_PROJECT": "my-project",
        "GOOGLE_APPLICATION_CREDENTIALS": '{"private_key": "canary"}',
    }

    (problem,) = refused(lambda: Provider.from_env(environment))

    assert "canary" not in str(problem)
    assert "GOOGLE_APPLICATION_CREDENTIALS" in problem.fix


def refused(act: Callable[[], object]) -> tuple[Problem, ...]:
    with pytest.raises(DefinitionError) as caught:
        act()
    return caught.value.problems


CLOUDS = {
    "local": Provider(config=LocalConfig()),
    "aws": Provider(config=AwsConfig(region="eu-west-1")),
    "gcp": Provider(config=GcpConfig(project_id="my-project")),
    "azure": Provider(config=AzureConfig(subscription_id=AZURE_ID)),
}
EVERYWHERE = pytest.mark.parametrize("cloud", CLOUDS)
OF_EACH: dict[str, list[Any]] = {
    "serverless": [LambdaConfig(), CloudFunctionConfig(), AzureFunctionConfig()],
    "container": [FargateConfig(), CloudRunJobConfig(), ContainerAppsJobConfig()],
    "vm": [
        EC2Config(instance_type="t3.large"),
        ComputeEngineConfig(machine_type="e2-standard-4"),
        AzureVmConfig(size="Standard_D4s_v5"),
    ],
    "cluster": [EmrConfig(), DataprocConfig()],
}
CLASS_OF = {
    config.cloud: {
        kind: type(c).__name__
        for kind, cs in OF_EACH.items()
        for c in cs
        if c.cloud == config.cloud
    }
    for configs in OF_EACH.values()
    for config in configs
}


@EVERYWHERE
@pytest.mark.parametrize("kind", ["serverless", "container", "vm"])
def test_of_several_configurations_the_one_of_the_active_cloud_counts(
    kind: str, cloud: str
) -> None:
    resource = getattr(CLOUDS[cloud], kind)(config=OF_EACH[kind])

    config = resource.spec.resolved(cloud).config
    assert resource.cloud == cloud
    assert (None if config is None else config.cloud) == (None if cloud == "local" else cloud)


@pytest.mark.parametrize("kind", ["serverless", "container", "vm"])
@pytest.mark.parametrize("cloud", ["aws", "gcp", "azure"])
def test_a_resource_configured_for_other_clouds_only_says_what_to_add(
    kind: str, cloud: str
) -> None:
    others = [config for config in OF_EACH[kind] if config.cloud != cloud]

    (problem,) = refused(lambda: getattr(CLOUDS[cloud], kind)(config=others))

    assert problem.code.code == "GLC108"
    assert f"has no configuration for {cloud}" in problem.message
    assert f"{CLASS_OF[cloud][kind]}" in problem.fix


@pytest.mark.parametrize("kind", ["vm", "cluster"])
@pytest.mark.parametrize("cloud", ["aws", "gcp", "azure"])
def test_machines_and_clusters_need_to_be_told_which(kind: str, cloud: str) -> None:
    (problem,) = refused(getattr(CLOUDS[cloud], kind))

    assert problem.code.code == "GLC108"
    assert getattr(CLOUDS["local"], kind)().cloud == "local"


@EVERYWHERE
@pytest.mark.parametrize(
    "config",
    [RayConfig(), DaskConfig(), SparkConfig(), DatabricksConfig()],
    ids=lambda config: type(config).__name__,
)
def test_engines_that_belong_to_no_cloud_are_good_for_all(cloud: str, config: Any) -> None:
    spec = CLOUDS[cloud].cluster(config=config).spec

    assert isinstance(spec, ClusterSpec)
    assert spec.resolved(cloud).config == (None if cloud == "local" else config)


def test_a_configuration_says_what_the_neutral_arguments_do_not() -> None:
    small = CLOUDS["aws"].serverless(timeout_s=60, config=LambdaConfig(memory=512))

    spec = small.spec.resolved("aws")
    assert isinstance(spec, ServerlessSpec)
    assert (spec.memory_mib, spec.timeout_s) == (512, 60)
    assert small.spec.resolved("local").model_dump(exclude={"config"}) == {
        "kind": "serverless",
        "memory_mib": 1024,
        "timeout_s": 60,
    }


@EVERYWHERE
@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (
            lambda p: p.serverless(memory_mib=512, config=LambdaConfig(memory=1024)),
            "memory_mib=512, and LambdaConfig says memory_mib=1024",
        ),
        (
            lambda p: p.container(cpu=1, config=[ContainerConfig(cpu=2)]),
            "cpu=1.0, and ContainerConfig says cpu=2.0",
        ),
        (
            lambda p: p.bucket("lake", versioning=False, config=S3Config(versioning=True)),
            "versioning=False, and S3Config says versioning=True",
        ),
        (
            lambda p: p.serverless(config=[LambdaConfig(), LambdaConfig(memory=512)]),
            "two configurations for aws",
        ),
        (
            lambda p: p.cluster(config=[RayConfig(), DaskConfig()]),
            "two configurations for all clouds: RayConfig and DaskConfig",
        ),
        (lambda p: p.serverless(config=S3Config()), "cannot be configured by S3Config"),
        (lambda p: p.bucket("lake", config=LambdaConfig()), "cannot be configured by LambdaConfig"),
        (lambda p: p.serverless(memory=512, memory_mib=512), "two spellings of one thing"),
        (lambda p: p.container(timeout=60, timeout_s=60), "two spellings of one thing"),
        (lambda p: p.local(workers=0), "local: workers=0"),
        (lambda p: p.container(cpu=0), "container: cpu=0"),
        (lambda p: p.container(image="two words"), "container: image='two words'"),
        (lambda p: p.bucket(), "a bucket needs one name"),
        (lambda p: p.bucket("lake", bucket="lake"), "a bucket needs one name"),
        (lambda p: p.bucket(3), "a bucket cannot be made of int"),
    ],
)
def test_contradictions_are_refused_in_every_cloud(
    cloud: str, make: Callable[[Any], object], fault: str
) -> None:
    (problem,) = refused(lambda: make(CLOUDS[cloud]))

    assert problem.code.code == "GLC107"
    assert fault in problem.message


def test_a_configuration_that_agrees_contradicts_nothing() -> None:
    spec = CLOUDS["aws"].serverless(memory=512, config=LambdaConfig(memory_mib=512)).spec

    assert spec.resolved("aws").model_dump()["memory_mib"] == 512


def test_memory_and_time_are_the_same_without_their_units() -> None:
    provider = CLOUDS["local"]

    assert provider.serverless(memory=512, timeout=60) == provider.serverless(
        memory_mib=512, timeout_s=60
    )
    assert provider.container(memory=512, timeout=60) == provider.container(
        memory_mib=512, timeout_s=60
    )


@EVERYWHERE
def test_a_bucket_is_configured_for_its_cloud(cloud: str) -> None:
    configs: list[BucketConfig] = [
        S3Config(versioning=True),
        GCSConfig(storage_class="NEARLINE"),
        AzureBlobConfig(),
    ]

    spec = CLOUDS[cloud].bucket("lake", config=configs).spec

    found = spec.config_for(cloud)
    assert (None if found is None else found.cloud) == (None if cloud == "local" else cloud)
    assert spec.is_versioned(cloud) is (cloud == "aws")


def test_a_bucket_that_lacks_the_configuration_of_its_cloud_says_which_to_add() -> None:
    (problem,) = refused(lambda: CLOUDS["gcp"].bucket("lake", config=S3Config()))

    assert problem.code.code == "GLC108"
    assert "bucket 'lake' has no configuration for gcp" in problem.message
    assert "add config=GCSConfig(...)" in problem.fix


def test_a_bucket_and_a_place_in_it_may_be_named_at_once() -> None:
    provider = CLOUDS["local"]

    assert provider.bucket(bucket="data", path="raw.parquet") == provider.bucket("data").at(
        "raw.parquet"
    )


@given(
    memory=st.one_of(st.none(), st.integers(128, 10_240)),
    configured=st.one_of(st.none(), st.integers(128, 10_240)),
)
def test_memory_is_what_was_said_and_only_a_contradiction_is_refused(
    memory: int | None, configured: int | None
) -> None:
    config = LambdaConfig(memory_mib=configured)
    try:
        spec = CLOUDS["aws"].serverless(memory_mib=memory, config=config).spec.resolved("aws")
    except DefinitionError:
        assert None not in (memory, configured)
        assert memory != configured
    else:
        said = [value for value in (memory, configured) if value is not None]
        assert spec.model_dump()["memory_mib"] == (said[0] if said else 1024)


def test_storage_is_found_by_the_name_of_its_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")

    assert ObjectStorage("my-data").spec.cloud == "local"
    assert ObjectStorage("my-data", provider="aws").bucket.scope == CloudScope("aws", "eu-west-1")
    assert ObjectStorage("my-data", provider=CLOUDS["gcp"]).spec.cloud == "gcp"
    assert str(S3(bucket="my-bucket", prefix="raw/")) == "my-bucket:raw/"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: ObjectStorage("my-data", provider="mars"), "GLC107"),
        (lambda: ObjectStorage("my-data", provider="azure"), "GLC107"),
        (lambda: ObjectStorage("Bad Name"), "GLC101"),
        (lambda: S3("my-data", provider=CLOUDS["azure"]), "GLC108"),
    ],
)
def test_storage_of_no_usable_cloud_is_refused(make: Callable[[], object], code: str) -> None:
    assert [problem.code.code for problem in refused(make)] == [code]
