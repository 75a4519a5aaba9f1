"""All golden pipelines, and a hostile one, to real Terraform: one root, one validation, one plan against the emulator."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from glacier_generators.generating import generate
from glacier_generators.plan.roles import Role, Trust
from glacier_generators.regenerate import apply, survey
from glacier_generators.terraform.aws.policies import policy_document
from glacier_generators.terraform.aws.target import aws_files

from glacier_runtime.manifest import Manifest
from tests.generators.hostile import combined
from tests.generators.parted import PARTED, files_of, parted, roles_of
from tests.generators.physical import Physical
from tests.generators.pipelines import IMAGE, KEY, PIPELINES, manifest_of
from tests.generators.test_golden import GOLDEN
from tests.generators.trees import write_tree
from tests.terraform.emulator import running
from tests.terraform.existing import make_bucket, make_function
from tests.terraform.harness import Plan, fmt_check, init, plan_json, statements, validate
from tests.terraform.state_machines import lint_state_machine

CODE = """
  code = {
    archive      = "../../code.zip"
    image_uri    = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/code@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    sha256       = "0000000000000000000000000000000000000000000000000000000000000000"
    runtime      = "python3.11"
    architecture = "x86_64"
  }
"""
# What `functions = "image"` comes to: there is no archive.
IN_AN_IMAGE = "plain"


def manifests() -> dict[str, Manifest]:
    return {name: manifest_of(name) for name in PIPELINES} | {
        "hostile": Manifest.model_validate(combined()),
        PARTED: parted().manifest,
    }


# What somebody else made, by the names that variables ask for.
EXISTING = {
    "existing": {"bucket_my-data": "data-of-pulumi", "function_classify": "existing-classify"},
    "hostile": {"bucket_theirs": "data-of-pulumi"},
}
# Of pipelines with containers or machines one stands in a network that is made, the others in one of their user's.
NETWORK = """
network = {
  subnet_ids         = ["subnet-1", "subnet-2"]
  security_group_ids = ["sg-1"]
}
"""


PARTS = ("clean", "rank", "split_one_day")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root that calls every generated root, with the answers that were generated for it."""
    folder = tmp_path_factory.mktemp("everything")
    calls = ['provider "aws" {\n  region = "eu-central-1"\n}\n']
    for name, manifest in manifests().items():
        files = files_of(name, manifest)
        write_tree(folder / name, files)
        # The emulator has one account.
        answers = re.sub(r"(?m)^account_id .*\n", "", files["infra/terraform.tfvars"])
        answers += "".join(f'{key} = "{it}"\n' for key, it in EXISTING.get(name, {}).items())
        answers += NETWORK if name in {"only_containers", "keyed", "machines", PARTED} else ""
        code = re.sub(r"(?m)^ *archive .*\n", "", CODE) if name == IN_AN_IMAGE else CODE
        calls.append(
            f'module "{name}" {"{"}\n  source = "./{name}/infra"\n{code}\n{answers}{"}"}\n'
        )
    write_tree(folder, {"main.tf": "\n".join(calls), "code.zip": b"code"})
    init(folder)
    return folder


@pytest.fixture(scope="module")
def plan(root: Path) -> Iterator[Plan]:
    with running() as endpoint:
        make_bucket(endpoint, "data-of-pulumi")
        make_function(endpoint, "existing-classify", GLACIER_TASK="classify")
        yield plan_json(root, endpoint=endpoint)


def test_golden_trees_are_formatted() -> None:
    assert fmt_check(GOLDEN) == ""


def test_generated_roots_are_formatted(root: Path) -> None:
    assert fmt_check(root, *manifests()) == ""


def test_everything_can_be_planned_and_nothing_but_new_things_is(plan: Plan) -> None:
    assert plan.warnings == []  # of what is no error, `terraform validate` would say no more
    assert {tuple(actions) for actions in plan.changes.values()} <= {("create",), ("read",)}
    for name, manifest in manifests().items():
        functions = plan.resources("aws_lambda_function")
        own = [address for address in functions if address.startswith(f"module.{name}.")]
        made = [task for task in manifest.tasks if task.compute.kind == "serverless"]
        assert len(own) == len(made)


