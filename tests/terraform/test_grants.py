"""What a task's role may do, written out. The runtime touches just this: docs/infrastructure.md, "What a task may do"."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.terraform.harness import Plan, init, plan_json, statements
from tests.terraform.roots import lay_out

LAKE = "arn:aws:s3:::lake-1a2b"
MART = "arn:aws:s3:::mart-1a2b"
OLD = "arn:aws:s3:::old-1a2b"
TOKEN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:token-AbCdEf"

Statement = dict[str, Any]


def log(function: str) -> Statement:
    group = f"arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/{function}"
    return allow("WriteOwnLog", ["logs:CreateLogStream", "logs:PutLogEvents"], f"{group}:*")


def allow(sid: str, action: str | list[str], resource: str | list[str]) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource}


def listing(sid: str, bucket: str, *prefixes: str) -> Statement:
    condition = {"StringLike": {"s3:prefix": prefixes[0] if len(prefixes) == 1 else [*prefixes]}}
    return allow(sid, "s3:ListBucket", bucket) | {"Condition": condition}


# Lists are sorted, as `statements` returns them.
CASES: dict[str, tuple[dict[str, Any], list[Statement]]] = {
    "reader-of-a-source-file": (
        {
            "reads": {"raw": {"bucket_arn": LAKE, "path": "raw/flights.parquet", "source": True}},
            "home_bucket_arn": LAKE,
        },
        [
            log("reader-of-a-source-file"),
            allow(
                "ReadDatasets",
                "s3:GetObject",
                [
                    f"{LAKE}/_glacier/commits/*",
                    f"{LAKE}/_glacier/raw/flights.parquet/*",
                    f"{LAKE}/raw/flights.parquet",
                ],
            ),
            listing(
                "ListBucket1",
                LAKE,
                "_glacier/commits/*",
                "_glacier/raw/flights.parquet/*",
                "raw/flights.parquet",
            ),
            allow("RecordRuns", "s3:PutObject", f"{LAKE}/_glacier/runs/*/clean.json"),
        ],
    ),
    "reader-of-a-source-folder": (
        {
            "reads": {"raw": {"bucket_arn": LAKE, "path": "raw/flights/", "source": True}},
            "home_bucket_arn": LAKE,
        },
        [
            log("reader-of-a-source-folder"),
            allow(
                "ReadDatasets",
                "s3:GetObject",
                [
                    f"{LAKE}/_glacier/commits/*",
                    f"{LAKE}/_glacier/raw/flights/*",
                    f"{LAKE}/raw/flights/*",
                ],
            ),
            listing(
                "ListBucket1", LAKE, "_glacier/commits/*", "_glacier/raw/flights/*", "raw/flights/*"
            ),
            allow("RecordRuns", "s3:PutObject", f"{LAKE}/_glacier/runs/*/clean.json"),
        ],
    ),
    "reader-of-what-a-task-made": (
        {
            "reads": {"clean": {"bucket_arn": LAKE, "path": "clean/flights/"}},
            "home_bucket_arn": LAKE,
        },
        [
            log("reader-of-what-a-task-made"),
            allow(
                "ReadDatasets",
                "s3:GetObject",
                [f"{LAKE}/_glacier/clean/flights/*", f"{LAKE}/_glacier/commits/*"],
            ),
            listing("ListBucket1", LAKE, "_glacier/clean/flights/*", "_glacier/commits/*"),
            allow("RecordRuns", "s3:PutObject", f"{LAKE}/_glacier/runs/*/clean.json"),
        ],
    ),
    "writer-of-a-file": (
        {
            "writes": {"clean": {"bucket_arn": LAKE, "path": "clean/flights.parquet"}},
            "home_bucket_arn": LAKE,
        },
        [
            log("writer-of-a-file"),
            allow(
                "ReadDatasets",
                "s3:GetObject",
                [
                    f"{LAKE}/_glacier/clean/flights.parquet/*",
                    f"{LAKE}/_glacier/commits/*",
                    f"{LAKE}/clean/flights.parquet",
                ],
            ),
            allow(
                "WriteDatasets",
                ["s3:AbortMultipartUpload", "s3:PutObject"],
                [f"{LAKE}/_glacier/clean/flights.parquet/*", f"{LAKE}/clean/flights.parquet"],
            ),
            allow(
                "RemoveOldVersions",
                "s3:DeleteObject",
                f"{LAKE}/_glacier/clean/flights.parquet/*",
            ),
            listing(
                "ListBucket1",
                LAKE,
                "_glacier/clean/flights.parquet/*",
                "_glacier/commits/*",
                "clean/flights.parquet",
            ),
            allow(
                "RecordCommits",
                ["s3:DeleteObject", "s3:PutObject"],
                f"{LAKE}/_glacier/commits/clean.*",
            ),
            allow("RecordRuns", "s3:PutObject", f"{LAKE}/_glacier/runs/*/clean.json"),
        ],
    ),
    "writer-of-a-folder": (
        {
            "writes": {"clean": {"bucket_arn": LAKE, "path": "clean/flights/"}},
            "home_bucket_arn": LAKE,
        },
        [
            log("writer-of-a-folder"),
            allow(
                "ReadDatasets",
                "s3:GetObject",
                [
                    f"{LAKE}/_glacier/clean/flights/*",
                    f"{LAKE}/_glacier/commits/*",
                    f"{LAKE}/clean/flights/*",
                ],
            ),
            allow(
                "WriteDatasets",
                ["s3:AbortMultipartUpload", "s3:PutObject"],
                [f"{LAKE}/_glacier/clean/flights/*", f"{LAKE}/clean/flights/*"],
            ),
            allow(
                "RemoveOldVersions",
                "s3:DeleteObject",
                [f"{LAKE}/_glacier/clean/flights/*", f"{LAKE}/clean/flights/*"],
            ),
            listing(
                "ListBucket1",
                LAKE,
                "_glacier/clean/flights/*",
                "_glacier/commits/*",
                "clean/flights/*",
            ),
            allow(
                "RecordCommits",
                ["s3:DeleteObject", "s3:PutObject"],
                f"{LAKE}/_glacier/commits/clean.*",
            ),
            allow("RecordRuns", "s3:PutObject", f"{LAKE}/_glacier/runs/*/clean.json"),
        ],
    ),
    "several-buckets": (
        {
            "reads": {"raw": {"bucket_arn": LAKE, "path": "raw.csv", "source": True}},
            "writes": {"delays": {"bucket_arn": MART, "path": "delays.parquet"}},
            "home_bucket_arn": MART,
            "commit_bucket_arns": [OLD],
        },
        [
            log("several-buckets"),
            allow(
                "ReadDatasets",
                "s3:GetObject",
                [
                    f"{LAKE}/_glacier/commits/*",
                    f"{LAKE}/_glacier/raw.csv/*",
                    f"{LAKE}/raw.csv",
                    f"{MART}/_glacier/commits/*",
                    f"{MART}/_glacier/delays.parquet/*",
                    f"{MART}/delays.parquet",
                    f"{OLD}/_glacier/commits/*",
                ],
            ),
            allow(
                "WriteDatasets",
                ["s3:AbortMultipartUpload", "s3:PutObject"],
                [f"{MART}/_glacier/delays.parquet/*", f"{MART}/delays.parquet"],
            ),
            allow("RemoveOldVersions", "s3:DeleteObject", f"{MART}/_glacier/delays.parquet/*"),
            listing("ListBucket1", LAKE, "_glacier/commits/*", "_glacier/raw.csv/*", "raw.csv"),
            listing(
                "ListBucket2",
                MART,
                "_glacier/commits/*",
                "_glacier/delays.parquet/*",
                "delays.parquet",
            ),
            listing("ListBucket3", OLD, "_glacier/commits/*"),
            allow(
                "RecordCommits",
                ["s3:DeleteObject", "s3:PutObject"],
                f"{MART}/_glacier/commits/clean.*",
            ),
            allow("RecordRuns", "s3:PutObject", f"{MART}/_glacier/runs/*/clean.json"),
        ],
    ),
    "secrets-and-no-datasets": (
        {"secrets": {"token": TOKEN}},
        [
            log("secrets-and-no-datasets"),
            allow("ReadSecrets", "secretsmanager:GetSecretValue", TOKEN),
        ],
    ),
}


@pytest.fixture(scope="session")
def plan(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """All cases in one plan."""
    folder = lay_out(tmp_path_factory.mktemp("grants"), "grants")
    init(folder)
    tasks = {name: task for name, (task, _) in CASES.items()}
    return plan_json(folder, {"tasks": tasks}, endpoint=endpoint)


@pytest.mark.parametrize("case", CASES)
def test_a_role_may_do_exactly_what_its_task_needs(plan: Plan, case: str) -> None:
    policy = plan.policies()[f'module.task["{case}"].aws_iam_role_policy.this']
    assert statements(policy) == CASES[case][1]


def test_only_lambda_may_take_a_tasks_role(plan: Plan) -> None:
    for values in plan.resources("aws_iam_role").values():
        (statement,) = statements(json.loads(values["assume_role_policy"]))
        assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
        assert statement["Action"] == "sts:AssumeRole"


def test_a_role_has_no_policy_but_its_own(plan: Plan) -> None:
    kinds = {change["type"] for change in plan.document["resource_changes"]}
    assert kinds == {
        "aws_cloudwatch_log_group",
        "aws_iam_role",
        "aws_iam_role_policy",
        "aws_lambda_function",
    }


def test_a_bindings_document_names_what_the_task_touches(plan: Plan) -> None:
    function = plan.resources("aws_lambda_function")[
        'module.task["secrets-and-no-datasets"].aws_lambda_function.this'
    ]
    variables = function["environment"][0]["variables"]
    assert variables["GLACIER_CLOUD"] == "aws"
    assert variables["GLACIER_TASK"] == "clean"
    assert json.loads(variables["GLACIER_BINDINGS"]) == {
        "version": 1,
        "cloud": "aws",
        "region": "eu-central-1",
        "buckets": {},
        "secrets": {"token": TOKEN},
    }
