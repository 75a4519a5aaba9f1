"""How object stores are reached: whose credentials are used, and what Polars is told about them.

Credentials come from the environment or the identity of the machine. Rust's clients find those of a function, a
container and a machine by themselves; for the profiles of a laptop they ask boto3, which is slow to import.
"""

from __future__ import annotations

import os
from typing import Any, Final

__all__ = ["ENDPOINT_VARIABLE", "MAX_RETRIES", "SCHEME", "has_native_credentials", "polars_options"]

SCHEME: Final = "s3://"
ENDPOINT_VARIABLE: Final = "AWS_ENDPOINT_URL"
MAX_RETRIES: Final = 3
_NATIVE: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)


def has_native_credentials() -> bool:
    """Say whether the environment holds credentials that need no boto3."""
    return any(os.environ.get(name) for name in _NATIVE)


def polars_options(address: str) -> dict[str, Any]:  # keyword arguments of several types
    """Return the keyword arguments with which Polars scans or sinks an address."""
    if not address.startswith(SCHEME):
        return {}
    options: dict[str, Any] = {"storage_options": {"max_retries": MAX_RETRIES}}
    if has_native_credentials():
        options["credential_provider"] = None  # or Polars would import boto3 wherever it is there
    return options
