"""All golden pipelines, and a hostile one, to real Terraform: one root, one validation, one plan against the emulator."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from glacier_generators.generating import generate
from glacier_generators.regenerate import apply, survey
from glacier_generators.terraform.aws.target import aws_files

from glacier_runtime.manifest import Manifest
from tests.generators.hostile import combined
from tests.generators.pipelines import PIPELINES, manifest_of
from tests.generators.test_golden import GOLDEN
from tests.generators.trees import write_tree
from tests.terraform.emulator import running
from tests.terraform.harness import Plan, fmt_check, init, plan_json, statements, validate
from tests.terraform.state_machines import lint_state_machine

CODE = """
  code = {
    archive      = "../../code.zip"
    sha256       = "0000000000000000000000000000000000000000000000000000000000000000"
    runtime      = "python3.11"
    architecture = "x86_64"
  }
"""


def manifests() -> dict[str, Manifest]:
    return {name: manifest_of(name) for name in PIPELINES} | {
        "hostile": Manifest.model_validate(combined())
    }


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root that calls every generated root, with the answers that were generated for it."""
    folder = tmp_path_factory.mktemp("everything")
    calls = ['provider "aws" {\n  region = "eu-central-1"\n}\n']
    for name, manifest in manifests().items():
        files = aws_files(manifest)
        write_tree(folder / name, files)
        # The emulator has one account.
        answers = re.sub(r"(?m)^account_id .*\n", "", files["infra/terraform.tfvars"])
        calls.append(
            f'module "{name}" {"{"}\n  source = "./{name}/infra"\n{CODE}\n{answers}{"}"}\n'
        )
    write_tree(folder, {"main.tf": "\n".join(calls), "code.zip": b"code"})
    init(folder)
    return folder


@pytest.fixture(scope="module")
def plan(root: Path) -> Iterator[Plan]:
    with running() as endpoint:
        yield plan_json(root, endpoint=endpoint)


def test_golden_trees_are_formatted() -> None:
    assert fmt_check(GOLDEN) == ""


def test_generated_roots_are_formatted_and_valid(root: Path) -> None:
    assert [fmt_check(root / name) for name in manifests()] == [""] * len(manifests())
    assert validate(root) == []


def test_everything_can_be_planned_and_nothing_but_new_things_is(plan: Plan) -> None:
    assert {tuple(actions) for actions in plan.changes.values()} <= {("create",), ("read",)}
    for name, manifest in manifests().items():
        functions = plan.resources("aws_lambda_function")
        own = [address for address in functions if address.startswith(f"module.{name}.")]
        assert len(own) == len(manifest.tasks)


def test_no_policy_is_for_every_resource_but_the_one_that_cannot_be_scoped(plan: Plan) -> None:
    open_to_all = {
        (re.sub(r"module\.[^.]*\.module\.", "", address), statement.get("Sid"))
        for address, policy in plan.policies().items()
        for statement in statements(policy)
        if statement["Effect"] == "Allow" and "*" in _listed(statement.get("Resource", []))
    }

    assert open_to_all == {("workflow.aws_iam_role_policy.this", "DeliverLogs")}


def test_every_role_has_a_policy_that_is_known_before_it_is_made(plan: Plan) -> None:
    """All but those of tasks with secrets, whose ARNs end in what Secrets Manager makes up."""
    inline = plan.resources("aws_iam_role_policy")
    with_secrets = {
        f"module.{name}.module.task_{task.name}.aws_iam_role_policy.this"
        for name, manifest in manifests().items()
        for task in manifest.tasks
        if task.secrets
    }

    assert {address for address, values in inline.items() if "policy" not in values} == with_secrets
    assert len(inline) >= sum(len(manifest.tasks) + 1 for manifest in manifests().values())


