"""Blob storage of Azure: a bucket is a container in a storage account. An emulator by `AZURE_STORAGE_ENDPOINT`.

Addresses name the account, so that they stand for themselves: `abfss://lake@myaccount.dfs.core.windows.net/raw/a.csv`.

Azure may carry out a copy later than it answers, and shows an empty blob meanwhile; hence copies go through this machine.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from glacier_runtime.storage.clouds.cloud import (
    MAX_RETRIES,
    RETRIES,
    BucketName,
    client_options,
    e_tag,
    mode_by_e_tag,
    variables,
)
from glacier_runtime.storage.schemes import SCHEMES

if TYPE_CHECKING:
    from obstore import ObjectMeta, PutMode, PutResult
    from obstore.store import ObjectStore as Client

__all__ = ["STORE", "AzureStorage"]

_ACCOUNT: Final = "AZURE_STORAGE_ACCOUNT_NAME"
_ENDPOINTS: Final = ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT")
_ADDRESS: Final = re.compile(r"abfss://[^@/]+@([^./]+)\.dfs\.core\.windows\.net/")
# Any of these says who asks; without them there is the identity of the machine, or `az login`.
_NATIVE: Final = (
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_ACCESS_KEY",
    "AZURE_STORAGE_MASTER_KEY",
    "AZURE_STORAGE_SAS_KEY",
    "AZURE_STORAGE_SAS_TOKEN",
    "AZURE_STORAGE_TOKEN",
    "AZURE_STORAGE_CLIENT_SECRET",
    "AZURE_CLIENT_SECRET",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_CREDENTIAL_TYPE",
    "AZURE_USE_AZURE_CLI",
    "AZURE_SKIP_SIGNATURE",
)
_IDENTITY: Final = "IDENTITY_ENDPOINT"  # of a function or container app, instead of the machine's


class AzureStorage:
    """Blob storage, with or without a hierarchical namespace."""

    name = "azure"
    title = "Azure"
    scheme = SCHEMES["azure"]
    absent_bucket = "ContainerNotFound"
    copied_at_once = -1  # none: a request ends before the copy is whole

    def environment(self) -> Mapping[str, str]:
        """Return the variables that say how the store is reached and by whom."""
        return variables(["AZURE_", "IDENTITY_"])

    def complete(self, bucket: BucketName) -> BucketName:
        """Add the storage account of the environment, if the bindings name none.

        Raises:
            LookupError: If neither names one.
        """
        account = bucket.account or os.environ.get(_ACCOUNT)
        if not account:
            message = (
                f"name no storage account of container {bucket.name!r}, and {_ACCOUNT} is not set"
            )
            raise LookupError(message)
        return BucketName(bucket.name, bucket.region, account)

    def address(self, bucket: BucketName) -> str:
        """Return what the addresses of a bucket's objects begin with."""
        return f"{self.scheme}{bucket.name}@{bucket.account}.dfs.core.windows.net/"

    def connect(self, bucket: BucketName) -> Client:
        """Make a client."""
        from obstore.store import AzureStore  # noqa: PLC0415 (an extra)

        options: dict[str, Any] = {"account_name": bucket.account, **_identity()}
        return AzureStore(
            bucket.name, client_options=client_options(_endpoint()), retry_config=RETRIES, **options
        )

    def polars_options(self, address: str) -> dict[str, Any]:
        """Return the keyword arguments with which Polars scans or sinks an address, as the client would."""
        storage: dict[str, Any] = {"max_retries": MAX_RETRIES, **_identity()}
        if found := _ADDRESS.match(address):
            storage["account_name"] = found[1]
        if (_endpoint() or "").startswith("http://"):
            storage["allow_http"] = "true"
        # None: or Polars would ask azure-identity wherever it is, and the client would be somebody else.
        return {"storage_options": storage, "credential_provider": None}

    def tag(self, item: ObjectMeta | PutResult) -> str:
        """Return the ETag, which no other write of the key has had."""
        return e_tag(item)

    def mode(self, tag: str) -> PutMode:
        """Return the mode of a write that replaces only what has an ETag."""
        return mode_by_e_tag(tag)

    def is_there(self, bucket: BucketName, key: str, is_listed: Callable[[], bool]) -> bool:
        """Say that it may exist: Azure decides on permission before it looks, so that 403 says nothing of absence."""
        return True


STORE: Final = AzureStorage()


def _endpoint() -> str | None:
    return next((url for name in _ENDPOINTS if (url := os.environ.get(name))), None)


def _identity() -> dict[str, str]:
    """Say who asks, where no variable does that the clients read themselves."""
    if any(os.environ.get(name) for name in _NATIVE):
        return {}
    if endpoint := os.environ.get(_IDENTITY):
        return {"msi_endpoint": endpoint}
    return {"use_azure_cli": "true"} if _is_logged_in() else {}


def _is_logged_in() -> bool:
    """Say whether somebody has used `az login` here; on a machine of Azure nobody has."""
    folder = os.environ.get("AZURE_CONFIG_DIR") or Path.home() / ".azure"
    return Path(folder, "azureProfile.json").is_file() and shutil.which("az") is not None
