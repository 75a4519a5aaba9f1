"""The static modules: real Terraform accepts them, and they open nothing that need not be open."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import hcl2
import pytest

from tests.terraform import module_readmes
from tests.terraform.harness import Plan, fmt_check, init, plan_json, statements, validate
from tests.terraform.roots import MODULES, ROOTS, lay_out

KINDS = sorted(folder.name for folder in MODULES.iterdir() if folder.is_dir())

# Actions that know no resource, by the service authorization reference of AWS. Nothing else may have "*".
UNSCOPED = {
    "batch:DescribeComputeEnvironments",
    "batch:DescribeJobDefinitions",
    "batch:DescribeJobQueues",
    "batch:DescribeJobs",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:DescribeLaunchTemplates",
    "ecr:GetAuthorizationToken",
    "ecs:DeregisterTaskDefinition",
    "ecs:DescribeTaskDefinition",
    "ecs:DiscoverPollEndpoint",
    "ecs:RegisterTaskDefinition",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:UpdateLogDelivery",
    "states:ValidateStateMachineDefinition",
}


def declared(kind: str, block: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the blocks of a kind of one module, by name."""
    found = []
    for file in sorted((MODULES / kind).glob("*.tf")):
        for entry in hcl2.loads(file.read_text(encoding="utf-8")).get(block, []):
            found += [(name.strip('"'), body) for name, body in entry.items()]
    return found


def test_modules_are_formatted() -> None:
    assert fmt_check(MODULES) == ""
    assert fmt_check(ROOTS) == ""


def test_every_module_is_used_by_the_root_under_test(root: Path) -> None:
    used = set(re.findall(r'source = "\./modules/(\w+)"', (root / "main.tf").read_text()))
    assert used | {"bucket_settings"} == set(KINDS)


def test_real_terraform_accepts_every_module(root: Path) -> None:
    assert validate(root) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_variable_says_what_it_is_and_refuses_what_it_is_not(kind: str) -> None:
    variables = dict(declared(kind, "variable"))
    for name, variable in variables.items():
        assert variable.get("description"), name
        assert variable.get("type"), name
        if "map(string)" not in str(variable["type"]) and "bool" not in str(variable["type"]):
            assert variable.get("validation") or kind == "bucket_settings", name


@pytest.mark.parametrize("kind", KINDS)
def test_every_output_says_what_it_is(kind: str) -> None:
    outputs = declared(kind, "output")
    assert outputs
    for name, output in outputs:
        assert output.get("description"), name


@pytest.mark.parametrize("kind", KINDS)
def test_modules_look_alike(kind: str) -> None:
    files = {file.name for file in (MODULES / kind).iterdir()}
    assert files >= {"main.tf", "variables.tf", "outputs.tf", "versions.tf"}
    assert (MODULES / kind / "versions.tf").read_bytes() == (
        MODULES / "bucket/versions.tf"
    ).read_bytes()


def test_what_a_task_may_do_is_the_same_file_whatever_it_runs_on() -> None:
    policies = {file.read_bytes() for file in MODULES.glob("*/policy.tf")}

    assert len(policies) == 1
    assert len(list(MODULES.glob("*/policy.tf"))) > 1


def test_what_starts_a_task_may_do_is_the_same_file_in_a_container_as_on_a_machine() -> None:
    policies = {file.read_bytes() for file in MODULES.glob("*/execution.tf")}

    assert len(policies) == 1
    assert len(list(MODULES.glob("*/execution.tf"))) > 1


@pytest.mark.parametrize("page", module_readmes.pages(), ids=lambda page: str(page.parent.name))
def test_a_page_names_every_input_and_output_of_its_module(page: Path) -> None:
    found = page.read_text(encoding="utf-8")

    assert found == module_readmes.current(page), "python -m tests.terraform.module_readmes"


def test_no_file_has_a_mark_that_the_template_would_render() -> None:
    for file in MODULES.rglob("*.tf"):
        assert not re.search(r"\{\{|\{%|\{#", file.read_text(encoding="utf-8")), file


def test_a_plan_shows_every_policy_before_anything_exists(plan: Plan) -> None:
    # But that of a task with secrets: the ARN of a secret ends in letters that AWS draws.
    roles = {
        address.replace(".aws_iam_role_policy.", " ").partition("[")[0]
        for address in plan.policies()
        if "aws_iam_role_policy" in address
    }
    assert roles == {
        "module.task_clean this",
        "module.task_rank this",
        "module.task_rank execution",
        "module.task_ping execution",
        "module.task_appraise this",
        "module.task_appraise start",
        "module.task_score",  # one of several, for its root may leave it out: both of its policies
        "module.task_train this",
        "module.task_train execution",
        "module.machine_r6i_4xlarge this",
        "module.machine_m7g_large this",
        "module.workflow this",
        "module.starter this",
        "module.schedule this",
        "module.arrivals ask",
        "module.arrivals hear",
        "module.arrivals_of_days ask",
        "module.arrivals_of_days hear",
        "module.stopped_runs hear",
        "module.stopped_runs tell",
    }