def test_functions_are_made_of_the_image_where_there_is_no_archive(plan: Plan) -> None:
    kinds = {
        (
            address.split(".")[1] == IN_AN_IMAGE,
            values["package_type"],
            values.get("image_uri") is not None,
        )
        for address, values in plan.resources("aws_lambda_function").items()
    }

    assert kinds == {(True, "Image", True), (False, "Zip", False)}


def test_no_policy_is_for_every_resource_but_the_one_that_cannot_be_scoped(plan: Plan) -> None:
    open_to_all = {
        (re.sub(r"module\.[^.]*\.module\.", "", address), statement.get("Sid"))
        for address, policy in plan.policies().items()
        for statement in statements(policy)
        if statement["Effect"] == "Allow" and "*" in _listed(statement.get("Resource", []))
    }

    assert open_to_all == {
        ("workflow.aws_iam_role_policy.this", "DeliverLogs"),
        *((f"workflow_from_{it}.aws_iam_role_policy.this", "DeliverLogs") for it in PARTS),
        ("task_split_one_carrier.aws_iam_role_policy.execution", "SignInToRegistry"),
        ("task_rank.aws_iam_role_policy.execution", "SignInToRegistry"),
        ("task_draw.aws_iam_role_policy.execution", "SignInToRegistry"),
        ("task_train.aws_iam_role_policy.execution", "SignInToRegistry"),
        ("task_explain.aws_iam_role_policy.execution", "SignInToRegistry"),
        ("task_draw_all.aws_iam_role_policy.execution", "SignInToRegistry"),
        ("workflow.aws_iam_policy.starts[0]", "LookAtJobs"),
        ("machine_r6i_4xlarge.aws_iam_role_policy.this", "FindEcs"),
        ("machine_x2idn_16xlarge_9efa09a1.aws_iam_role_policy.this", "FindEcs"),
        ("task_count_letters.aws_iam_role_policy.this", "GrantedByHand1"),  # of traces, by hand
    }


def test_every_role_has_a_policy_that_is_known_before_it_is_made(plan: Plan) -> None:
    """All but those of tasks with secrets, whose ARNs end in what Secrets Manager makes up."""
    inline = plan.resources("aws_iam_role_policy")
    with_secrets = {
        f"module.{name}.module.task_{task.name}.aws_iam_role_policy.this"
        + ("[0]" if task.compute.kind == "container" else "")
        for name, manifest in manifests().items()
        for task in manifest.tasks
        if task.secrets
    }

    assert {address for address, values in inline.items() if "policy" not in values} == with_secrets
    functions = plan.resources("aws_lambda_function")
    assert len(inline) >= len(functions) + len(manifests())


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


@pytest.mark.parametrize("name", [*PIPELINES, "hostile", PARTED])
def test_the_state_machine_that_would_be_made_passes_cfn_lint(plan: Plan, name: str) -> None:
    address = f"module.{name}.module.workflow.aws_sfn_state_machine.this"
    template = files_of(name, manifests()[name])["infra/workflow.asl.json"]
    definition = plan.resources("aws_sfn_state_machine")[address].get("definition")
    if definition is None:  # what is made first has no names yet: a network, a secret
        assert "containers" in name or name in {"clusters", "databricks"}
        assert lint_state_machine(template) == []
        return

    # The linter takes `${…}`, which a text may hold, for a placeholder, and cannot read characters beyond U+FFFF.
    plain = re.sub(r"[^\0-\uffff]", "", definition.replace("${", "$ {"))
    assert lint_state_machine(plain) == []
    assert re.search(r"\$\{(?:partition|failure_topic|functions|jobs|parts)", definition) is None
    assert json.loads(definition) == json.loads(_filled(template, definition))


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
    assert json.loads(schedule["target"][0]["input"]) == {
        "moment": "<aws.scheduler.scheduled-time>",
        "timezone": "Europe/Berlin",
        "overlap": "queue",
    }


def test_exactly_the_files_of_the_dataset_are_heard(plan: Plan) -> None:
    rules = plan.resources("aws_cloudwatch_event_rule")

    def heard(pipeline: str) -> list[object]:
        rule = rules[f"module.{pipeline}.module.arrivals.aws_cloudwatch_event_rule.this"]
        keys: list[object] = json.loads(rule["event_pattern"])["detail"]["object"]["key"]
        return keys

    assert heard("arriving") == [{"wildcard": "raw/weather/*.csv"}]
    assert heard("arriving_days") == [
        *({"wildcard": f"in/dropped/day=*/*{end}"} for end in (".parquet", ".pq")),
    ]


