"""What a module is told wrongly, it refuses when planned, in words that say what would be right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.terraform.existing import make_bucket, make_function
from tests.terraform.harness import init, refusals
from tests.terraform.roots import lay_out

LAKE = "arn:aws:s3:::lake"
MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:flights"
GOOD: dict[str, dict[str, object]] = {
    "bucket": {"name": "flights-lake", "versioning": True},
    "protected_bucket": {"name": "flights-lake", "versioning": True},
    "bootstrap": {"name": "flights-code"},
    "deployment_roles": {
        "name": "flights",
        "prefixes": ["flights"],
        "region": "eu-central-1",
        "subject": "repo:acme/flights",
        "repository": "flights-code",
        "artefact_bucket_arn": "arn:aws:s3:::flights-code",
        "state_bucket_arn": "arn:aws:s3:::flights-states",
        "state_key": "infra.tfstate",
    },
    "existing_bucket": {"name": "flights-theirs", "region": "eu-central-1"},
    "existing_function": {"function": "flights-theirs", "task": "clean"},
    "secret": {"name": "flights/token", "description": "A token"},
    "failure_topic": {"name": "flights-failures"},
    "lambda_task": {
        "name": "flights-clean",
        "task": "clean",
        "description": "Cleans",
        "code": {"s3_bucket": "c", "s3_key": "k", "runtime": "python3.11", "architecture": "arm64"},
        "memory_mib": 512,
        "timeout_s": 60,
        "region": "eu-central-1",
        "log_retention_days": 30,
    },
    "container_cluster": {"name": "flights"},
    "container_task": {
        "name": "flights-rank",
        "task": "rank",
        "image": "ghcr.io/example/rank:1.4",
        "cpu": 1024,
        "memory_mib": 4096,
        "timeout_s": 60,
        "cluster_arn": "arn:aws:ecs:eu-central-1:123456789012:cluster/flights",
        "network": {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]},
        "region": "eu-central-1",
        "log_retention_days": 30,
    },
    "batch_machine": {
        "name": "flights-m6i-large",
        "instance_type": "m6i.large",
        "max_vcpus": 2,
        "network": {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]},
        "region": "eu-central-1",
    },
    "batch_task": {
        "name": "flights-train",
        "task": "train",
        "image": "ghcr.io/example/train:1.4",
        "cpu": 2,
        "memory_mib": 7545,
        "timeout_s": 60,
        "queue_arn": "arn:aws:batch:eu-central-1:123456789012:job-queue/flights-m6i-large",
        "workflow": "flights",
        "region": "eu-central-1",
        "log_retention_days": 30,
    },
    "network": {"name": "flights", "region": "eu-central-1", "services": ["logs"]},
    "registry": {"name": "flights-code"},
    "workflow": {
        "name": "flights",
        "definition": '{"StartAt": "clean", "States": {}}',
        "function_arns": ["arn:aws:lambda:eu-central-1:123456789012:function:clean"],
        "failure_topic_arn": "arn:aws:sns:eu-central-1:123456789012:failures",
        "log_retention_days": 30,
    },
    "schedule": {
        "name": "flights",
        "expression": "cron(0 5 * * ? *)",
        "timezone": "UTC",
        "overlap": "queue",
        "starter_arn": f"{MACHINE}-starter",
    },
    "starter": {"name": "flights-starter", "run_prefix": "flights", "state_machine_arn": MACHINE},
    "stopped_runs": {
        "name": "flights",
        "pipeline": "flights",
        "state_machine_arn": MACHINE,
        "starter_arns": [f"{MACHINE}-starter"],
        "failure_topic_arn": "arn:aws:sns:eu-central-1:123456789012:failures",
    },
    "dashboard": {
        "name": "flights",
        "region": "eu-central-1",
        "state_machine_arn": MACHINE,
    },
    "late_runs": {
        "name": "flights",
        "pipeline": "flights",
        "state_machine_arn": MACHINE,
        "hours": 27,
        "teller_arn": f"{MACHINE}-stopped",
        "hearer_role_arn": "arn:aws:iam::123456789012:role/flights.hear",
    },
}


def code(**changes: object) -> dict[str, object]:
    good = GOOD["lambda_task"]["code"]
    assert isinstance(good, dict)
    return {**good, **changes}


def granted(**changes: object) -> dict[str, object]:
    good = {"sid": "GrantedByHand1", "reason": "reads", "actions": ["s3:GetObject"]}
    return {**good, "resources": [f"{LAKE}/letters/*"], **changes}


def further(action: str) -> dict[str, object]:
    return {"actions": [action], "resources": ["*"]}


def start(**changes: object) -> dict[str, object]:
    family = "arn:aws:ecs:eu-central-1:123456789012:task-definition/flights-rank:*"
    return {"sid": "Run", "actions": ["ecs:RunTask"], "resources": [family], **changes}


def network(**changes: object) -> dict[str, object]:
    return {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"], **changes}


KEY_OF_NO_ONE = "arn:aws:kms:eu-central-1:123456789012:alias/flights"
BAD: tuple[tuple[str, str, object, str], ...] = (
    ("batch_machine", "name", "n" * 55, "1 to 54 characters"),
    ("batch_machine", "instance_type", "optimal", "written like r6i.4xlarge"),
    ("batch_machine", "max_vcpus", 0, "at least one processor"),
    ("batch_machine", "disk_gib", 8, "30 to 16384 GiB"),
    ("batch_machine", "ami", "al2023", "written like ami-"),
    ("batch_machine", "security_group_id", "default", "written like sg-"),
    ("batch_machine", "network", network(subnet_ids=[]), "1 to 16 subnets"),
    ("batch_task", "image", None, "glacier build --image"),
    ("batch_task", "architecture", "X86_64", "x86_64 or arm64"),
    ("batch_task", "cpu", 0.5, "a whole number of them"),
    ("batch_task", "memory_mib", 64, "at least 128 MiB"),
    ("batch_task", "timeout_s", 604_801, "1 to 604800 seconds"),
    ("batch_task", "queue_arn", "flights", "a queue of AWS Batch"),
    ("batch_task", "workflow", "a b", "1 to 80 characters"),
    (
        "workflow",
        "starts",
        [[start(actions=["batch:DescribeJobs", "batch:SubmitJob"], resources=["*"])]],
        "never everything",
    ),
    ("bucket", "encryption", "DES", "AES256 or aws:kms"),
    ("bucket", "kms_key_arn", KEY_OF_NO_ONE, "not by an alias"),
    ("bucket", "storage_class", "DEEP_ARCHIVE", "STANDARD_IA, ONEZONE_IA or GLACIER_IR"),
    ("protected_bucket", "encryption", "", "AES256 or aws:kms"),
    ("protected_bucket", "kms_key_arn", "*", "not by an alias"),
    ("protected_bucket", "storage_class", "GLACIER", "STANDARD_IA, ONEZONE_IA or GLACIER_IR"),
    ("deployment_roles", "name", "Flights", "1 to 40 characters"),
    ("deployment_roles", "prefixes", [], "There is a prefix"),
    ("deployment_roles", "prefixes", ["*"], "starts with a letter"),
    ("deployment_roles", "region", "Frankfurt", "like eu-central-1"),
    ("deployment_roles", "subject", "repo:acme/*", "without a wildcard"),
    ("deployment_roles", "subject", "repo:acme/flights:pull_request", "without a wildcard"),
    ("deployment_roles", "subject", "project_path:acme/*", "without a wildcard"),
    ("deployment_roles", "subject", "project_path:acme", "without a wildcard"),
    ("deployment_roles", "issuer", "https://gitlab.com", "name of a host"),
    ("deployment_roles", "environment", "prod*", "no wildcard"),
    ("deployment_roles", "branch", "release/*", "no wildcard"),
    ("deployment_roles", "oidc_provider_arn", "arn:aws:iam::1:oidc-provider/x", "ends in oidc"),
    ("deployment_roles", "artefact_bucket_arn", "arn:aws:s3:::*", "that of a bucket"),
    ("deployment_roles", "state_bucket_arn", "flights-states", "that of a bucket"),
    ("deployment_roles", "state_key", "*", "no wildcard"),
    ("deployment_roles", "repository", "*", "no wildcard"),
    ("deployment_roles", "further_rights", [further("s3:*")], "is written out"),
    ("deployment_roles", "further_rights", [further("iam:PassRole")], "none of IAM's"),
    ("lambda_task", "permissions_boundary", "PowerUser", "whole ARN of a managed policy"),
    ("container_task", "permissions_boundary", "PowerUser", "whole ARN of a managed policy"),
    ("existing_bucket", "name", "flights_lake", "3 to 63 characters"),
    ("existing_bucket", "region", "Frankfurt", "like eu-central-1"),
    ("existing_bucket", "kms_key_arn", KEY_OF_NO_ONE, "not by an alias"),
    ("existing_function", "function", "clean:1", "its ARN without a version"),
    ("existing_function", "task", "clean.*", "at most 40 characters"),
    ("lambda_task", "ephemeral_storage_mib", 511, "512 to 10240 MiB of /tmp"),
    ("lambda_task", "layers", ["fonts"], "whole ARN with its version"),
    ("lambda_task", "runtime", "python", "such as python3.13"),
    ("lambda_task", "decrypt_key_arns", ["*"], "by its whole ARN"),
    ("lambda_task", "encrypt_key_arns", [KEY_OF_NO_ONE], "by its whole ARN"),
    ("lambda_task", "grants", [granted(sid="ReadDatasets")], "begins with GrantedByHand"),
    ("lambda_task", "grants", [granted(reason=" ")], "gives its reason"),
    ("lambda_task", "grants", [granted(actions=["s3:*"])], "is written out"),
    ("bucket", "name", "Flights", "3 to 63 characters"),
    ("bucket", "name", "f" * 64, "3 to 63 characters"),
    ("protected_bucket", "name", "flights_lake", "3 to 63 characters"),
    ("bootstrap", "name", "-code", "3 to 63 characters"),
    ("secret", "name", "a b", "1 to 512 characters"),
    ("secret", "description", "d" * 2049, "at most 2048"),
    ("failure_topic", "name", "a.b", "1 to 256 characters"),
    ("lambda_task", "name", "n" * 65, "1 to 64 characters"),
    ("lambda_task", "task", "clean.*", "at most 40 characters"),
    ("lambda_task", "task", "c" * 41, "at most 40 characters"),
    ("lambda_task", "description", "d" * 257, "at most 256"),
    (
        "lambda_task",
        "code",
        code(image_uri="an/image"),
        "either s3_bucket and s3_key, or image_uri",
    ),
    ("lambda_task", "code", code(s3_key=None), "either s3_bucket and s3_key, or image_uri"),
    ("lambda_task", "code", code(runtime="nodejs22.x"), "such as python3.13"),
    ("lambda_task", "code", code(architecture="i386"), "x86_64 or arm64"),
    ("lambda_task", "memory_mib", 127, "128 to 10240 MiB"),
    ("lambda_task", "memory_mib", 512.5, "128 to 10240 MiB"),
    ("lambda_task", "timeout_s", 0, "1 to 900 seconds"),
    ("lambda_task", "timeout_s", 901, "1 to 900 seconds"),
    ("lambda_task", "region", "Frankfurt", "like eu-central-1"),
    ("lambda_task", "log_retention_days", 31, "CloudWatch keeps logs for"),
    ("lambda_task", "secrets", {"t": "arn:aws:secretsmanager:*"}, "whole ARN"),
    ("lambda_task", "reads", {"r": {"bucket_arn": "*", "path": "a"}}, "that of a bucket"),
    ("lambda_task", "reads", {"r": {"bucket_arn": LAKE, "path": "a*"}}, "only letters, digits"),
    ("lambda_task", "reads", {"r": {"bucket_arn": LAKE, "path": "$${x}"}}, "only letters, digits"),
    ("lambda_task", "reads", {"r": {"bucket_arn": LAKE, "path": "/a"}}, "relative to its bucket"),
    ("lambda_task", "writes", {"w": {"bucket_arn": LAKE, "path": ""}}, "relative to its bucket"),
    ("lambda_task", "writes", {"w": {"bucket_arn": f"{LAKE}/*", "path": "a"}}, "that of a bucket"),
    ("lambda_task", "home_bucket_arn", "*", "that of a bucket"),
    ("lambda_task", "commit_bucket_arns", ["*"], "that of a bucket"),
    ("workflow", "name", "n" * 81, "1 to 80 characters"),
    ("workflow", "definition", "{}", "JSON with the key StartAt"),
    ("workflow", "starts", [[start(actions=["ecs:*"])]], "is written out"),
    ("workflow", "starts", [[start(resources=["*"])]], "never everything"),
    ("lambda_task", "kms_key_arn", KEY_OF_NO_ONE, "by its whole ARN"),
    ("container_task", "kms_key_arn", KEY_OF_NO_ONE, "by its whole ARN"),
    ("workflow", "kms_key_arn", KEY_OF_NO_ONE, "by its whole ARN"),
    ("bucket", "access_log_bucket", "s3://logs", "by its name"),
    ("container_cluster", "name", "a.b", "1 to 255 characters"),
    ("registry", "name", "Flights", "2 to 256 characters"),
    ("registry", "kms_key_arn", KEY_OF_NO_ONE, "by its whole ARN"),
    ("registry", "kept_images", 0, "Between 1 and 10000"),
    ("network", "name", "sg-flights", "does not begin with sg-"),
    ("network", "region", "Frankfurt", "like eu-central-1"),
    ("network", "services", ["*"], "name of its endpoint"),
    ("network", "cidr_block", "10.0.0.0/8", "between /16 and /24"),
    ("network", "zones", ["eu-central-1a"], "by their letters"),
    ("container_task", "name", "n" * 55, "1 to 54 characters"),
    ("container_task", "task", "rank.*", "at most 40 characters"),
    ("container_task", "image", None, "There is no image yet"),
    ("container_task", "image", "an image", "REGISTRY/REPOSITORY@sha256:DIGEST"),
    ("container_task", "folder", "var/task", "its whole path"),
    ("container_task", "architecture", "x86_64", "X86_64 or ARM64"),
    ("container_task", "built_for", "i386", "x86_64 or arm64"),
    ("container_task", "cpu", 1000, "units of processors"),
    ("container_task", "timeout_s", 604801, "1 to 604800 seconds"),
    ("container_task", "ephemeral_storage_gib", 20, "21 to 200 GiB"),
    ("container_task", "cluster_arn", "flights", "a cluster of ECS"),
    ("container_task", "network", network(subnet_ids=[]), "1 to 16 subnets"),
    ("container_task", "network", network(security_group_ids=[]), "1 to 5 security groups"),
    ("container_task", "region", "Frankfurt", "like eu-central-1"),
    ("container_task", "log_retention_days", 31, "CloudWatch keeps logs for"),
    ("container_task", "secrets", {"t": "arn:aws:secretsmanager:*"}, "whole ARN"),
    ("container_task", "reads", {"r": {"bucket_arn": LAKE, "path": "a*"}}, "only letters, digits"),
    ("container_task", "writes", {"w": {"bucket_arn": "*", "path": "a"}}, "that of a bucket"),
    ("workflow", "function_arns", ["arn:aws:lambda:*"], "whole ARN"),
    ("workflow", "failure_topic_arn", "*", "that of a topic"),
    ("workflow", "log_retention_days", 0, "CloudWatch keeps logs for"),
    ("schedule", "name", "n" * 65, "1 to 64 characters"),
    ("schedule", "expression", "rate(1 day)", "six fields"),
    ("schedule", "expression", "cron(0 5 * * *)", "six fields"),
    ("schedule", "timezone", "Berlin; drop", "IANA"),
    ("schedule", "overlap", "sometimes", "waits (queue)"),
    ("schedule", "starter_arn", "*", "that of a state machine"),
    ("starter", "name", "n" * 81, "1 to 80 characters"),
    ("starter", "run_prefix", "n" * 44, "1 to 43 characters"),
    ("starter", "state_machine_arn", "*", "that of a state machine"),
    ("stopped_runs", "name", "n" * 65, "1 to 64 characters"),
    ("stopped_runs", "pipeline", "", "1 to 64 characters"),
    ("stopped_runs", "state_machine_arn", "*", "that of a state machine"),
    ("stopped_runs", "starter_arns", ["*"], "that of a state machine"),
    ("stopped_runs", "failure_topic_arn", "*", "that of a topic"),
    ("dashboard", "name", "a b", "1 to 255 characters"),
    ("dashboard", "region", "Frankfurt", "like eu-central-1"),
    ("dashboard", "state_machine_arn", "*", "that of a state machine"),
    ("late_runs", "name", "", "1 to 64 characters"),
    ("late_runs", "pipeline", "", "1 to 64 characters"),
    ("late_runs", "state_machine_arn", "*", "that of a state machine"),
    ("late_runs", "hours", 169, "1 to 168 whole hours"),
    ("late_runs", "hours", 1.5, "1 to 168 whole hours"),
    ("late_runs", "teller_arn", "*", "that of a state machine"),
    ("late_runs", "hearer_role_arn", "*", "that of a role"),
)
LABELS = {f"bad_{number}": bad for number, bad in enumerate(BAD)}


def call(kind: str, **changes: object) -> dict[str, object]:
    """Write a call of a module as Terraform's JSON syntax has it."""
    return {"source": f"./modules/{kind}", **GOOD[kind], **changes}


