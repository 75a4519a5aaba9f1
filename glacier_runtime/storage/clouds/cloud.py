"""What tells one cloud's object store from another: addresses, clients, and what answers mean.

All else is the same for every store that obstore has a client for, and lies in `object_requests`. Adding a cloud is one
module like its neighbours, and one entry in `schemes`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from obstore import ObjectMeta, PutMode, PutResult
    from obstore.store import ClientConfig, RetryConfig
    from obstore.store import ObjectStore as Client

__all__ = [
    "MAX_RETRIES",
    "RETRIES",
    "BucketName",
    "ObjectCloud",
    "client_options",
    "e_tag",
    "mode_by_e_tag",
    "variables",
]

MAX_RETRIES: Final = 3
RETRIES: Final[RetryConfig] = {"max_retries": MAX_RETRIES, "retry_timeout": timedelta(minutes=1)}


@dataclass(frozen=True, slots=True)
class BucketName:
    """A bucket by what its cloud calls it.

    Attributes:
        name: The physical name.
        region: Its region; None takes that of the environment.
        account: What holds it, in clouds where names of buckets are not unique by themselves.
    """

    name: str
    region: str | None = None
    account: str | None = None


class ObjectCloud(Protocol):
    """An object store.

    Attributes:
        name: The cloud, and the extra that installs what it needs.
        title: What people call the store.
        scheme: How addresses in it begin.
        absent_bucket: What an answer holds that speaks of a bucket that does not exist.
        copied_at_once: The largest object that the store copies in one request, which ends when the copy is whole.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 (said above)
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def scheme(self) -> str: ...  # noqa: D102
    @property
    def absent_bucket(self) -> str: ...  # noqa: D102
    @property
    def copied_at_once(self) -> int: ...  # noqa: D102

    def environment(self) -> Mapping[str, str]:
        """Return the variables that say how the store is reached and by whom."""
        ...

    def complete(self, bucket: BucketName) -> BucketName:
        """Add what the environment knows of a bucket.

        Raises:
            LookupError: If something is missing that neither says; its text tells what to do.
        """
        ...

    def address(self, bucket: BucketName) -> str:
        """Return what the addresses of a bucket's objects begin with."""
        ...

    def connect(self, bucket: BucketName) -> Client:
        """Make a client."""
        ...

    def polars_options(self, address: str) -> dict[str, Any]:
        """Return the keyword arguments with which Polars scans or sinks an address, as the client would."""
        ...

    def tag(self, item: ObjectMeta | PutResult) -> str:
        """Return what stands for just this content at this key."""
        ...

    def mode(self, tag: str) -> PutMode:
        """Return the mode of a write that replaces only what has a tag."""
        ...

    def is_there(self, bucket: BucketName, key: str, is_listed: Callable[[], bool]) -> bool:
        """Say whether a key that may not be read exists, for stores that refuse what is absent, too.

        Args:
            bucket: The bucket.
            key: The key.
            is_listed: Asks by listing the folder of the key, which a role may not be allowed.
        """
        ...


def variables(prefixes: Sequence[str]) -> dict[str, str]:
    """Return the environment variables whose names begin like this."""
    return {name: text for name, text in os.environ.items() if name.startswith(tuple(prefixes))}


def client_options(endpoint: str | None) -> ClientConfig:
    """Return how a client talks: unencrypted only to an endpoint that says so."""
    return {
        "allow_http": (endpoint or "").startswith("http://"),
        "connect_timeout": timedelta(seconds=5),
        "timeout": timedelta(minutes=5),  # S3 answers a copy when it is done
    }


def e_tag(item: ObjectMeta | PutResult) -> str:
    """Return the ETag, which most stores make of what they hold."""
    return item["e_tag"] or ""


def mode_by_e_tag(tag: str) -> PutMode:
    """Return the mode of a write that replaces only what has an ETag."""
    return {"e_tag": tag}
