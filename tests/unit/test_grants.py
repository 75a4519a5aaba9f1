"""Rights that are granted by hand: what one may say, and where it goes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from glacier_runtime import Dataset, Grant, Pipeline, Provider, compute, task
from glacier_runtime.config import AwsConfig, AzureConfig, GcpConfig, LocalConfig
from glacier_runtime.errors import DefinitionError, InvalidPipelineError
from glacier_runtime.manifest import Manifest
from glacier_runtime.unscoped_actions import UNSCOPED_ACTIONS

TOPIC = "arn:aws:sns:eu-central-1:123456789012:late-flights"
aws = Provider(config=AwsConfig(region="eu-central-1"))
lake = aws.bucket("lake")


def grant(**given: Any) -> Grant:
    usual: dict[str, Any] = {"actions": ["sns:Publish"], "resources": [TOPIC], "reason": "tells"}
    return Grant(**{**usual, **given})


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"actions": ["s3:*"]}, "has action 's3:*', a wildcard"),
        ({"actions": ["s3:Get*"]}, "has action 's3:Get*', a wildcard"),
        ({"actions": ["*"]}, "has action '*', a wildcard"),
        ({"actions": ["publish"]}, "has action 'publish', which is none"),
        ({"actions": ["sns:publish"]}, "has action 'sns:publish', which is none"),
        ({"actions": "sns:Publish"}, "has actions='sns:Publish', which is no list"),
        ({"actions": []}, "names no actions"),
        ({"resources": []}, "names no resources"),
        ({"resources": TOPIC}, "which is no list"),
        ({"resources": [7]}, "has 7 among its resources"),
        ({"resources": ["*"]}, "has resource '*' for sns:Publish"),
        ({"resources": ["lake/exports"]}, "which is no ARN, or one of everything"),
        ({"resources": ["arn:aws:s3:::*"]}, "which is no ARN, or one of everything"),
        ({"resources": ["arn:aws:s3:::*/*"]}, "which is no ARN, or one of everything"),
        ({"resources": ["arn:aws:*:::x"]}, "which is no ARN, or one of everything"),
        ({"resources": [f"{TOPIC}-${{aws:username}}"]}, "which is no ARN, or one of everything"),
        ({"resources": [f"{TOPIC}\n"]}, "which is no ARN, or one of everything"),
        ({"resources": [lake.at("x/")]}, "has sns:Publish on 'lake:x/', a place in a bucket"),
        (
            {"actions": ["s3:PutBucketPolicy"], "resources": [lake.at("x/")]},
            "has s3:PutBucketPolicy on 'lake:x/', a place in a bucket",
        ),
        ({"reason": ""}, "gives no reason"),
        ({"reason": " \n"}, "gives no reason"),
        ({"reason": None}, "gives no reason"),
        ({"reason": "x" * 301}, "has a reason of 301 characters"),
    ],
)
def test_a_grant_that_is_too_wide_or_of_no_known_form_is_refused(
    given: dict[str, Any], fault: str
) -> None:
    with pytest.raises(DefinitionError, match="GLC109") as caught:
        grant(**given)

    assert [fault in problem.message for problem in caught.value.problems] == [True]
    assert all(problem.fix for problem in caught.value.problems)


def test_everything_that_is_wrong_with_a_grant_is_said_at_once() -> None:
    with pytest.raises(DefinitionError) as caught:
        grant(actions=["sns:*", "publish"], resources=["*", "topic"])

    assert len(caught.value.problems) == 4


@pytest.mark.parametrize("given", [None, "sns:Publish", [TOPIC], 7, {"actions": []}])
def test_what_is_no_list_of_grants_is_refused(given: Any) -> None:
    with pytest.raises(DefinitionError, match="GLC109 task 'f' has grants="):

        @aws.serverless().task(grants=given)
        def f() -> None: ...


def decorators(grants: list[Grant]) -> Iterator[tuple[str, Any]]:
    yield "task", task(grants=grants)
    yield "resource", aws.serverless().task(grants=grants)
    yield "neutral", compute.serverless().task(grants=grants)
    yield "pipeline", Pipeline(name="letters").task(grants=grants)


@pytest.mark.parametrize("form", ["task", "resource", "neutral", "pipeline"])
def test_every_form_of_the_decorator_takes_grants(form: str) -> None:
    def f() -> None: ...

    decorated = dict(decorators([grant()]))[form](f)

    assert decorated.grants == (grant(),)


def granted(provider: Provider, *grants: Grant) -> Pipeline:
    numbers = Dataset("numbers", storage=provider.bucket("lake").at("numbers.parquet"))

    def count() -> None: ...

    count.__annotations__["return"] = numbers
    return Pipeline(name="counting", tasks=[provider.serverless().task(grants=grants)(count)])


def test_the_manifest_holds_grants_and_the_buckets_that_they_name() -> None:
    inbox = aws.bucket("inbox", versioning=True)
    by_hand = grant(actions=["s3:GetObject"], resources=[inbox.at("letters/"), f"{TOPIC}-*"])

    manifest = granted(aws, by_hand, grant()).manifest

    first, second = manifest.tasks[0].grants
    assert [bucket.name for bucket in manifest.buckets] == ["inbox", "lake"]
    assert first.model_dump(mode="json") == {
        "actions": ["s3:GetObject"],
        "resources": [{"bucket": "inbox", "path": "letters/"}, f"{TOPIC}-*"],
        "reason": "tells",
    }
    assert second.resources == (TOPIC,)
    assert Manifest.model_validate_json(manifest.model_dump_json()) == manifest


def test_a_manifest_that_grants_on_everything_what_can_be_scoped_is_refused() -> None:
    data = granted(aws, grant()).manifest.model_dump(mode="json")
    data["tasks"][0]["grants"][0]["resources"] = ["*"]

    with pytest.raises(ValueError, match=r"resource '\*' for sns:Publish"):
        Manifest.model_validate(data)


@pytest.mark.parametrize(
    "config",
    [
        GcpConfig(project_id="my-project", region="europe-west1"),
        AzureConfig(
            subscription_id="00000000-0000-0000-0000-000000000000",
            resource_group="analytics",
            location="westeurope",
        ),
    ],
)
def test_clouds_that_have_no_place_for_grants_refuse_them(config: GcpConfig | AzureConfig) -> None:
    report = granted(Provider(config=config), grant()).validate()

    with pytest.raises(InvalidPipelineError, match="GLC320 task 'count' has grants="):
        report.raise_for_problems()


@pytest.mark.parametrize("config", [AwsConfig(region="eu-central-1"), LocalConfig()])
def test_aws_and_this_machine_take_them(config: AwsConfig | LocalConfig) -> None:
    assert granted(Provider(config=config), grant()).validate().problems == ()


def test_a_place_in_a_bucket_of_another_cloud_is_refused() -> None:
    elsewhere = Provider(config=GcpConfig(project_id="my-project", region="europe-west1"))
    by_hand = grant(actions=["s3:GetObject"], resources=[elsewhere.bucket("far").at("x/")])

    with pytest.raises(InvalidPipelineError, match="a grant of task 'count' to gcp"):
        granted(aws, by_hand).validate().raise_for_problems()


def test_actions_on_everything_are_those_that_aws_can_scope_to_nothing() -> None:
    """By the tables of AWS that cfn-lint ships."""
    table = json.loads(files("cfnlint").joinpath("data/AdditionalSpecs/Policies.json").read_text())
    # CloudWatch's table has come to name data sets, which metrics need not be part of.
    for action in UNSCOPED_ACTIONS - {"cloudwatch:PutMetricData"}:
        service, _, verb = action.partition(":")
        assert verb.lower() in table[service]["Actions"], action
        assert not table[service]["Actions"][verb.lower()], action
