"""What is planned can be applied, and stays as it is; and under it, a task reaches what is its own and nothing beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]  # its stubs are a package of their own
import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.terraform import emulator
from tests.terraform.harness import apply, init, plan_json
from tests.terraform.roots import lay_out

BUCKET = "lake-1a2b"
READS = {"raw": {"bucket_arn": f"arn:aws:s3:::{BUCKET}", "path": "raw.csv", "source": True}}
WRITES = {
    "clean": {"bucket_arn": f"arn:aws:s3:::{BUCKET}", "path": "clean/"},
    "report": {"bucket_arn": f"arn:aws:s3:::{BUCKET}", "path": "report.csv"},
}
# By hand: `Grant(actions=["s3:GetObject", "s3:ListBucket"], resources=[lake.at("letters/")], …)`, as it is generated.
GRANTS = [
    {
        "sid": "GrantedByHand1",
        "reason": "looks up letters",
        "actions": ["s3:GetObject"],
        "resources": [f"arn:aws:s3:::{BUCKET}/letters/*"],
    },
    {
        "sid": "GrantedByHand1List1",
        "reason": "looks up letters",
        "actions": ["s3:ListBucket"],
        "resources": [f"arn:aws:s3:::{BUCKET}"],
        "prefixes": ["letters/*"],
    },
]


@pytest.mark.slow
def test_every_module_can_be_applied_and_is_then_as_planned(endpoint: str, tmp_path: Path) -> None:
    root = lay_out(tmp_path, "every_module") / "main.tf"
    blocks = root.read_text(encoding="utf-8").split("\nmodule ")
    # Terraform waits long for them, and for clusters: tests/terraform/test_machines.py and test_clusters.py apply these.
    quick = [block for block in blocks if "./modules/batch_" not in block]
    without = "\nmodule ".join(quick).replace(", module.task_train.starts", "")
    root.write_text(without, encoding="utf-8")
    init(tmp_path)
    but_clusters = {"clusters": False}
    apply(tmp_path, but_clusters, endpoint=endpoint)
    assert plan_json(tmp_path, but_clusters, endpoint=endpoint).changes == {}


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., None]]:
    """Calls to S3 under the role of an applied task, by an emulator that enforces IAM."""
    with emulator.running() as endpoint:
        admin = client("s3", endpoint, "emulated", "emulated")
        for bucket in (BUCKET, "other-1a2b", "flights-code"):
            admin.create_bucket(
                Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": emulator.REGION}
            )
        for key in (*MAY["get_object"], *MAY_NOT["get_object"]):
            admin.put_object(Bucket=BUCKET, Key=key, Body=b"")
        admin.put_object(Bucket="flights-code", Key="flights.zip", Body=b"")
        folder = lay_out(tmp_path_factory.mktemp("applied"), "grants")
        init(folder)
        described = {
            "reads": READS,
            "writes": WRITES,
            "home_bucket_arn": f"arn:aws:s3:::{BUCKET}",
            "grants": GRANTS,
        }
        apply(folder, {"tasks": {"flights-clean": described}}, endpoint=endpoint)
        role = f"arn:aws:iam::{emulator.ACCOUNT}:role/flights-clean"
        sts = client("sts", endpoint, "lambda.amazonaws.com", "of the service itself")
        taken = sts.assume_role(RoleArn=role, RoleSessionName="a-run")["Credentials"]
        s3 = client(
            "s3",
            endpoint,
            taken["AccessKeyId"],
            taken["SecretAccessKey"],
            aws_session_token=taken["SessionToken"],
        )

        def call(operation: str, key: str, bucket: str = BUCKET) -> None:
            name = "Prefix" if operation == "list_objects_v2" else "Key"
            getattr(s3, operation)(Bucket=bucket, **{name: key})

        yield call


def client(service: str, endpoint: str, key: str, secret: str, **options: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=emulator.REGION,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        **options,
    )


MAY = {
    "get_object": (
        "raw.csv",
        "_glacier/raw.csv/attempts/a/0.csv",
        "_glacier/commits/extract.1-0-ab12.json",
        "_glacier/clean/versions/0000000001.json",
        "clean/day=1/0.parquet",
        "report.csv",
        "letters/first.txt",
    ),
    "list_objects_v2": (
        "letters/",
        "raw.csv",
        "_glacier/raw.csv/",
        "_glacier/commits/",
        "_glacier/clean/versions/",
        "clean/",
        "report.csv",
    ),
    "put_object": (
        "_glacier/clean/attempts/a/0.parquet",
        "clean/day=1/0.parquet",
        "report.csv",
        "_glacier/report.csv/attempts/a/0.csv",
        "_glacier/commits/clean.1-0-ab12.json",
        "_glacier/runs/1/clean.json",
    ),
    "delete_object": (
        "_glacier/clean/attempts/a/0.parquet",
        "clean/day=1/0.parquet",
        "_glacier/report.csv/attempts/a/0.csv",
        "_glacier/commits/clean.1-0-ab12.json",
    ),
}
MAY_NOT = {
    "get_object": (
        "letters.txt",
        "raw.csv.bak",
        "clean",
        "cleaner/0.parquet",
        "_glacier/runs/1/clean.json",
        "x",
    ),
    "list_objects_v2": (
        "",
        "letters",
        "raw",
        "_glacier/",
        "_glacier/cleaner/",
        "cleaner/",
        "report",
    ),
    "put_object": (
        "raw.csv",
        "letters/first.txt",
        "_glacier/raw.csv/attempts/a/0.csv",
        "_glacier/commits/cleaner.1-0-ab12.json",
        "_glacier/runs/1/extract.json",
        "report.csv/0",
        "cleaner/0.parquet",
    ),
    "delete_object": (
        "raw.csv",
        "letters/first.txt",
        "report.csv",
        "_glacier/raw.csv/attempts/a/0.csv",
        "_glacier/commits/extract.1-0-ab12.json",
        "_glacier/runs/1/clean.json",
    ),
}


def pairs(table: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(operation, key) for operation, keys in table.items() for key in keys]


@pytest.mark.parametrize(("operation", "key"), pairs(MAY))
def test_a_task_reaches_what_its_signature_names(
    task: Callable[..., None], operation: str, key: str
) -> None:
    task(operation, key)


@pytest.mark.parametrize(("operation", "key"), pairs(MAY_NOT))
def test_a_task_reaches_nothing_beside_it(
    task: Callable[..., None], operation: str, key: str
) -> None:
    with pytest.raises(ClientError, match=r"AccessDenied|Forbidden"):
        task(operation, key)


@pytest.mark.parametrize("operation", MAY)
def test_a_task_reaches_no_other_bucket(task: Callable[..., None], operation: str) -> None:
    with pytest.raises(ClientError, match=r"AccessDenied|Forbidden"):
        task(operation, MAY[operation][0], bucket="other-1a2b")