def test_nothing_is_allowed_on_all_resources_but_what_cannot_be_scoped(plan: Plan) -> None:
    open_to_all = set()
    for policy in plan.policies().values():
        for statement in statements(policy):
            assert not {"NotAction", "NotResource", "NotPrincipal"} & set(statement)
            resources = statement["Resource"]
            if statement["Effect"] == "Allow" and "*" in (
                [resources] if isinstance(resources, str) else resources
            ):
                actions = statement["Action"]
                open_to_all |= {actions} if isinstance(actions, str) else set(actions)
    assert open_to_all == UNSCOPED


def test_no_allowed_action_has_a_wildcard(plan: Plan) -> None:
    for policy in plan.policies().values():
        for statement in statements(policy):
            if statement["Effect"] == "Allow":
                assert "*" not in str(statement["Action"])


def test_the_reason_stands_beside_what_cannot_be_scoped() -> None:
    lines = [
        (file, number, lines)
        for file in MODULES.rglob("*.tf")
        for lines in [file.read_text(encoding="utf-8").splitlines()]
        for number, line in enumerate(lines)
        if re.search(r'resources\s*=.*\["\*"\]', line)
    ]
    assert lines
    for file, number, text in lines:
        above = "\n".join(text[max(0, number - 12) : number])
        assert "https://docs.aws.amazon.com/service-authorization/" in above, (file, number)


def test_a_dashboard_shows_the_runs_of_its_workflow_and_functions_by_their_names(
    plan: Plan,
) -> None:
    (dashboard,) = plan.resources("aws_cloudwatch_dashboard").values()
    widgets = json.loads(dashboard["dashboard_body"])["widgets"]
    places = [(it["x"], it["y"]) for it in widgets]
    shown = [metric for it in widgets for metric in it["properties"]["metrics"]]
    machine = "arn:aws:states:eu-central-1:123456789012:stateMachine:flights"

    assert len(set(places)) == len(places)
    assert {metric[3] for metric in shown if metric[0] == "AWS/States"} == {machine}
    searched = [metric[0]["expression"] for metric in shown if isinstance(metric[0], dict)]
    assert len(searched) == 3
    assert all('FunctionName="flights-"' in text for text in searched)


