"""Google Cloud Storage; an emulator by `STORAGE_EMULATOR_HOST`, the variable that Google's own clients read.

Credentials are found by Rust's clients alone: a service account's key, what `gcloud auth application-default login` left,
or the identity of the machine.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from glacier_runtime.storage.clouds.cloud import (
    MAX_RETRIES,
    RETRIES,
    BucketName,
    client_options,
    variables,
)
from glacier_runtime.storage.schemes import SCHEMES

if TYPE_CHECKING:
    from obstore import ObjectMeta, PutMode, PutResult
    from obstore.store import ObjectStore as Client

__all__ = ["STORE", "GoogleStorage"]

_EMULATOR: Final = "STORAGE_EMULATOR_HOST"


class GoogleStorage:
    """Cloud Storage of Google, by its XML interface."""

    name = "gcp"
    title = "Google Cloud Storage"
    scheme = SCHEMES["gcp"]
    absent_bucket = "NoSuchBucket"
    copied_at_once = 5 * 1024**3  # Google's limit is higher; what one request took was not measured

    def environment(self) -> Mapping[str, str]:
        """Return the variables that say how the store is reached and by whom."""
        return variables([_EMULATOR, "GOOGLE_"])

    def complete(self, bucket: BucketName) -> BucketName:
        """Return the bucket: names are unique in all of Google's storage."""
        return bucket

    def address(self, bucket: BucketName) -> str:
        """Return what the addresses of a bucket's objects begin with."""
        return f"{self.scheme}{bucket.name}/"

    def connect(self, bucket: BucketName) -> Client:
        """Make a client."""
        from obstore.store import GCSStore  # noqa: PLC0415 (an extra)

        endpoint = _endpoint()
        options: dict[str, Any] = {}
        if endpoint is not None:
            options["service_account_key"] = _nobody(endpoint)
        return GCSStore(
            bucket.name, client_options=client_options(endpoint), retry_config=RETRIES, **options
        )

    def polars_options(self, address: str) -> dict[str, Any]:
        """Return the keyword arguments with which Polars scans or sinks an address, as the client would."""
        storage: dict[str, Any] = {"max_retries": MAX_RETRIES}
        if (endpoint := _endpoint()) is not None:
            storage["google_service_account_key"] = _nobody(endpoint)
        # None: or Polars would ask google-auth wherever it is, and the client would be somebody else.
        return {"storage_options": storage, "credential_provider": None}

    def tag(self, item: ObjectMeta | PutResult) -> str:
        """Return the generation, a number that no other write of the key has had."""
        return item["version"] or ""

    def mode(self, tag: str) -> PutMode:
        """Return the mode of a write that replaces only one generation."""
        return {"version": tag}

    def is_there(self, bucket: BucketName, key: str, is_listed: Callable[[], bool]) -> bool:
        """Say whether a key that may not be read exists: who may not list is told 403 of what is absent, too."""
        return is_listed()


STORE: Final = GoogleStorage()


def _endpoint() -> str | None:
    given = os.environ.get(_EMULATOR)
    if not given:
        return None
    return given.rstrip("/") if "://" in given else f"http://{given.rstrip('/')}"


def _nobody(endpoint: str) -> str:
    """Return the key of a service account that signs nothing: the one way to tell both clients of another endpoint."""
    empty = {"client_email": "", "private_key": "", "private_key_id": ""}
    return json.dumps({"gcs_base_url": endpoint, "disable_oauth": True, **empty})