def test_a_reader_may_see_the_records_of_whoever_made_what_it_reads(plan: Plan) -> None:
    policy = plan.policies()["module.several_buckets.module.task_total.aws_iam_role_policy.this"]
    (reads,) = [item for item in statements(policy) if item["Sid"] == "ReadDatasets"]

    assert [
        re.sub(r"-[0-9a-f]{8}/", "/", resource.removeprefix("arn:aws:s3:::letters-"))
        for resource in _listed(reads["Resource"])
    ] == [
        "marts/_glacier/commits/*",
        "marts/_glacier/counts.parquet/*",
        "marts/_glacier/totals.parquet/*",
        "marts/totals.parquet",
        "shared-by-all/_glacier/commits/*",
    ]


@pytest.mark.parametrize("name", [*PIPELINES, "hostile"])
def test_the_state_machine_that_would_be_made_passes_cfn_lint(plan: Plan, name: str) -> None:
    address = f"module.{name}.module.workflow.aws_sfn_state_machine.this"
    definition = plan.resources("aws_sfn_state_machine")[address]["definition"]

    # The linter takes `${…}`, which a text may hold, for a placeholder, and cannot read characters beyond U+FFFF.
    plain = re.sub(r"[^\0-\uffff]", "", definition.replace("${", "$ {"))
    assert lint_state_machine(plain) == []
    assert re.search(r"\$\{(?:partition|failure_topic|functions)", definition) is None
    assert json.loads(definition) == json.loads(
        _filled(aws_files(manifests()[name])["infra/workflow.asl.json"], definition)
    )


def test_descriptions_reach_aws_as_they_were_written(plan: Plan) -> None:
    found = plan.resources("aws_lambda_function")
    described = {
        values["description"]
        for address, values in found.items()
        if address.startswith("module.hostile.")
    }

    assert {
        'a "quoted" word',
        "back\\slash",
        "${var.region}",
        "$${twice}",
        "$$${thrice}",
        "%%{x}",
        "${",
    } <= described
    assert "two lines" in described


def test_the_schedule_is_in_its_own_time_zone(plan: Plan) -> None:
    (schedule,) = [
        values
        for address, values in plan.resources("aws_scheduler_schedule").items()
        if address.startswith("module.scheduled.")
    ]

    assert schedule["schedule_expression"] == "cron(0,20,40 4,5 ? * MON,TUE,WED,THU,FRI *)"
    assert schedule["schedule_expression_timezone"] == "Europe/Berlin"
    assert schedule["target"][0]["input"] == '{"logical_date": "<aws.scheduler.scheduled-time>"}'


def test_tags_reach_every_resource(plan: Plan) -> None:
    (bucket,) = [
        values
        for address, values in plan.resources("aws_s3_bucket").items()
        if address.startswith("module.two_chains.")
    ]

    assert bucket["tags_all"] == {
        "pipeline": "two_chains",
        "cost centre": "42",
        "owner": "flights@example.org",
        "größe": "S",
        "for": "a team",
    }


def test_what_terraform_leaves_in_the_folder_is_no_change_to_generated_files(
    tmp_path: Path,
) -> None:
    manifest = manifest_of("chain")
    apply(tmp_path, survey(tmp_path, aws_files(manifest)))

    init(tmp_path / "infra")

    assert generate(tmp_path, manifest, write=False).is_current
    assert validate(tmp_path / "infra") == []


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _filled(template: str, definition: str) -> str:
    """Fill a template with the ARNs that Terraform filled it with."""
    machine = json.loads(definition)
    topic = machine["States"]["Report failure"]["Parameters"]["TopicArn"]
    prefix = re.findall(r'"FunctionName":"([^"]*):[^":]*"', definition)[0]
    name = topic.rpartition(":")[2].removesuffix("-failures")
    text = template.replace("${partition}", "aws").replace("${failure_topic}", topic)
    text = re.sub(r"\$\{functions\.([a-z0-9_-]+)\}", rf"{prefix}:{name}-\1", text)
    # Terraform normalises every string.
    return unicodedata.normalize("NFC", text.replace("$${", "${").replace("%%{", "%{"))
