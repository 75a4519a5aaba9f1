"""A renamed task, to real Terraform: what was deployed under the old name is the new one's, and nothing is made anew."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from glacier_generators.generating import generate

from tests.end_to_end.deployments import client, succeed
from tests.generators.test_renames import edit, pipeline
from tests.terraform import emulator
from tests.terraform.harness import Plan, apply, init, plan_json
from tests.terraform.roots import MODULES

MEMORY = "memory_mib  = 512\n  timeout_s   = 60\n\n  reads = {\n    of_first"
# What modules make, without a cloud: something that is made anew when its name changes, and something that is not.
SETTINGS = {"lambda_task": "task", "protected_bucket": "versioning"}
STUB = """
output "arn" {
  value = "arn:aws:s3:::it"
}

output "name" {
  value = "it"
}

resource "terraform_data" "named" {
  triggers_replace = var.name
}

resource "terraform_data" "settings" {
  input = var.%s
}
"""
AROUND = """
locals {
  name   = "foreign"
  suffix = "1a2b"
  code   = {}
}

variable "region" { default = "eu-central-1" }
variable "log_retention_days" { default = 90 }
variable "kms_key_arn" { default = null }
variable "access_log_bucket" { default = null }
variable "permissions_boundary" { default = null }
"""


def stub(infra: Path) -> None:
    """Leave of a root what tells addresses: the calls of tasks and buckets, and what has moved."""
    for file in infra.rglob("*"):
        if file.is_file() and file.name not in {"tasks.tf", "storage.tf", "moved.tf"}:
            file.unlink()
    for name, setting in SETTINGS.items():
        declared = (MODULES / name / "variables.tf").read_text(encoding="utf-8")
        variables = re.findall(r'(?m)^variable "(\w+)"', declared)
        text = "".join(f'variable "{one}" {"{"}\n  default = null\n{"}"}\n' for one in variables)
        (infra / "modules" / name).mkdir(parents=True, exist_ok=True)
        (infra / "modules" / name / "main.tf").write_text(text + STUB % setting, encoding="utf-8")
    (infra / "around.tf").write_text(AROUND, encoding="utf-8")


def made_anew(plan: Plan) -> dict[str, list[str]]:
    """Return what a plan destroys or creates."""
    return {address: what for address, what in plan.changes.items() if what != ["update"]}


def moved(plan: Plan) -> Mapping[str, str]:
    return {
        change["previous_address"]: change["address"]
        for change in plan.document["resource_changes"]
        if "previous_address" in change
    }


def test_terraform_moves_what_is_there_and_would_make_it_anew_without_being_told(
    tmp_path: Path,
) -> None:
    infra, nowhere = tmp_path / "infra", "http://127.0.0.1:9"
    generate(tmp_path, pipeline())
    edit(tmp_path, "infra/tasks.tf", MEMORY, MEMORY.replace("512", "3072"))
    stub(infra)
    succeed(infra, "init", "-input=false", endpoint=nowhere)
    apply(infra, endpoint=nowhere)

    # What was deleted to do without a cloud stays deleted.
    generate(tmp_path, pipeline("third", ("second",)), conflict="mine")
    succeed(infra, "init", "-input=false", endpoint=nowhere)
    told = plan_json(infra, endpoint=nowhere)
    (infra / "moved.tf").unlink()
    untold = plan_json(infra, endpoint=nowhere)

    old, new = "module.task_second.terraform_data", "module.task_third.terraform_data"
    assert made_anew(told) == {}
    assert moved(told) == {f"{old}.{part}": f"{new}.{part}" for part in ("named", "settings")}
    assert told.changes == {f"{new}.settings": ["update"]}
    assert "3072" in (infra / "tasks.tf").read_text(encoding="utf-8")
    assert untold.changes.keys() == {
        f"{it}.{part}" for it in (old, new) for part in ("named", "settings")
    }


@pytest.mark.long
def test_in_an_account_function_role_log_and_data_are_what_they_were(tmp_path: Path) -> None:
    infra = tmp_path / "infra"
    code = {
        "archive": "../code.zip",
        "sha256": "0" * 64,
        "runtime": "python3.11",
        "architecture": "x86_64",
    }
    given = {"code": code, "artefact_bucket": "code-of-foreign"}
    (tmp_path / "code.zip").write_bytes(b"code")
    with emulator.running() as endpoint:
        region = {"LocationConstraint": emulator.REGION}
        client("s3", endpoint).create_bucket(
            Bucket="code-of-foreign", CreateBucketConfiguration=region
        )
        generate(tmp_path, pipeline())
        edit(tmp_path, "infra/tasks.tf", MEMORY, MEMORY.replace("512", "3072"))
        init(infra)
        lake = apply(infra, given, endpoint=endpoint)["bindings"]["buckets"]["lake"]
        client("s3", endpoint).put_object(Bucket=lake, Key="of_second.parquet", Body=b"data")
        logs = client("logs", endpoint)
        logs.create_log_stream(logGroupName="/aws/lambda/foreign-second", logStreamName="a run")

        generate(tmp_path, pipeline("third", ("second",)))
        init(infra)
        plan = plan_json(infra, given, endpoint=endpoint)
        apply(infra, given, endpoint=endpoint)
        again = plan_json(infra, given, endpoint=endpoint)
        body = (
            client("s3", endpoint).get_object(Bucket=lake, Key="of_second.parquet")["Body"].read()
        )
        function = client("lambda", endpoint).get_function(FunctionName="foreign-second")
        streams = logs.describe_log_streams(logGroupName="/aws/lambda/foreign-second")["logStreams"]

    assert made_anew(plan) == {}
    assert {address.split(".")[1] for address in moved(plan).values()} == {"task_third"}
    assert {address.partition(".aws_")[2] for address in moved(plan).values()} >= {
        "lambda_function.this", "iam_role.this", "iam_role_policy.this", "cloudwatch_log_group.this",
    }  # fmt: skip
    assert again.changes == {}
    assert body == b"data"
    settings = function["Configuration"]
    assert settings["MemorySize"] == 3072
    assert settings["Environment"]["Variables"]["GLACIER_TASK"] == "third"
    assert [stream["logStreamName"] for stream in streams] == ["a run"]
