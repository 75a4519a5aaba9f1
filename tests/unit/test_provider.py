"""One provider for every cloud: what the environment asks for, and what it makes."""

from __future__ import annotations

from pathlib import PurePath

import pytest
from pydantic import ValidationError

from glacier_runtime import Provider
from glacier_runtime.config import AwsConfig, LocalConfig
from glacier_runtime.config.clouds import CloudConfig, CloudScope
from glacier_runtime.errors import DefinitionError

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
def test_compute_that_no_cloud_has_is_refused(options: dict[str, int], fault: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        Provider(config=LocalConfig()).serverless(**options)

    (problem,) = caught.value.problems
    assert problem.code.code == "GLC107"
    assert problem.message.startswith(fault)