@pytest.fixture(scope="session")
def errors(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """All wrong calls, and all good ones, in one plan."""
    make_bucket(endpoint, "flights-theirs")
    make_function(endpoint, "flights-theirs", GLACIER_TASK="clean")
    folder = lay_out(tmp_path_factory.mktemp("refusals"))
    calls = {f"good_{kind}": call(kind) for kind in GOOD}
    calls |= {
        label: call(kind, **{name: value}) for label, (kind, name, value, _) in LABELS.items()
    }
    write(folder, calls)
    init(folder)
    return refusals(folder, endpoint=endpoint)


def write(folder: Path, calls: dict[str, dict[str, object]]) -> None:
    (folder / "main.tf.json").write_text(json.dumps({"module": calls}, indent=2), encoding="utf-8")


@pytest.mark.parametrize(
    "label", LABELS, ids=[f"{k}-{n}-{i}" for i, (k, n, _, _) in enumerate(BAD)]
)
def test_a_wrong_value_is_refused_and_told_what_would_be_right(
    errors: list[str], label: str
) -> None:
    _, _, _, advice = LABELS[label]
    assert any(f"module.{label}:" in error and advice in error for error in errors), errors


def test_good_values_are_not_refused(errors: list[str]) -> None:
    assert not [error for error in errors if "good_" in error]


def test_a_bucket_in_another_region_is_refused(endpoint: str, tmp_path: Path) -> None:
    make_bucket(endpoint, "far-away", "eu-west-1")
    folder = lay_out(tmp_path)
    write(folder, {"theirs": call("existing_bucket", name="far-away")})
    init(folder)

    (error,) = refusals(folder, endpoint=endpoint)

    assert "lies in eu-west-1; the tasks look for it in eu-central-1" in error


def test_a_function_that_was_not_told_its_task_is_refused(endpoint: str, tmp_path: Path) -> None:
    make_function(endpoint, "theirs", GLACIER_CLOUD="aws")
    folder = lay_out(tmp_path)
    write(folder, {"theirs": call("existing_function", function="theirs")})
    init(folder)

    (error,) = refusals(folder, endpoint=endpoint)

    assert "set its environment variable GLACIER_TASK" in error


def test_code_for_another_python_and_layers_on_an_image_are_refused(
    endpoint: str, tmp_path: Path
) -> None:
    layer = "arn:aws:lambda:eu-central-1:123456789012:layer:fonts:3"
    image = code(s3_bucket=None, s3_key=None, image_uri="an/image")
    folder = lay_out(tmp_path)
    calls = {
        "other": call("lambda_task", runtime="python3.12"),
        "image": call("lambda_task", name="flights-image", code=image, layers=[layer]),
    }
    write(folder, calls)
    init(folder)

    found = sorted(refusals(folder, endpoint=endpoint))

    assert len(found) == 2
    assert any("asks for python3.12, and the code was built for python3.11" in e for e in found)
    assert any("put what they hold into the image" in error for error in found)


def test_values_that_do_not_fit_together_are_refused(endpoint: str, tmp_path: Path) -> None:
    """What holds two variables against each other is looked at once each is right by itself."""
    bad = {
        "idle": (call("workflow", function_arns=[]), "at least one task"),
        "other": (call("container_task", built_for="arm64"), "the image was built for arm64"),
        "arm": (call("batch_task", built_for="arm64"), "build it again with --architecture x86_64"),
        "elsewhere": (
            call("batch_machine", security_group_id="sg-1", network_is_made_here=True),
            "which is in a network of yours",
        ),
        "small": (call("container_task", memory_mib=1024), "beside these processors"),
        "lost": (
            call("container_task", network=network(internet=False)),
            "push the image into ECR",
        ),
    }
    folder = lay_out(tmp_path)
    write(folder, {name: wrong for name, (wrong, _) in bad.items()})
    init(folder)

    found = refusals(folder, endpoint=endpoint)

    assert len(found) == len(bad), found
    for name, (_, advice) in bad.items():
        assert any(advice in error for error in found), (name, found)


def test_a_policy_that_iam_would_not_take_is_refused_with_the_way_out(
    endpoint: str, tmp_path: Path
) -> None:
    paths = [f"marts/{'long' * 20}/{number}.parquet" for number in range(60)]
    reads = {f"r{n}": {"bucket_arn": LAKE, "path": path} for n, path in enumerate(paths)}
    folder = lay_out(tmp_path)
    write(folder, {"task": call("lambda_task", reads=reads)})
    init(folder)
    (error,) = refusals(folder, endpoint=endpoint)
    assert "10,240 characters" in error
    assert "split the task" in error