def test_what_a_container_is_told_reaches_ecs(plan: Plan) -> None:
    definitions = plan.resources("aws_ecs_task_definition")

    def of(pipeline: str, task: str) -> dict[str, Any]:
        address = f"module.{pipeline}.module.task_{task}.aws_ecs_task_definition.this"
        return definitions[address]

    rank = of("containers", "rank")
    (in_rank,) = json.loads(rank["container_definitions"])
    assert (rank["cpu"], rank["memory"]) == ("1024", "4096")
    assert rank["runtime_platform"][0]["cpu_architecture"] == "X86_64"
    assert in_rank["workingDirectory"] == "/var/task"
    assert in_rank["command"] == ["--task", "rank", "--timeout-s", "1800"]
    variables = {it["name"]: it["value"] for it in in_rank["environment"]}
    assert set(json.loads(variables["GLACIER_BINDINGS"])["buckets"]) == {"lake"}
    draw = of("containers", "draw")
    assert (draw["cpu"], draw["memory"]) == ("4096", "8192")
    assert draw["ephemeral_storage"] == [{"size_in_gib": 50}]
    assert draw["runtime_platform"][0]["cpu_architecture"] == "ARM64"
    noise = of("only_containers", "make_noise")
    (in_noise,) = json.loads(noise["container_definitions"])
    assert in_noise["image"] == "ghcr.io/example/noise:1.4"
    assert "workingDirectory" not in in_noise


def test_what_a_machine_is_told_reaches_batch(plan: Plan) -> None:
    def of(kind: str, part: str) -> dict[str, Any]:
        return plan.resources(kind)[f"module.machines.module.{part}.{kind}.this"]

    train = json.loads(of("aws_batch_job_definition", "task_train")["container_properties"])
    asked = {it["type"]: it["value"] for it in train["resourceRequirements"]}
    assert asked == {"VCPU": "16", "MEMORY": "121209"}
    assert train["readonlyRootFilesystem"]
    assert not train["privileged"]
    assert train["jobRoleArn"].endswith(":role/machines-train")
    assert train["executionRoleArn"].endswith(":role/machines-train.execution")
    variables = {it["name"]: it["value"] for it in train["environment"]}
    assert set(json.loads(variables["GLACIER_BINDINGS"])["buckets"]) == {"lake"}
    (plain,) = of("aws_batch_compute_environment", "machine_r6i_4xlarge")["compute_resources"]
    assert (plain["type"], plain["instance_type"]) == ("EC2", ["r6i.4xlarge"])
    assert (plain["min_vcpus"], plain["max_vcpus"]) == (0, 32)
    assert plain["security_group_ids"] == ["sg-1"]
    other = "machine_x2idn_16xlarge_9efa09a1"
    (told,) = of("aws_batch_compute_environment", other)["compute_resources"]
    assert (told["type"], told["security_group_ids"]) == ("SPOT", ["sg-0a1b2c3d"])
    assert told["ec2_configuration"][0]["image_id_override"] == "ami-0a1b2c3d4e5f67890"
    template = of("aws_launch_template", other)
    assert template["metadata_options"][0]["http_tokens"] == "required"
    assert template["metadata_options"][0]["http_put_response_hop_limit"] == 1
    (disk,) = template["block_device_mappings"]
    assert (disk["ebs"][0]["volume_size"], disk["ebs"][0]["encrypted"]) == (500, "true")


def test_a_network_is_made_only_where_none_is_given(plan: Plan) -> None:
    made = {address.split(".")[1] for address in plan.resources("aws_vpc")}
    endpoints = plan.resources("aws_vpc_endpoint")

    assert made == {"clusters", "containers"}
    assert {values["service_name"] for values in endpoints.values()} == {
        f"com.amazonaws.eu-central-1.{service}"
        for service in ("ecr.api", "ecr.dkr", "logs", "s3", "secretsmanager")
    }


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


