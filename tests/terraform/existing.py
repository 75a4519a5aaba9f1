"""What somebody else made in the emulated AWS, before Terraform came."""

from __future__ import annotations

from typing import Any

import boto3  # type: ignore[import-untyped]  # its stubs are a package of their own

from tests.terraform.emulator import REGION, credentials

__all__ = ["make_bucket", "make_function"]


def make_bucket(endpoint: str, name: str, region: str = REGION) -> None:
    """Make a bucket."""
    _client("s3", endpoint, region).create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": region}
    )


def make_function(endpoint: str, name: str, **variables: str) -> None:
    """Make a function with environment variables, and a role for it."""
    role = _client("iam", endpoint).create_role(
        RoleName=f"{name}-role", AssumeRolePolicyDocument="{}"
    )
    _client("lambda", endpoint).create_function(
        FunctionName=name,
        Role=role["Role"]["Arn"],
        Runtime="python3.11",
        Handler="glacier_runtime.run_task.aws_lambda.handle",
        Code={"ZipFile": b"code"},
        Environment={"Variables": variables},
    )


def _client(service: str, endpoint: str, region: str = REGION) -> Any:
    known = credentials(endpoint)
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=known["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=known["AWS_SECRET_ACCESS_KEY"],
    )
