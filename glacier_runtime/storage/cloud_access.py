"""Which object stores there are, and what Polars is told about them.

Credentials come from the environment or the identity of the machine, by each cloud's usual chain: never from an
argument, so that neither plan nor log can hold them.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from glacier_runtime.storage.clouds.cloud import ObjectCloud

__all__ = ["SCHEMES", "object_cloud", "polars_options"]

SCHEMES: Final = {"aws": "s3://", "gcp": "gs://", "azure": "abfss://"}
"""How addresses begin in the store of each cloud that has one."""


@cache
def object_cloud(cloud: str) -> ObjectCloud:
    """Return the object store of a cloud; nobody pays for one that is not used.

    Args:
        cloud: One of `SCHEMES`.

    Example:
        >>> object_cloud("gcp").title
        'Google Cloud Storage'
    """
    found: ObjectCloud = import_module(f"glacier_runtime.storage.clouds.{cloud}").STORE
    return found


def polars_options(address: str) -> dict[str, Any]:  # keyword arguments of several types
    """Return the keyword arguments with which Polars scans or sinks an address; none for a path of this machine."""
    for cloud, scheme in SCHEMES.items():
        if address.startswith(scheme):
            return object_cloud(cloud).polars_options(address)
    return {}