def test_what_a_bucket_is_told_beyond_the_neutral_reaches_s3(plan: Plan) -> None:
    def setting(bucket: str, kind: str) -> Any:
        address = f"module.configured.module.bucket_{bucket}.module.settings.{kind}.this"
        return plan.resources(kind)[address]

    (rule,) = setting("pond", "aws_s3_bucket_server_side_encryption_configuration")["rule"]
    assert rule["apply_server_side_encryption_by_default"] == [
        {"sse_algorithm": "aws:kms", "kms_master_key_id": KEY}
    ]
    assert rule["bucket_key_enabled"]
    assert setting("attic", "aws_s3_bucket_versioning")["versioning_configuration"] == [
        {"status": "Enabled"}
    ]
    transitions = {
        bucket: [
            (changed["storage_class"], changed["days"])
            for rule in setting(bucket, "aws_s3_bucket_lifecycle_configuration")["rule"]
            for changed in rule["transition"]
        ]
        for bucket in ("pond", "attic")
    }
    assert transitions == {"pond": [("INTELLIGENT_TIERING", 0)], "attic": [("STANDARD_IA", 30)]}


def test_what_a_function_is_told_beyond_the_neutral_reaches_lambda(plan: Plan) -> None:
    address = "module.configured.module.task_unpack.aws_lambda_function.this"
    function = plan.resources("aws_lambda_function")[address]

    assert function["memory_size"] == 2048
    assert function["ephemeral_storage"] == [{"size": 4096}]
    assert function["layers"] == ["arn:aws:lambda:eu-central-1:123456789012:layer:fonts:3"]


def test_a_role_may_use_the_keys_of_its_buckets_through_s3_and_for_what_it_does(plan: Plan) -> None:
    def of_keys(task: str) -> dict[str, Any]:
        policy = plan.policies()[f"module.configured.module.task_{task}.aws_iam_role_policy.this"]
        through_s3 = {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}
        found = [item for item in statements(policy) if "kms:" in str(item["Action"])]
        assert all(item["Condition"] == through_s3 for item in found)
        return {item["Action"]: item["Resource"] for item in found}

    assert of_keys("unpack") == {"kms:Decrypt": KEY}
    assert of_keys("weigh") == {"kms:Decrypt": KEY, "kms:GenerateDataKey": KEY}


def test_what_somebody_else_made_is_found_and_not_made_again(plan: Plan) -> None:
    ours = [address for address in plan.changes if address.startswith("module.existing.")]
    bindings = [
        values["environment"][0]["variables"]["GLACIER_BINDINGS"]
        for address, values in plan.resources("aws_lambda_function").items()
        if address.startswith("module.existing.")
    ]

    assert not [address for address in ours if "my-data" in address or "classify" in address]
    assert [json.loads(text)["buckets"]["my-data"] for text in bindings] == ["data-of-pulumi"]
    policy = plan.policies()["module.existing.module.workflow.aws_iam_role_policy.this"]
    (run,) = [item for item in statements(policy) if item["Sid"] == "RunTasks"]
    assert {arn.rpartition(":")[2] for arn in run["Resource"]} == {
        "existing-classify",
        "existing-tally",
    }


@pytest.mark.parametrize("part", ["clean", "split_one_day"])
def test_a_part_of_a_workflow_passes_cfn_lint_and_starts_its_own_tasks(
    plan: Plan, part: str
) -> None:
    module = f"module.{PARTED}.module.workflow_from_{part}"
    machine = plan.resources("aws_sfn_state_machine")[f"{module}.aws_sfn_state_machine.this"]
    definition = machine["definition"]
    assert machine["name"] == f"parted-from_{part}"
    assert lint_state_machine(definition) == []
    assert "${" not in definition
    (run,) = [
        item
        for item in statements(plan.policies()[f"{module}.aws_iam_role_policy.this"])
        if item["Sid"] == "RunTasks"
    ]
    assert set(re.findall(r'"FunctionName":"([^"]*)"', definition)) == set(_listed(run["Resource"]))


