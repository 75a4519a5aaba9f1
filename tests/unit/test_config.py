"""Configurations: what they accept, what they refuse, and what they never show."""

from __future__ import annotations

import pickle
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from glacier_runtime import config as door
from glacier_runtime.config import (
    AwsConfig,
    AzureBlobConfig,
    AzureConfig,
    AzureFunctionConfig,
    AzureVmConfig,
    CloudFunctionConfig,
    CloudRunJobConfig,
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
from glacier_runtime.config.models import Config, ResourceConfig

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/0ab1"
MANY: list[Config] = [
    LocalConfig(),
    AwsConfig(region="eu-west-1", tags={"team": "data"}),
    GcpConfig(project_id="my-project", region="europe-west1", labels={"team": "data"}),
    AzureConfig(subscription_id=SUBSCRIPTION, resource_group="rg", location="westeurope"),
    S3Config(storage_class="GLACIER_IR", encryption="aws:kms", kms_key_arn=KEY),
    GCSConfig(storage_class="COLDLINE"),
    AzureBlobConfig(tier="cool"),
    LambdaConfig(memory_mib=512, layers=["arn:aws:lambda:eu-west-1:123456789012:layer:polars:3"]),
    CloudFunctionConfig(memory_mib=512),
    AzureFunctionConfig(plan="flex_consumption", memory_mib=2048),
    ContainerConfig(image="registry.example.org/analytics:1.4", cpu=4),
    FargateConfig(ephemeral_storage_gib=100),
    CloudRunJobConfig(cpu=2),
    ContainerAppsJobConfig(cpu=0.5),
    EC2Config(instance_type="t3.large", ami="ami-12345", security_group="sg-0a1b"),
    ComputeEngineConfig(machine_type="e2-standard-4", zone="europe-west1-b"),
    AzureVmConfig(size="Standard_D4s_v5"),
    DatabricksConfig(cluster_id="0923-164208-meows279", num_workers=4),
    EmrConfig(release="emr-7.5.0"),
    DataprocConfig(cluster_name="nightly"),
    SparkConfig(master="spark://host:7077", num_executors=4),
    RayConfig(address="ray://head:10001"),
    DaskConfig(address="tcp://scheduler:8786"),
]
every_config = pytest.mark.parametrize("config", MANY, ids=lambda config: type(config).__name__)


def test_every_public_configuration_is_tried_here() -> None:
    public = {getattr(door, name) for name in door.__all__}

    assert {type(config) for config in MANY} == {
        kind for kind in public if issubclass(kind, BaseModel)
    }


@every_config
def test_a_configuration_is_frozen_and_closed(config: Config) -> None:
    field = next(iter(type(config).model_fields))

    with pytest.raises(ValidationError):
        setattr(config, field, "other")
    with pytest.raises(ValidationError):
        type(config).model_validate({**config.model_dump(), "acces_key": "x"})


@every_config
def test_a_configuration_survives_json_and_pickle(config: Config) -> None:
    assert type(config).model_validate_json(config.model_dump_json()) == config
    assert pickle.loads(pickle.dumps(config)) == config


@every_config
def test_every_field_of_a_configuration_is_explained(config: Config) -> None:
    text = type(config).__doc__ or ""

    assert [
        name for name in type(config).model_fields if name != "type" and f"    {name}: " not in text
    ] == []


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (GcpConfig, {}),
        (GcpConfig, {"project_id": "My-Project"}),
        (GcpConfig, {"project_id": "short"}),
        (GcpConfig, {"project_id": "my-project", "region": "europe"}),
        (GcpConfig, {"project_id": "my-project", "labels": {"Team": "data"}}),
        (GcpConfig, {"project_id": "my-project", "labels": {"team": "d" * 64}}),
        (AzureConfig, {"subscription_id": "mine"}),
        (AzureConfig, {"subscription_id": SUBSCRIPTION, "resource_group": "ends."}),
        (AzureConfig, {"subscription_id": SUBSCRIPTION, "resource_group": "g" * 91}),
        (AzureConfig, {"subscription_id": SUBSCRIPTION, "location": "West Europe"}),
        (AzureConfig, {"subscription_id": SUBSCRIPTION, "tags": {"a<b": "x"}}),
        (AzureConfig, {"subscription_id": SUBSCRIPTION, "tags": {f"t{n}": "" for n in range(51)}}),
        (S3Config, {"storage_class": "DEEP_ARCHIVE"}),
        (S3Config, {"encryption": "none"}),
        (S3Config, {"kms_key_arn": KEY}),
        (S3Config, {"encryption": "AES256", "kms_key_arn": KEY}),
        (S3Config, {"encryption": "aws:kms", "kms_key_arn": "alias/mine"}),
        (GCSConfig, {"storage_class": "HOT"}),
        (GCSConfig, {"kms_key_name": "mine"}),
        (AzureBlobConfig, {"tier": "archive"}),
        (AzureBlobConfig, {"encryption": False}),
        (LambdaConfig, {"memory_mib": 127}),
        (LambdaConfig, {"memory_mib": 10_241}),
        (LambdaConfig, {"timeout_s": 901}),
        (LambdaConfig, {"runtime": "nodejs20.x"}),
        (LambdaConfig, {"layers": ["polars"]}),
        (LambdaConfig, {"ephemeral_storage_mib": 511}),
        (CloudFunctionConfig, {"memory_mib": 32_769}),
        (CloudFunctionConfig, {"timeout_s": 3601}),
        (CloudFunctionConfig, {"max_instances": 0}),
        (AzureFunctionConfig, {"memory_mib": 1537}),
        (AzureFunctionConfig, {"timeout_s": 601}),
        (AzureFunctionConfig, {"plan": "flex_consumption", "memory_mib": 1024}),
        (ContainerConfig, {"image": "has space"}),
        (ContainerConfig, {"image": ""}),
        (ContainerConfig, {"cpu": 0}),
        (ContainerConfig, {"memory_mib": 1}),
        (FargateConfig, {"ephemeral_storage_gib": 20}),
        (FargateConfig, {"architecture": "arm"}),
        (EC2Config, {}),
        (EC2Config, {"instance_type": "large"}),
        (EC2Config, {"instance_type": "t3.large", "ami": "12345"}),
        (EC2Config, {"instance_type": "t3.large", "security_group": "default"}),
        (ComputeEngineConfig, {"machine_type": "big"}),
        (ComputeEngineConfig, {"machine_type": "e2-standard-4", "zone": "europe-west1"}),
        (AzureVmConfig, {"size": "large"}),
        (DatabricksConfig, {"num_workers": 0}),
        (DatabricksConfig, {"cluster_id": "a b"}),
        (DatabricksConfig, {"workspace": "http://dbc-1a2b.cloud.databricks.com"}),
        (DatabricksConfig, {"workspace": "https://dbc-1a2b.cloud.databricks.com/path"}),
        (DatabricksConfig, {"workspace": "https://databricks.com.example.org"}),
        (DatabricksConfig, {"connection": "arn:aws:events:eu-central-1:123456789012:connection/*"}),
        (DatabricksConfig, {"disk_gib": 99}),
        (DatabricksConfig, {"timeout_s": 604_801}),
        (EmrConfig, {"cluster_id": "mine"}),
        (EmrConfig, {"release": "7.5"}),
        (DataprocConfig, {"cluster_name": "Nightly"}),
        (SparkConfig, {"master": "http://user:password@host"}),
        (SparkConfig, {"executor_memory_mib": 100}),
        (SparkConfig, {"executor_memory": "4 parsecs"}),
        (RayConfig, {"address": "ray://user:password@host:1"}),
        (DaskConfig, {"address": "http://host"}),
        (LocalConfig, {"base_path": 3}),
    ],
)
def test_what_no_service_has_is_refused(kind: type[Config], options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        kind.model_validate(options)


@pytest.mark.parametrize(
    ("short", "full"),
    [
        (LambdaConfig(memory=1024), LambdaConfig(memory_mib=1024)),
        (LambdaConfig(timeout=60), LambdaConfig(timeout_s=60)),
        (LambdaConfig(ephemeral_storage=600), LambdaConfig(ephemeral_storage_mib=600)),
        (
            CloudFunctionConfig(memory=512, timeout=9),
            CloudFunctionConfig(memory_mib=512, timeout_s=9),
        ),
        (
            AzureFunctionConfig(memory=512, timeout=9),
            AzureFunctionConfig(memory_mib=512, timeout_s=9),
        ),
        (ContainerConfig(memory=4096, timeout=60), ContainerConfig(memory_mib=4096, timeout_s=60)),
        (SparkConfig(executor_memory=2048), SparkConfig(executor_memory_mib=2048)),
        (SparkConfig(executor_memory="2g"), SparkConfig(executor_memory_mib=2048)),
        (SparkConfig(executor_memory="512MB"), SparkConfig(executor_memory_mib=512)),
        (
            AwsConfig(region="eu-west-1", session_duration=900),
            AwsConfig(region="eu-west-1", session_duration_s=900),
        ),
    ],
)
def test_a_unit_may_be_left_out(short: Config, full: Config) -> None:
    assert short == full


def spelled() -> list[tuple[type[Config], str, str]]:
    kinds = [type(config) for config in MANY]
    return [(kind, short, full) for kind in kinds for short, full in kind.spellings.items()]


@pytest.mark.parametrize(("kind", "short", "full"), spelled())
def test_one_thing_is_not_said_in_two_spellings(kind: type[Config], short: str, full: str) -> None:
    with pytest.raises(ValidationError, match=f"{short} and {full} are two spellings"):
        kind.model_validate({short: 600, full: 600})


CANARY = "canary-3f9a"


@pytest.mark.parametrize("path", [f"/home/me/{CANARY}.json", f'{{"private_key": "{CANARY}"}}'])
def test_where_credentials_lie_is_never_shown(path: str) -> None:
    try:
        config = GcpConfig(project_id="my-project", credentials_path=path)
        shown = f"{config} {config!r} {config.scope!r}"
    except ValidationError as error:
        shown = f"{error} {error!r}"

    assert CANARY not in shown
    assert "my-project" in shown or "credentials" in shown


def test_a_fault_beside_credentials_does_not_show_them() -> None:
    with pytest.raises(ValidationError) as caught:
        GcpConfig(project_id="No", credentials_path=CANARY)

    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    ("config", "region", "account", "tags", "group"),
    [
        (LocalConfig(), None, None, (), None),
        (
            AwsConfig(region="eu-west-1", account_id="123456789012", tags={"b": "2", "a": "1"}),
            "eu-west-1",
            "123456789012",
            (("a", "1"), ("b", "2")),
            None,
        ),
        (
            GcpConfig(project_id="my-project", region="us-east1", labels={"team": "data"}),
            "us-east1",
            "my-project",
            (("team", "data"),),
            None,
        ),
        (
            AzureConfig(subscription_id=SUBSCRIPTION, resource_group="rg", location="westeurope"),
            "westeurope",
            SUBSCRIPTION,
            (),
            "rg",
        ),
    ],
)
def test_resources_carry_which_part_of_which_cloud_they_belong_to(
    config: LocalConfig | AwsConfig | GcpConfig | AzureConfig,
    region: str | None,
    account: str | None,
    tags: tuple[tuple[str, str], ...],
    group: str | None,
) -> None:
    scope = config.scope

    assert (scope.cloud, scope.region, scope.account_id) == (config.cloud, region, account)
    assert (scope.tags, scope.resource_group) == (tags, group)


@given(memory=st.integers(-(10**6), 10**6), timeout=st.integers(-(10**6), 10**6))
def test_lambda_accepts_just_its_ranges(memory: int, timeout: int) -> None:
    possible = 128 <= memory <= 10_240 and 1 <= timeout <= 900
    try:
        config = LambdaConfig(memory=memory, timeout=timeout)
    except ValidationError:
        assert not possible
    else:
        assert possible
        assert (config.memory_mib, config.timeout_s) == (memory, timeout)


@given(st.text(max_size=40))
def test_no_text_is_a_region_that_terraform_could_read_as_more(text: str) -> None:
    try:
        region = GcpConfig(project_id="my-project", region=text).region
    except ValidationError:
        return
    assert region is not None
    assert set(region) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_every_kind_of_configuration_has_a_name_of_its_own() -> None:
    modules = ["clusters", "containers", "functions", "machines", "stores"]
    kinds = [
        kind
        for module in modules
        for kind in vars(import_module(f"glacier_runtime.config.{module}")).values()
        if isinstance(kind, type)
        and issubclass(kind, ResourceConfig)
        and "type" in kind.model_fields
    ]
    types = [kind.model_fields["type"].default for kind in kinds]

    assert len(types) == len(set(types)) == len(kinds) >= 19
