"""Which object stores there are, and what Polars is told about them.

Credentials come from the environment or the identity of the machine, by each cloud's usual chain: never from an
argument, so that neither plan nor log can hold them.
"""

from __future__ import annotations

from typing import Any, Final

from glacier_runtime.storage.clouds.aws import S3
from glacier_runtime.storage.clouds.azure import AzureStorage
from glacier_runtime.storage.clouds.cloud import ObjectCloud
from glacier_runtime.storage.clouds.gcp import GoogleStorage

__all__ = ["OBJECT_CLOUDS", "polars_options"]

_ALL: Final[tuple[ObjectCloud, ...]] = (S3(), GoogleStorage(), AzureStorage())
OBJECT_CLOUDS: Final = {cloud.name: cloud for cloud in _ALL}


def polars_options(address: str) -> dict[str, Any]:  # keyword arguments of several types
    """Return the keyword arguments with which Polars scans or sinks an address; none for a path of this machine."""
    for cloud in _ALL:
        if address.startswith(cloud.scheme):
            return cloud.polars_options(address)
    return {}