@pytest.mark.parametrize("name", [*PIPELINES, "hostile", PARTED])
def test_what_is_told_of_each_role_is_what_is_planned_for_it(plan: Plan, name: str) -> None:
    """Statement by statement: actions, resources and conditions; and who may take the role."""
    manifest = manifests()[name]
    roles = {_address(role): role for role in roles_of(name, manifest) if role.trust is not None}
    own = re.compile(rf"module\.{re.escape(name)}\.(module\.[^.]+)\.aws_iam_role\.(\w+)")
    planned = {
        (found[1], found[2]): json.loads(values["assume_role_policy"])
        for address, values in plan.resources("aws_iam_role").items()
        if (found := own.fullmatch(address))
    }
    existing = {**EXISTING.get(name, {}), "image_draw": IMAGE}
    arns = Physical(plan, f"module.{name}", manifest.provider.region or "", existing)

    assert set(roles) == set(planned)
    for (module, kind), role in roles.items():
        (trust,) = statements(planned[module, kind])
        assert role.trust == Trust(
            trust["Sid"],
            trust["Principal"]["Service"],
            "on behalf of this account" if "Condition" in trust else "",
        )
        said = _policy(plan, f"module.{name}.{module}", kind)
        if said is not None:  # unknown where a secret's ARN is part of it
            assert _unnumbered(policy_document(role.rights, arns.arn)) == _unnumbered(said)


def _address(role: Role) -> tuple[str, str]:
    """Return the module that has a role, and what the role is called there."""
    module, _, kind = role.name.partition(".")
    if module.startswith("machine "):
        return f"module.{module.replace(' ', '_').replace('-', '_')}", "this"
    return f"module.{module.replace(' ', '_')}", kind or "this"


def _policy(plan: Plan, module: str, name: str) -> dict[str, Any] | None:
    """Return all that a role may do; None if that is unknown, as where a secret's ARN is part of it."""
    known = plan.policies()
    parts = [f"{module}.aws_iam_role_policy.{name}", f"{module}.aws_iam_policy.starts"]
    parts += [f"{module}.aws_iam_role_policy.start"]  # what EMR needs of a task's role
    addresses = [
        address
        for kind in ("aws_iam_role_policy", "aws_iam_policy")
        for address in plan.resources(kind)
        if address.partition("[")[0] in parts
    ]
    if not set(addresses) <= set(known):
        return None
    return {"Statement": [item for it in addresses for item in known[it]["Statement"]]}


def _unnumbered(policy: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return statements without the numbers of those about one bucket each, which follow its physical name."""
    plain = [{**item, "Sid": item["Sid"].rstrip("0123456789")} for item in statements(policy)]
    return sorted(plain, key=lambda item: (item["Sid"], str(item["Resource"])))


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _filled(template: str, definition: str) -> str:
    """Fill a template with the ARNs that Terraform filled it with."""
    machine = json.loads(definition)
    topic = machine["States"]["Report failure"]["Parameters"]["TopicArn"]
    prefixes = re.findall(r'"FunctionName":"([^"]*):[^":]*"', definition) or [""]
    prefix = prefixes[0]
    name = topic.rpartition(":")[2].removesuffix("-failures")
    text = template.replace("${partition}", "aws").replace("${failure_topic}", topic)
    text = re.sub(r"\$\{functions\.([a-z0-9_-]+)\}", rf"{prefix}:{name}-\1", text)
    here = topic.rpartition(":")[0]
    machines = f"{here.replace(':sns:', ':states:')}:"
    for member, kind in {"arn": "stateMachine", "executions": "execution"}.items():
        pattern = rf"\$\{{parts\.([a-z0-9_-]+)\.{member}\}}"
        text = re.sub(pattern, rf"{machines}{kind}:{name}-\1", text)
    cluster = f"{here.replace(':sns:', ':ecs:')}:cluster/{name}"
    queues = re.findall(r'"JobQueue":"([^"]*)"', definition)
    for queue in queues:  # in the order of the template
        text = re.sub(r"\$\{jobs\.[a-z0-9_-]+\.queue\}", queue, text, count=1)
    for member, value in {
        "cluster": cluster,
        "definition": rf"{name}-\1",
        "log_group": rf"/glacier/tasks/{name}-\1",
        "subnets": "subnet-1,subnet-2",
        "security_groups": "sg-1",
        "workflow": name,
    }.items():
        text = re.sub(rf"\$\{{jobs\.([a-z0-9_-]+)\.{member}\}}", value, text)
    # Terraform normalises every string.
    return unicodedata.normalize("NFC", text.replace("$${", "${").replace("%%{", "%{"))
