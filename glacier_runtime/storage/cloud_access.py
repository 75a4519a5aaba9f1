"""Which object stores there are, and what Polars is told about them.

Credentials come from the environment or the identity of the machine, by each cloud's usual chain: never from an
argument, so that neither plan nor log can hold them.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from glacier_runtime.storage.schemes import SCHEMES

if TYPE_CHECKING:
    from glacier_runtime.storage.clouds.cloud import ObjectCloud

__all__ = ["cloud_of", "object_cloud", "polars_options"]


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


def cloud_of(address: str) -> ObjectCloud | None:
    """Return the object store that an address is in; None for a path of this machine, or somebody else's store."""
    clouds = (cloud for cloud, scheme in SCHEMES.items() if address.startswith(scheme))
    name = next(clouds, None)
    return None if name is None else object_cloud(name)


def polars_options(address: str) -> dict[str, Any]:  # keyword arguments of several types
    """Return the keyword arguments with which Polars scans or sinks an address; none for a path of this machine."""
    cloud = cloud_of(address)
    return {} if cloud is None else cloud.polars_options(address)
