"""What generation refuses because a role could not hold it, against what Terraform really plans."""

from __future__ import annotations

from pathlib import Path

import pytest
from glacier_generators.plan.planning import make_plan
from glacier_generators.terraform.aws.policy_size import (
    LONGEST_BINDINGS,
    LONGEST_POLICY,
    bindings_length,
    policy_length,
)
from glacier_generators.terraform.aws.serverless.limits import function_faults
from glacier_generators.terraform.aws.serverless.role import function_role
from glacier_generators.terraform.aws.target import aws_files

from glacier_runtime import Dataset, Pipeline, Provider
from glacier_runtime.config import AwsConfig
from glacier_runtime.errors import GenerationError
from glacier_runtime.manifest import Manifest
from tests.generators.pipelines import manifest_of
from tests.terraform.harness import init, plan_json

CODE = {"sha256": "0" * 64, "runtime": "python3.11", "architecture": "x86_64"}
SPARE = 12  # what policy_size leaves for each bucket's name, and never uses here


@pytest.mark.parametrize(
    "name",
    [
        "fan_out",
        "granted",
        pytest.param("several_buckets", marks=pytest.mark.long),
        pytest.param("partitioned", marks=pytest.mark.long),
    ],
)
def test_the_length_is_an_upper_bound_of_what_is_planned(
    name: str, tmp_path: Path, endpoint: str
) -> None:
    manifest = manifest_of(name)
    for path, text in aws_files(manifest).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    (tmp_path / "code.zip").write_bytes(b"code")
    init(tmp_path / "infra")

    plan = plan_json(
        tmp_path / "infra", {"code": {**CODE, "archive": "../code.zip"}}, endpoint=endpoint
    )

    policies = plan.resources("aws_iam_role_policy")
    functions = plan.resources("aws_lambda_function")
    sizes = make_plan(manifest)
    for task in sizes.tasks:
        address = f"module.task_{task.name}"
        policy = policies[f"{address}.aws_iam_role_policy.this"]["policy"]
        variables = functions[f"{address}.aws_lambda_function.this"]["environment"][0]["variables"]
        mentions = policy.count(":s3:::") + 1
        assert (
            0
            <= policy_length(function_role(task, sizes), sizes) - len(policy)
            <= 200 + SPARE * mentions
        )
        bindings = len(variables["GLACIER_BINDINGS"])
        assert 0 <= bindings_length(task, sizes) - bindings <= 60 + SPARE * 3


def of_many_folders(count: int) -> Manifest:
    provider = Provider(config=AwsConfig(region="eu-central-1"))
    lake = provider.bucket("lake")
    folders = [Dataset(f"folder-{n}", storage=lake.at(f"made/folder-{n}/")) for n in range(count)]

    def make() -> None:
        raise NotImplementedError

    make.__annotations__["return"] = tuple[tuple(folders)]  # type: ignore[misc]
    return Pipeline(name="many", tasks=[provider.serverless().task(make)]).manifest


def test_what_a_role_can_hold_is_generated_and_what_it_cannot_is_refused() -> None:
    assert aws_files(of_many_folders(10))

    with pytest.raises(GenerationError, match=r"IAM takes 10,240") as caught:
        aws_files(of_many_folders(60))

    assert caught.value.codes == ("GLC802",)


def test_the_limits_are_those_of_the_module() -> None:
    plan = make_plan(of_many_folders(60))
    module = Path(__file__).parents[2] / "generators/glacier_generators/terraform/aws/modules"
    text = (module / "lambda_task" / "main.tf").read_text(encoding="utf-8")

    assert f"<= {LONGEST_POLICY}" in text
    assert f"<= {LONGEST_BINDINGS}" in text
    assert len(function_faults(plan.tasks[0], plan)) == 1