@pytest.mark.parametrize("bucket", ["bootstrap.module.artefacts", "bucket_lake", "bucket_scratch"])
def test_a_bucket_is_private_encrypted_and_deaf_without_tls(plan: Plan, bucket: str) -> None:
    def setting(kind: str) -> dict[str, Any]:
        return plan.resources(kind)[f"module.{bucket}.module.settings.{kind}.this"]

    access = setting("aws_s3_bucket_public_access_block")
    switches = ("block_public_acls", "block_public_policy", "ignore_public_acls")
    assert all(access[name] for name in (*switches, "restrict_public_buckets"))
    (encryption,) = setting("aws_s3_bucket_server_side_encryption_configuration")["rule"]
    (default,) = encryption["apply_server_side_encryption_by_default"]
    assert default["sse_algorithm"] == "AES256"
    (ownership,) = setting("aws_s3_bucket_ownership_controls")["rule"]
    assert ownership["object_ownership"] == "BucketOwnerEnforced"
    name = plan.resources("aws_s3_bucket")[f"module.{bucket}.aws_s3_bucket.this"]["bucket"]
    assert statements(json.loads(setting("aws_s3_bucket_policy")["policy"])) == [
        {
            "Sid": "DenyWithoutTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


def test_versioning_is_as_asked_for(plan: Plan) -> None:
    versioning = {
        address.split(".")[1]: values["versioning_configuration"][0]["status"]
        for address, values in plan.resources("aws_s3_bucket_versioning").items()
    }
    assert versioning == {
        "bootstrap": "Enabled",
        "bucket_lake": "Suspended",
        "bucket_scratch": "Suspended",
    }


def test_services_take_a_role_only_for_this_account(plan: Plan) -> None:
    services = {
        "workflow.aws_iam_role.this": "states",
        "starter.aws_iam_role.this": "states",
        "schedule.aws_iam_role.this": "scheduler",
        "stopped_runs.aws_iam_role.tell": "states",
        "stopped_runs.aws_iam_role.hear": "events",
        "arrivals.aws_iam_role.ask": "states",
        "arrivals.aws_iam_role.hear": "events",
    }
    for address, service in services.items():
        role = plan.resources("aws_iam_role")[f"module.{address}"]
        (statement,) = statements(json.loads(role["assume_role_policy"]))
        assert statement["Principal"] == {"Service": f"{service}.amazonaws.com"}
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_a_workflow_runs_its_tasks_and_announces_failures(plan: Plan) -> None:
    policy = plan.policies()["module.workflow.aws_iam_role_policy.this"]
    granted = {statement["Sid"]: statement for statement in statements(policy)}
    function = "arn:aws:lambda:eu-central-1:123456789012:function:flights"
    assert granted["RunTasks"]["Action"] == "lambda:InvokeFunction"
    assert granted["RunTasks"]["Resource"] == [f"{function}-clean", f"{function}-fetch"]
    topic = "arn:aws:sns:eu-central-1:123456789012:flights-failures"
    assert granted["AnnounceFailures"]["Resource"] == topic


def test_a_workflow_of_many_tasks_may_run_each_of_them_and_no_other(
    tmp_path: Path, endpoint: str
) -> None:
    folder = lay_out(tmp_path)
    function = "arn:aws:lambda:eu-central-1:123456789012:function:" + "f" * 60
    (folder / "main.tf").write_text(
        """
module "workflow" {
  source = "./modules/workflow"

  name               = "many"
  definition         = jsonencode({ StartAt = "done", States = { done = { Type = "Succeed" } } })
  function_arns      = [for number in range(1000, 1133) : "FUNCTION${number}"]
  failure_topic_arn  = "arn:aws:sns:eu-central-1:123456789012:many-failures"
  log_retention_days = 30
}
""".replace("FUNCTION", function),
        encoding="utf-8",
    )
    init(folder)

    plan = plan_json(folder, endpoint=endpoint)

    documents = [
        policy
        for kind in ("aws_iam_role_policy", "aws_iam_policy")
        for policy in (resource["policy"] for resource in plan.resources(kind).values())
    ]
    granted = [
        arn
        for document in map(json.loads, documents)
        for statement in statements(document)
        if statement["Action"] == "lambda:InvokeFunction"
        for arn in statement["Resource"]
    ]
    assert sorted(granted) == [f"{function}{number}" for number in range(1000, 1133)]
    inline, *further = documents
    assert len(inline) <= 10_240
    assert [len(document) <= 6_144 for document in further] == [True, True]
    assert len(plan.resources("aws_iam_role_policy_attachment")) == 2


def test_a_schedule_asks_the_starter_and_says_for_when_and_whose_day(plan: Plan) -> None:
    machine = "arn:aws:states:eu-central-1:123456789012:stateMachine:flights-start"
    (statement,) = statements(plan.policies()["module.schedule.aws_iam_role_policy.this"])
    assert statement["Action"] == "states:StartExecution"
    assert statement["Resource"] == machine
    (schedule,) = plan.resources("aws_scheduler_schedule").values()
    assert schedule["schedule_expression_timezone"] == "Europe/Berlin"
    (target,) = schedule["target"]
    assert target["arn"] == machine
    assert json.loads(target["input"]) == {
        "moment": "<aws.scheduler.scheduled-time>",
        "timezone": "Europe/Berlin",
        "overlap": "queue",
    }


def test_a_starter_starts_one_workflow_and_sees_what_runs(plan: Plan) -> None:
    machine = "arn:aws:states:eu-central-1:123456789012:stateMachine:flights"
    start, see = statements(plan.policies()["module.starter.aws_iam_role_policy.this"])
    assert (start["Action"], start["Resource"]) == ("states:StartExecution", machine)
    assert see["Action"] == "states:ListExecutions"
    assert see["Resource"] == [machine, f"{machine}-start"]


def test_code_is_an_archive_or_an_image(plan: Plan) -> None:
    functions = plan.resources("aws_lambda_function")
    archive = functions["module.task_clean.aws_lambda_function.this"]
    assert (archive["package_type"], archive["runtime"]) == ("Zip", "python3.11")
    assert archive["handler"] == "glacier_runtime.run_task.aws_lambda.handle"
    image = functions["module.task_fetch.aws_lambda_function.this"]
    assert (image["package_type"], image["architectures"]) == ("Image", ["arm64"])
    assert image["runtime"] is None
    assert image["handler"] is None
