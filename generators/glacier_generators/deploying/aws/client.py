"""A client of a service of AWS, with the credentials that Terraform's provider finds: boto3 looks in the same places."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from glacier_runtime.errors import Code, GenerationError, Problem

__all__ = ["client"]


def client(service: str, region: str) -> Any:  # boto3 has no types of its own
    """Return a client.

    Raises:
        GenerationError: GLC818, if boto3 is not installed.
    """
    try:
        boto3 = import_module("boto3")
        config = import_module("botocore.config").Config(
            connect_timeout=10,
            read_timeout=900,
            retries={"max_attempts": 3},
            max_pool_connections=16,
        )
    except ModuleNotFoundError:
        raise GenerationError(
            Problem(
                code=Code.NOT_TO_DEPLOY,
                message="boto3 is needed to ask AWS itself, and is not installed",
                fix="pip install boto3",
            )
        ) from None
    return boto3.client(service, region_name=region, config=config)
